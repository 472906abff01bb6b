"""Rules of notices: when to try again, how a webhook is signed, where one may go."""

import hashlib
import hmac
import ipaddress
from collections.abc import Collection
from datetime import timedelta
from urllib.parse import urlsplit

SIGNATURE_HEADER = "Homeward-Signature"
LONGEST_ADDRESS = 400
# What a person who acts for a provider is mailed until they wish otherwise.
MAILED_AT_FIRST = ("package.opened", "package.awarded", "message.sent", "hand_back.decided")
# After the first, second … failed attempt; the tenth failure is the last.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720, 1440, 1440))
MOST_ATTEMPTS = len(PAUSES) + 1
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def pause_after(attempts: int) -> timedelta | None:
    """Return how long to wait after so many failed attempts; None when it is given up."""
    return PAUSES[attempts - 1] if attempts < MOST_ATTEMPTS else None


def signature(*, secret: str, body: bytes, at_unix: int) -> str:
    """Return the header that proves a body came from here, and when: HMAC-SHA256 of `t.body`."""
    digest = hmac.new(secret.encode(), f"{at_unix}.".encode() + body, hashlib.sha256)
    return f"t={at_unix},v1={digest.hexdigest()}"


def wants(kinds: Collection[str], kind: str) -> bool:
    """Return whether a list of kinds asks for this one; an empty list asks for every kind."""
    return not kinds or kind in kinds


def address_refusal(url: str, *, plain_allowed: bool) -> str | None:
    """Return why events cannot be posted to an address, None when it is well formed."""
    if len(url) > LONGEST_ADDRESS:
        return f"A webhook's address has at most {LONGEST_ADDRESS} characters."
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return f"{url!r} is no web address: give one such as https://example.org/homeward."
    if parts.scheme not in ("https", "http") or not host:
        return f"{url!r} is no web address: give one such as https://example.org/homeward."
    if parts.scheme == "http" and not plain_allowed:
        return "A webhook's address begins with https://, so that nobody reads along."
    if parts.username is not None or parts.password is not None:
        return "A webhook's address holds no user name or password: what is posted is signed."
    if any(ord(character) <= 32 or ord(character) > 126 for character in url):
        return "A webhook's address holds plain characters only, without spaces."
    return None


def is_public(address: str) -> bool:
    """Return whether an IP address is one of the internet's, not of this machine or its network."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found.teredo is not None:
            return False
        found = found.ipv4_mapped or found.sixtofour or _behind_nat64(found) or found
    return found.is_global and not found.is_multicast and not found.is_reserved


def _behind_nat64(found: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that a NAT64 gateway would take an address to."""
    return ipaddress.IPv4Address(found.packed[-4:]) if found in NAT64 else None


def mail_of(*, title: str, reference: str, council: str, link: str) -> tuple[str, str]:
    """Return a notice's subject and text: what happened to which reference, and where to read it.

    Never a name, an address or a need: what the reader may see they see after signing in.
    """
    about = f" ({reference})" if reference else ""
    text = (
        f"{title}{about}.\n\n"
        f"Sign in to Homeward to read more: {link}\n\n"
        f"{council} sends this because you act for a provider. In Homeward, under your notices, "
        "you choose what you are sent.\n"
    )
    return f"{title}{about}", text
