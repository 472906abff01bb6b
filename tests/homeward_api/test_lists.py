"""A provider's own lists: only its own, in a fixed number of queries, followed by a cursor."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cms_models.brokerage.models import Invitation, Message, Offer, ReviewTask
from cms_models.market.models import CareHome, DeclaredCapacity, Vacancy
from cms_models.notices.models import EventKind, OutboxEvent, Webhook
from tests.council import TODAY

LISTS = {
    "invitations": "{ invitations(first: 50) { nodes { id reference provider { ref } } } }",
    "myOffers": "{ myOffers(first: 50) { nodes { id reference answers { answer } } } }",
    "messages": "{ messages(first: 50) { nodes { id text reference } } }",
    "reviewTasks": "{ reviewTasks(first: 50) { nodes { id reference dueOn } } }",
    "handBacks": "{ handBacks(first: 50) { nodes { id reference } } }",
    "documents": "{ documents { id name } }",
    "declaredCapacities": "{ declaredCapacities { id lot { code } provider { ref } } }",
    "homes": "{ homes { id name vacancies { free } } }",
    "webhooks": "{ webhooks { id url } }",
    "packagesChangedSince": "{ packagesChangedSince(first: 50) { nodes { id reference } } }",
}
# the key, its providers, its minute, the rows; homes' vacancies too
QUERIES = {**dict.fromkeys(LISTS, 4), "homes": 5}


def rows_in(data) -> list:
    (found,) = data.values()
    return found["nodes"] if isinstance(found, dict) else found


def grow(council, release, count: int) -> None:
    """Give P1 so many rows of every list."""
    own = {"authority": council.authority, "provider": council.providers["P1"]}
    user, now = council.provider_users["P1"], timezone.now()
    package, invitation = release.package, release.invitations.get(provider__ref="P1")
    Offer.objects.bulk_create(
        Offer(
            invitation=invitation,
            state="withdrawn",
            starts_on=TODAY,
            weekly_minutes=60,
            made_by=user,
            made_at=now,
            **own,
        )
        for _ in range(count)
    )
    Message.objects.bulk_create(
        Message(
            package=package, text="hello", from_provider=False, sent_by=user, sent_at=now, **own
        )
        for _ in range(count)
    )
    ReviewTask.objects.bulk_create(
        ReviewTask(package=package, kind="review", due_on=TODAY, **own) for _ in range(count)
    )
    DeclaredCapacity.objects.bulk_create(
        DeclaredCapacity(
            lot=council.lots["O-A"],
            minutes_per_week=60,
            from_day=TODAY + timedelta(days=day),
            declared_by=user,
            **own,
        )
        for day in range(count)
    )
    homes = CareHome.objects.bulk_create(
        CareHome(name=f"Home {number}", postcode="HR1 1AA", kinds=["residential"], **own)
        for number in range(count)
    )
    Vacancy.objects.bulk_create(
        Vacancy(
            authority=council.authority,
            home=home,
            kind="residential",
            free=1,
            weekly_pence=80_000,
            as_at=TODAY,
        )
        for home in homes
    )
    Webhook.objects.bulk_create(
        Webhook(url=f"https://example.org/{number}", secret="CanarySecret", **own)
        for number in range(count)
    )
    OutboxEvent.objects.bulk_create(
        OutboxEvent(kind=EventKind.PACKAGE_CHANGED, payload={"reference": "HC-000001"}, **own)
        for _ in range(count)
    )


def test_lists_take_as_many_queries_for_many_rows_as_for_one(council, p1, p2):
    grow(council, council.released(1), 1)
    p1.ask("{ __typename }")
    few = {name: queries_of(p1, query) for name, query in LISTS.items()}
    for model in (CareHome, Webhook, DeclaredCapacity):
        Vacancy.objects.all().delete()
        model.objects.all().delete()

    grow(council, Invitation.objects.get(provider__ref="P1").release, 49)
    many = {name: queries_of(p1, query) for name, query in LISTS.items()}

    assert few == many == QUERIES
    assert len(rows_in(p1.ask(LISTS["messages"]).data)) == 50
    everything = "".join(p1.ask(query).text for query in LISTS.values())
    assert "CanarySecret" not in everything
    for name in set(LISTS) - {"invitations", "packagesChangedSince"}:
        assert rows_in(p2.ask(LISTS[name]).data) == [], name


def queries_of(door, query: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert "errors" not in door.ask(query).body
    return len(caught)


CHANGES = """query ($cursor: String, $first: Int) {
  packagesChangedSince(cursor: $cursor, first: $first) {
    nodes { id kind reference packageId provider { ref } } cursor hasMore
  }
}"""


def test_changes_follow_each_other_and_nothing_is_given_twice(council, p1, p2):
    package = council.released(1).package

    first = p1.ask(CHANGES).data["packagesChangedSince"]
    nothing = p1.ask(CHANGES, cursor=first["cursor"]).data["packagesChangedSince"]
    council.released(2)
    council.released(3)
    one = p1.ask(CHANGES, cursor=nothing["cursor"], first=1).data["packagesChangedSince"]
    two = p1.ask(CHANGES, cursor=one["cursor"], first=1).data["packagesChangedSince"]

    assert [(node["kind"], node["reference"]) for node in first["nodes"]] == [
        ("PACKAGE_OPENED", "HC-000001")
    ]
    assert first["nodes"][0]["packageId"] == str(package.public_id)
    assert first["nodes"][0]["provider"] == {"ref": "P1"}
    assert (nothing["nodes"], nothing["hasMore"]) == ([], False)
    assert [one["nodes"][0]["reference"], two["nodes"][0]["reference"]] == [
        "HC-000002",
        "HC-000003",
    ]
    assert (one["hasMore"], two["hasMore"]) == (True, False)


@pytest.mark.parametrize("cursor", ["", "x", "é", "MQ:abc"])
def test_a_cursor_of_changes_is_not_made_up_nor_anothers(council, p1, p2, cursor):
    own = p1.ask(CHANGES).data["packagesChangedSince"]["cursor"]

    assert p1.ask(CHANGES, cursor=cursor).codes == ["BAD_USER_INPUT"]
    assert p2.ask(CHANGES, cursor=own).codes == ["BAD_USER_INPUT"]


def test_the_keys_of_a_user_are_listed_without_their_text(council, p1):
    (row,) = p1.ask("{ apiKeys { prefix name scopes own } }").data["apiKeys"]

    assert (row["name"], row["scopes"], row["own"]) == ("test", [], True)
    assert len(row["prefix"]) == 8
