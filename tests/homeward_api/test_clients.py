"""The example clients, run as a provider runs them, against a server."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings

from cms_models.brokerage.models import Offer
from cms_models.notices.domain import signature
from tests.council import TODAY, build_council
from tests.homeward_api.conftest import key_of

EXAMPLES = Path(settings.ROOT) / "docs" / "examples"
NODE = shutil.which("node")
CLIENTS = [
    pytest.param([sys.executable, str(EXAMPLES / "client.py")], id="python"),
    pytest.param(
        [str(NODE), str(EXAMPLES / "client.mjs")],
        id="javascript",
        marks=pytest.mark.skipif(NODE is None, reason="node is not installed"),
    ),
]


def run(client: list[str], *arguments: str, body: bytes = b"", **environment: str):
    done = subprocess.run(
        [*client, *arguments],
        env={**os.environ, **environment},
        input=body,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_lists_offers_once_and_follows_changes(live_server, client):
    council = build_council()
    council.released(1)
    key = {"HOMEWARD_KEY": key_of(council.provider_users["P1"])}

    (package,) = run(client, live_server.url, "list", **key)
    asked = [live_server.url, "offer", package["invitation"], TODAY.isoformat(), "210"]
    made, again = (run(client, *asked, **key) for _ in range(2))
    told = run(client, live_server.url, "changes", **key)
    later = run(client, live_server.url, "changes", told["cursor"], **key)

    assert package["reference"] == "HC-000001"
    assert (made["offer"]["state"], made["problems"]) == ("OPEN", [])
    assert again == made
    assert Offer.objects.count() == 1
    assert [one["kind"] for one in told["changes"]] == ["PACKAGE_OPENED"]
    assert later["changes"] == []


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_believes_only_what_was_signed_just_now(client):
    body, now = b'{"kind": "package.opened"}', int(time.time())

    def genuine(header: str, sent: bytes = body) -> bool:
        answer = run(client, "verify", header, body=sent, HOMEWARD_SECRET="secret")
        return answer["genuine"]

    header = signature(secret="secret", body=body, at_unix=now)
    assert genuine(header)
    assert not genuine(header, body + b" ")
    assert not genuine(signature(secret="another", body=body, at_unix=now))
    assert not genuine(signature(secret="secret", body=body, at_unix=now - 3600))
