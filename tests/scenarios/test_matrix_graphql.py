"""Every field of both GraphQL schemas × every kind of user × own and other records.

The fields are read out of the schemas and asked with the examples of the documentation: a field
without an example, or one of the staff's that is not known here, fails the first test.
"""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from cms_models.accounts.domain import SCOPES
from cms_models.accounts.models import ApiKey, User
from cms_models.accounts.roles import STAFF_ROLES, Role
from cms_models.accounts.services import issue_key
from cms_models.brokerage.models import Message
from cms_models.market.models import DeclaredCapacity
from cms_models.notices.models import AnsweredRequest, TrustedDocument, Webhook
from homeward_api.examples import EXAMPLES
from homeward_api.schema import schema
from homeward_api.scopes import SCOPE_OF
from homeward_api.staff.schema import schema as staff_schema
from tests.council import TODAY
from tests.homeward_api.conftest import Answer, Door, _monday, key_of  # noqa: F401
from tests.homeward_api.test_examples import filled
from tests.scenarios.peopled import Peopled, Stillness, peopled

MUTATIONS = schema.graphql_schema.mutation_type.fields
QUERIES = schema.graphql_schema.query_type.fields
# Mutations that name no record: each acts on the caller's own provider or user.
ON_ONESELF = {
    *("markMessagesRead", "setWebhook", "rotateApiKey", "registerDocument", "setNoticeWishes"),
    "declareCapacity",  # a lot is named by its code, in which a provider declares its own hours
}
UNKNOWN = "a new field: give it an example, a scope and, if it names no record, a place here"
REASON = 'reason: "because"'
# What staff ask with a record of the council's, and what their role changes by it.
STAFF_FIELDS = {
    "me": ("{ me { role } }", None),
    "packages": ("{ packages { nodes { id } } }", None),
    "releases": ('{ releases(package: "{package}") { nodes { id } } }', None),
    "invitations": ('{ invitations(package: "{package}") { nodes { id } } }', None),
    "offers": ('{ offers(package: "{package}") { nodes { id } } }', None),
    "awards": ('{ awards(package: "{package}") { nodes { id } } }', None),
    "releasePackage": (
        'mutation { releasePackage(package: "{package}", route: TIERS)'
        " { release { id } problems { message } } }",
        "brokerage.add_release",
    ),
    "withdrawRelease": (
        f'mutation {{ withdrawRelease(release: "{{release}}", {REASON})'
        " { release { id } problems { message } } }",
        "brokerage.change_release",
    ),
    "awardOffer": (
        f'mutation {{ awardOffer(offer: "{{offer}}", {REASON})'
        " { award { id } problems { message } } }",
        "care.add_award",
    ),
    "awardPackage": (
        f'mutation {{ awardPackage(package: "{{unplaced}}", provider: "P1", {REASON})'
        " { award { id } problems { message } } }",
        "care.add_award",
    ),
}


@pytest.fixture
def world(council, other_council) -> Peopled:
    return peopled(council, other_council)


def variables(name: str, ids: dict[str, str], **more: Any) -> dict[str, Any]:
    """Return an example's variables with ids in the places of the words in braces."""
    known = {**ids, "day": (TODAY + timedelta(days=7)).isoformat(), "lot": "O-A"}
    return {**filled(EXAMPLES[name].variables, known), **more}


def asked(door: Door, name: str, ids: dict[str, str], **more: Any) -> Answer:
    return door.ask(EXAMPLES[name].query, **variables(name, ids, **more))


def named(name: str) -> bool:
    """Return whether an example names a record by its id."""
    return "{" in json.dumps(list(EXAMPLES[name].variables.values())) and name not in ON_ONESELF


def nowhere(ids: dict[str, str]) -> dict[str, str]:
    return {name: str(uuid4()) for name in ids}


def test_every_field_is_known():
    fields = {*QUERIES, *MUTATIONS}

    assert fields - set(EXAMPLES) == set(), UNKNOWN
    assert fields - set(SCOPE_OF) == set(), UNKNOWN
    assert {name for name in MUTATIONS if not named(name)} == ON_ONESELF, UNKNOWN
    staff = staff_schema.graphql_schema
    assert {*staff.query_type.fields, *staff.mutation_type.fields} == set(STAFF_FIELDS), UNKNOWN


def test_without_a_providers_live_key_nothing_is_answered_or_written(world):
    user, now = world.council.provider_users["P1"], timezone.now()
    old = issue_key(user=user, name="old", now=now - timedelta(days=40), days=30)
    stopped = issue_key(user=user, name="stopped", now=now)
    stopped.row.revoked_at = now
    stopped.row.save()
    doors = {
        "no key": (Door(None), 401),
        "an expired key": (Door(old.text), 401),
        "a revoked key": (Door(stopped.text), 401),
        "another's secret": (Door(world.things["key"].prefix + "." + "x" * 32), 401),
        "a carer's key": (Door(key_of(world.council[Role.CARER])), 403),
        "a broker's key": (Door(key_of(world.council[Role.BROKER])), 403),
    }
    still, ids = Stillness(), world.ids()

    for kind, (door, status) in doors.items():
        texts = set()
        for name in EXAMPLES:
            with still.during((kind, name)):
                answer = asked(door, name, ids)
            assert answer.status == status, (kind, name)
            assert "data" not in answer.body, (kind, name)
            texts.add(answer.text)
        assert len(texts) == 1, kind


