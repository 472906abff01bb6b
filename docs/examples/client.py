"""A provider's client of Homeward's GraphQL API, with nothing but Python's standard library.

    HOMEWARD_KEY=hw_… python client.py http://127.0.0.1:8000 list
    HOMEWARD_KEY=hw_… python client.py http://127.0.0.1:8000 offer INVITATION 2026-12-01 210
    HOMEWARD_KEY=hw_… python client.py http://127.0.0.1:8000 changes [CURSOR]
    HOMEWARD_SECRET=… python client.py verify 't=…,v1=…' < body.json

Every command prints JSON. `offer` may be sent again after a lost answer: its idempotency key is
made of what it asks, so the offer is made once.
"""

import hashlib
import hmac
import json
import os
import sys
import time
import urllib.error
import urllib.request
from typing import Any

SECONDS_OLD_MOST = 300
OPEN = """query ($after: String) {
  openPackages(first: 50, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { reference invitation postcodeDistrict startsOn weeklyMinutes closesAt }
  }
}"""
OFFER = """mutation ($key: String!, $invitation: ID!, $startsOn: Date!, $minutes: Int!) {
  makeOffer(idempotencyKey: $key, invitation: $invitation, startsOn: $startsOn,
            weeklyMinutes: $minutes) {
    offer { id reference state madeAt }
    problems { code field message }
  }
}"""
CHANGES = """query ($cursor: String) {
  packagesChangedSince(cursor: $cursor, first: 50) {
    nodes { id kind packageId reference at } cursor hasMore
  }
}"""


class Refused(Exception):  # noqa: N818 - it reads as what it is
    """Raised for an answer with errors; the message names their codes."""


class Homeward:
    """A council's Homeward, asked with one key."""

    def __init__(self, address: str, key: str) -> None:
        self.address = address.rstrip("/") + "/graphql"
        self.key = key

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """Return the data of an answer; waits once when the key's minute is used up."""
        try:
            return self._ask(query, variables)
        except urllib.error.HTTPError as refusal:
            if refusal.code != 429:
                raise Refused(refusal.read().decode()) from None
            time.sleep(int(refusal.headers["Retry-After"]))
        return self._ask(query, variables)

    def _ask(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(
            self.address,
            data=json.dumps({"query": query, "variables": variables}).encode(),
            headers={
                "Authorization": f"Bearer {self.key}",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            answer = json.load(response)
        if "errors" in answer:
            raise Refused(json.dumps(answer["errors"]))
        return answer["data"]

    def open_packages(self) -> list[dict[str, Any]]:
        """Return every package open to us, page by page."""
        found: list[dict[str, Any]] = []
        after = None
        while True:
            page = self.ask(OPEN, after=after)["openPackages"]
            found += page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                return found
            after = page["pageInfo"]["endCursor"]

    def offer(self, invitation: str, starts_on: str, minutes: int) -> dict[str, Any]:
        """Offer for a package once, however often this is called with the same values."""
        asked = f"offer {invitation} {starts_on} {minutes}"
        key = hashlib.sha256(asked.encode()).hexdigest()
        answer = self.ask(
            OFFER, key=key, invitation=invitation, startsOn=starts_on, minutes=minutes
        )
        return answer["makeOffer"]

    def changes(self, cursor: str | None = None) -> tuple[list[dict[str, Any]], str]:
        """Return everything that happened since a cursor, and the cursor to keep for next time."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.ask(CHANGES, cursor=cursor)["packagesChangedSince"]
            found += page["nodes"]
            cursor = page["cursor"]
            if not page["hasMore"]:
                return found, cursor


def is_genuine(secret: str, header: str, body: bytes, *, now: float) -> bool:
    """Return whether a webhook's body was signed with our secret, in the last five minutes."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    at = parts.get("t", "")
    if not at.isascii() or not at.isdigit() or abs(now - int(at)) > SECONDS_OLD_MOST:
        return False
    signed = f"{at}.".encode() + body
    expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), parts.get("v1", "").encode())


def main(arguments: list[str]) -> Any:
    """Do what the command line says and return what to print."""
    if arguments[0] == "verify":
        secret, body = os.environ["HOMEWARD_SECRET"], sys.stdin.buffer.read()
        return {"genuine": is_genuine(secret, arguments[1], body, now=time.time())}
    address, command, *rest = arguments
    homeward = Homeward(address, os.environ["HOMEWARD_KEY"])
    if command == "list":
        return homeward.open_packages()
    if command == "offer":
        return homeward.offer(rest[0], rest[1], int(rest[2]))
    found, cursor = homeward.changes(*rest)
    return {"changes": found, "cursor": cursor}


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    print(json.dumps(main(sys.argv[1:]), indent=2))
