"""Nothing hidden comes out of any door: a canary in every hidden field, every door looked through.

The doors' pages and fields are walked out of the product itself, so a new one is looked through
without being named here.
"""

import json
import logging
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from graphql import get_named_type, is_leaf_type, is_required_argument

from cms_models.accounts.models import User
from cms_models.brokerage.file_selectors import file_for_provider
from cms_models.brokerage.models import Invitation
from cms_models.notices.models import Delivery, OutboxEvent
from cms_models.notices.sending import deliver_due
from homeward_api.examples import EXAMPLES
from homeward_api.schema import schema
from homeward_api.staff.schema import schema as staff_schema
from tests.homeward_api.conftest import Door, _monday, key_of  # noqa: F401
from tests.scenarios.canaries import (
    AWARD_REASON,
    ENDED,
    HIDDEN,
    Planted,
    award_to_the_other,
    plant,
)
from tests.scenarios.peopled import picture
from tests.scenarios.test_matrix import BUTTONS, LISTS, RECORDS

Found = Iterator[tuple[str, str]]
DEEP = 6


def portal(planted: Planted) -> Found:
    """Yield every page of the portal as the reader gets it, of its own things and of P1's."""
    client = Client()
    client.force_login(planted.reader)
    keys = [planted.package.public_id, planted.theirs.invitation.public_id]
    keys += Invitation.objects.filter(provider__ref="P2").values_list("public_id", flat=True)
    for name in LISTS:
        address = reverse(f"portal:{name}")
        yield address, client.get(address).content.decode()
        yield f"{address} sent empty", client.post(address, {}).content.decode()
    for name in RECORDS:
        for key in keys if name != "key_act" else ["nothing"]:
            button = BUTTONS.get(name, ("",))[-1]
            address = reverse(f"portal:{name}", args=[key, button] if button else [key])
            yield address, client.get(address).content.decode()
            sent = {"weekly_hours": "-1", "about": str(key), "price": "1e9", "starts_on": "x"}
            yield f"{address} sent wrongly", client.post(address, sent).content.decode()


def whole(kind: Any, *, deep: int = DEEP) -> str:
    """Return a selection of everything a type holds, as far down as a query may go."""
    named = get_named_type(kind)
    if is_leaf_type(named):
        return ""
    parts = []
    for name, field in named.fields.items():
        inner = get_named_type(field.type)
        if any(is_required_argument(one) for one in field.args.values()):
            continue
        if is_leaf_type(inner):
            parts.append(name)
        elif deep:
            first = "(first: 2)" if "first" in field.args else ""
            below = whole(inner, deep=deep - 1)
            parts += [f"{name}{first}{below}"] if below else []
    return f" {{ {' '.join(parts)} }}" if parts else ""


def graphql(planted: Planted) -> Found:
    """Yield the answer to every question of the schema, everything selected."""
    door = Door(key_of(planted.reader))
    ids = {
        "mine": str(planted.mine.public_id),
        "package": str(planted.package.public_id),
        "theirs": str(planted.theirs.invitation.public_id),
    }
    for name, field in schema.graphql_schema.query_type.fields.items():
        example = re.search(rf"{name}(\([^$)]+\))", EXAMPLES[name].query)
        texts = [example[1] if example else ""]
        if "first" in field.args:
            texts = ["(first: 3)"]
        if "invitation" in field.args:
            texts = [f'(invitation: "{ids[one]}")' for one in ("mine", "theirs")]
        if "id" in field.args:
            texts = [f'(id: "{ids["package"]}")', '(reference: "HC-000001")']
        for text in texts:
            answer = door.ask(f"{{ {name}{text}{whole(field.type)} }}")
            assert set(answer.codes) <= {"NOT_FOUND"}, (name, answer.text)
            yield f"{name}{text}", answer.text


WRONG = (
    "{ openPackages { nodes { person { firstName lastName } postcode } } }",
    "{ person(id: 1) { firstName } }",
    "{ offers { nodes { conditions } } }",
    '{ __type(name: "Person") { name fields { name } } }',
    "{ openPackages(first: -1) { nodes { id } } }",
    '{ openPackages(after: "x") { nodes { id } } }',
    '{ packagesChangedSince(cursor: "1:x") { cursor } }',
    "{ openPackages(zone: 1) { nodes { id } } }",
    "{ openPackages {",
    "mutation { makeOffer }",
)