def test_a_key_without_the_scope_asks_and_writes_nothing(world):
    user, ids = world.council.provider_users["P1"], world.ids()
    world.things["key"].delete()  # five keys live at a time
    doors = {
        scope: Door(key_of(user, scopes=sorted(set(SCOPES) - {scope}))) for scope in sorted(SCOPES)
    }
    still = Stillness()

    for name, scope in SCOPE_OF.items():
        if scope is None:
            continue
        with still.during(name):
            answer = asked(doors[scope], name, ids)
        assert answer.codes == ["FORBIDDEN"], (name, answer.text)
        assert not answer.body["data"] or set(answer.body["data"].values()) == {None}, name


OTHERS = {
    "asked about the same packages": lambda world: world.council.provider_users["P2"],
    "asked about none": lambda world: world.council.provider_users["HF"],
    "of another council": lambda world: world.other.provider_users["P1"],
}


@pytest.mark.parametrize("kind", OTHERS)
def test_anothers_record_is_answered_as_one_that_is_not_there(world, kind):
    user: User = OTHERS[kind](world)
    door, ids = Door(key_of(user)), world.ids()
    still = Stillness()
    shared = {"package", "handed", "lapsed", "lot"}
    marks = {one for name, one in ids.items() if name not in shared}
    marks |= {world.things["key"].prefix, "example.org/hook", "a.pdf", "Elms", "HC-000001"}

    for name in sorted(one for one in EXAMPLES if named(one)):
        with still.during((kind, name)):
            answers = [asked(door, name, one) for one in (ids, nowhere(ids))]
        assert answers[0].codes == ["NOT_FOUND"], (kind, name, answers[0].text)
        errors = [[one["message"] for one in answer.body["errors"]] for answer in answers]
        assert errors[0] == errors[1], (kind, name)
    for name in sorted(one for one in QUERIES if not named(one)):
        text = asked(door, name, ids).text
        assert not [mark for mark in marks if mark in text], (kind, name)


def test_what_acts_on_oneself_touches_nobody_else(world):
    council = world.council
    ids, mine = world.ids(), Door(key_of(council.provider_users["P1"]))
    first = {name: asked(mine, name, ids).data[name] for name in sorted(ON_ONESELF)}
    rows = _rows_of_p1(world)

    for kind, of in OTHERS.items():
        door = Door(key_of(of(world)))
        for name in sorted(ON_ONESELF):
            answer = asked(door, name, ids)  # with the very idempotency keys of P1
            assert _rows_of_p1(world) == rows, (kind, name)
            for secret in ("secret", "text"):
                shown = first[name].get(secret)
                assert not shown or shown not in answer.text, (kind, name)


def _rows_of_p1(world: Peopled) -> dict[str, list[Any]]:
    own = {"provider": world.council.providers["P1"]}
    found = {
        model.__name__: list(model.objects.filter(**own).order_by("pk").values_list())
        for model in (Webhook, DeclaredCapacity, TrustedDocument, Message, AnsweredRequest)
    }
    keys = ApiKey.objects.filter(user=world.council.provider_users["P1"]).order_by("pk")
    return {**found, "keys": list(keys.values_list("prefix", "expires_at", "revoked_at"))}


class Desk:
    """A browser that may be signed in."""

    def __init__(self, user: User | None) -> None:
        self.client = Client()
        if user is not None:
            self.client.force_login(user)

    def ask(self, query: str, ids: dict[str, str]) -> Any:
        for name, value in ids.items():
            query = query.replace(f'"{{{name}}}"', f'"{value}"')
        return self.client.post("/graphql/staff", {"query": query}, "application/json")


def staff_ids(world: Peopled) -> dict[str, str]:
    ids = world.ids()
    release = world.things["invitation"].release
    unplaced = world.council.package(30)
    return {**ids, "release": str(release.public_id), "unplaced": str(unplaced.public_id)}


def test_who_is_no_staff_gets_nothing_at_the_staffs_door(world):
    ids = staff_ids(world)
    users = (
        (401, None),
        (403, world.council.provider_users["P1"]),
        (403, world.council[Role.CARER]),
    )
    desks = [(status, user, Desk(user)) for status, user in users]
    still = Stillness()

    for status, user, desk in desks:
        for name, (query, _) in STAFF_FIELDS.items():
            with still.during((user, name)):
                answer = desk.ask(query, ids)
            assert answer.status_code == status, (user, name)
            assert "data" not in answer.json(), (user, name)


def test_each_role_of_another_council_finds_nothing_and_no_role_writes_without_its_grant(world):
    ids = staff_ids(world)
    for role in sorted(STAFF_ROLES):
        desks = {"own": Desk(world.council[role]), "other": Desk(world.other[role])}
        still = Stillness()
        for name, (query, permission) in STAFF_FIELDS.items():
            with still.during((role, name)):
                theirs = desks["other"].ask(query, ids)
                missing = desks["other"].ask(query, nowhere(ids))
            assert _same(theirs) == _same(missing), (role, name)
            assert not [one for one in ids.values() if one in theirs.content.decode()], (role, name)
            if permission and not world.council[role].has_perm(permission):
                with still.during((role, name)):
                    answer = desks["own"].ask(query, ids).json()
                codes = {one["extensions"]["code"] for one in answer["errors"]}
                assert codes <= {"FORBIDDEN", "NOT_FOUND"}, (role, name, answer)


def _same(answer: Any) -> Any:
    """Return an answer without what differs from one to the next by chance."""
    body = answer.json()
    body.pop("extensions", None)
    return body


def test_a_broker_does_what_the_table_says(world):
    ids, desk = staff_ids(world), Desk(world.council[Role.BROKER])
    done = ("awardOffer", "withdrawRelease", "awardPackage")

    for name in (*done, "packages", "releases", "awards"):
        answer = desk.ask(STAFF_FIELDS[name][0], ids).json()
        assert "errors" not in answer, (name, answer)
        assert not answer["data"][name].get("problems"), (name, answer)