def wrong_graphql(planted: Planted) -> Found:
    """Yield what is said to wrong questions, and to mutations about what is another's or over."""
    door = Door(key_of(planted.reader))
    staffs = set(staff_schema.graphql_schema.query_type.fields) - set(EXAMPLES)
    for text in (*WRONG, *(f"{{ {name} {{ totalCount }} }}" for name in sorted(staffs))):
        yield text, door.ask(text).text
    theirs, package = planted.theirs, str(planted.package.public_id)
    for name in schema.graphql_schema.mutation_type.fields:
        asked = Invitation.objects.filter(provider__ref="P2").order_by("pk")
        for invitation in (*(row.public_id for row in asked), theirs.invitation.public_id):
            known = {
                "{invitation}": str(invitation),
                "{offer}": str(theirs.public_id),
                "{package}": package,
                "{day}": "2020-01-01",
            }
            values = {
                key: known.get(value, value) if isinstance(value, str) else value
                for key, value in EXAMPLES[name].variables.items()
            }
            # The reader's settings stay as they are: a key too long is refused as well.
            mine = invitation == planted.mine.public_id
            if mine or name in ("setWebhook", "rotateApiKey", "setNoticeWishes"):
                values["idempotencyKey"] = "x" * 81
            else:
                values["idempotencyKey"] = f"{name}{invitation}"
            answer = door.ask(EXAMPLES[name].query, **values)
            assert "RATE_LIMITED" not in answer.codes, name
            yield name, answer.text


def told(planted: Planted) -> Found:
    """Yield what was mailed, posted and kept to be read by the reader's software."""
    authority = planted.council.authority
    deliver_due(authority=authority, now=timezone.now() + timedelta(seconds=1))
    for letter in mail.outbox:
        if "reader@two.example" in letter.to:
            yield f"mail {letter.subject}", f"{letter.subject}\n{letter.body}"
    for event in OutboxEvent.objects.filter(provider__ref="P2"):
        yield f"event {event.kind}", json.dumps(event.payload)
    for row in Delivery.objects.filter(event__provider__ref="P2"):
        yield "delivery", row.answer


def files(planted: Planted) -> Found:
    """Yield the versions of the sealed file that the reader may have."""
    for invitation in (planted.mine, planted.theirs.invitation):
        yield "file", json.dumps(file_for_provider(planted.reader, invitation))


DOORS = {
    "portal": portal,
    "GraphQL": graphql,
    "GraphQL asked wrongly": wrong_graphql,
    "notices": told,
    "files": files,
}
Posted = list[tuple[str, bytes]]


@pytest.fixture
def posted(monkeypatch) -> Posted:
    """What is posted to webhooks, kept instead of sent."""
    kept: Posted = []

    def post(*, url: str, body: bytes, headers: Mapping[str, str], private_allowed: bool) -> str:
        kept.append((url, body + json.dumps(dict(headers)).encode()))
        return "200 OK"

    monkeypatch.setattr("cms_models.notices.sending.post", post)
    return kept


def leaks(planted: Planted, hidden: Mapping[str, list[str]], posted: Posted, caplog: Any) -> list:
    """Return (door, place, field) of every canary that came out."""
    caplog.set_level(logging.DEBUG)
    looked = [(door, *one) for door, read in DOORS.items() for one in read(planted)]
    looked += [("webhook", url, body.decode()) for url, body in posted if "two.example" in url]
    looked += [("log", record.name, _said(record)) for record in caplog.records]
    return sorted(
        {
            (door, place, field)
            for door, place, text in looked
            for field, canaries in hidden.items()
            if any(canary in text for canary in canaries)
        }
    )


def _said(record: logging.LogRecord) -> str:
    """Return a log line with its traceback; the database's own statements are not logged here."""
    if record.name.startswith("django.db"):
        return ""
    return logging.Formatter().format(record)


def test_every_canary_is_planted_and_the_deliverer_reads_the_person(council):
    planted = plant(council)
    award_to_the_other(planted)

    stored = repr(picture())
    client = Client()
    client.force_login(User.objects.get(username="canarysignin"))
    page = client.get(reverse("portal:awarded_package", args=[planted.package.public_id]))

    written = {**HIDDEN, **AWARD_REASON, **ENDED}
    dates = {"birth date": ["datetime.date(1931, 5, 17)"], "calls": ["earliest"]}
    for field, canaries in {**written, **dates}.items():
        assert field == "calls" or any(one in stored for one in canaries), field
    assert "Canarylast1" in page.content.decode()


def test_before_an_award_no_provider_reads_anything_hidden(council, posted, caplog):
    planted = plant(council)
    hidden = {**HIDDEN, **AWARD_REASON, "digest of a key": [planted.digest]}

    assert leaks(planted, hidden, posted, caplog) == []
    for door in (portal, graphql):
        read = "".join(text for _, text in door(planted))
        assert [field for field, (word, *_) in ENDED.items() if word not in read] == [], door


def test_a_loser_reads_nothing_of_it_any_more(council, posted, caplog):
    planted = plant(council)
    award_to_the_other(planted)
    hidden = {**HIDDEN, **AWARD_REASON, **ENDED, "digest of a key": [planted.digest]}

    assert leaks(planted, hidden, posted, caplog) == []
    assert posted
    assert mail.outbox
