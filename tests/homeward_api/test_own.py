"""A council's own fields and records by GraphQL: typed at once, given only where ticked."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cms_models.accounts.roles import Role
from cms_models.fields.own.models import CustomField, Entry, RecordType
from cms_models.fields.own.services import stamp
from cms_models.market.models import Provider
from tests.homeward_api.conftest import Door, key_of

ME = "{ me { provider { ref own { dspt { code label } fee { pounds } } } } }"
ALERTS = """query ($after: ID) { ownSafeguardingAlert(first: 2, after: $after) {
  nodes { id title raisedOn provider { name } } totalCount hasNextPage endCursor } }"""


def add_field(council, record_type: str, key: str, kind: str, **terms) -> CustomField:
    terms = {"label": key.capitalize(), "to_providers": True, **terms}
    stamp(council.authority)
    return CustomField.objects.create(
        authority=council.authority, record_type=record_type, key=key, kind=kind, **terms
    )


@pytest.fixture
def provider(council) -> Provider:
    """Provider One with a status and a fee of the council's own making."""
    choices = [{"code": "met", "label": "Standards met"}]
    add_field(council, "market.provider", "dspt", "choice", choices=choices)
    add_field(council, "market.provider", "fee", "money")
    row = Provider.objects.get(authority=council.authority, ref="P1")
    row.custom = {"dspt": "met", "fee": 34_405, "hidden": "canary"}
    row.save()
    return row


@pytest.fixture
def alerts(council, provider) -> RecordType:
    """Three safeguarding alerts, given to providers."""
    row = RecordType.objects.create(
        authority=council.authority,
        slug="safeguarding-alert",
        name="Safeguarding alert",
        plural="Safeguarding alerts",
        to_providers=True,
    )
    add_field(council, row.label, "raised_on", "date")
    add_field(council, row.label, "provider", "link", link_to="market.provider")
    other = Provider.objects.get(authority=council.authority, ref="P2")
    for number, linked in enumerate((provider, other, provider), start=1):
        Entry.objects.create(
            authority=council.authority,
            record_type=row,
            title=f"Alert {number}",
            custom={"raised_on": f"2026-11-0{number}", "provider": linked.pk},
        )
    return row


def test_a_field_is_typed_at_once_and_gone_when_it_is_no_longer_given(council, p1, provider):
    given = p1.ask(ME).data["me"]["provider"]["own"]
    CustomField.objects.filter(key="fee").update(to_providers=False)
    stamp(council.authority)
    refused = p1.ask(ME)

    assert given == {
        "dspt": {"code": "met", "label": "Standards met"},
        "fee": {"pounds": "344.05"},
    }
    assert "Cannot query field 'fee'" in refused.text
    assert "canary" not in refused.text


def test_without_a_field_given_the_schema_is_everybodys(council, p1):
    add_field(council, "market.provider", "dspt", "text", to_providers=False)

    assert "Cannot query field 'own'" in p1.ask(ME).text


def test_an_open_package_never_has_own_fields_an_awarded_one_has(council, p1):
    add_field(council, "care.carepackage", "key_safe", "text")
    council.package(1)
    council.package(2, organisation_ref="P1", status="active")

    query = "{ %s { nodes { reference own { keySafe } } } }"

    assert p1.ask(query % "packages").data["packages"]["nodes"][0]["own"] == {"keySafe": None}
    assert "Cannot query field 'own' on type 'OpenPackage'" in p1.ask(query % "openPackages").text


def test_choices_of_the_common_schema_are_answered_as_before(council, provider):
    door = Door(key_of(council.provider_users["P2"]))

    lots = door.ask("{ lots { code places { tier } } }").data["lots"]

    assert [place["tier"] for lot in lots for place in lot["places"]] == ["ADDITIONAL", "LEAD"]


def test_records_of_a_councils_own_making_come_in_pages(council, p1, alerts):
    first = p1.ask(ALERTS).data["ownSafeguardingAlert"]
    rest = p1.ask(ALERTS, after=first["endCursor"]).data["ownSafeguardingAlert"]

    assert [node["title"] for node in first["nodes"]] == ["Alert 3", "Alert 2"]
    assert (first["totalCount"], first["hasNextPage"]) == (3, True)
    assert [node["raisedOn"] for node in rest["nodes"]] == ["2026-11-01"]
    assert rest["hasNextPage"] is False
    # Of what is linked, only what the caller may see is named: Provider Two is not.
    assert [node["provider"] for node in first["nodes"]] == [{"name": "Provider One"}, None]


def test_a_page_of_records_asks_as_often_for_two_as_for_twenty(
    council, p1, alerts, django_assert_num_queries
):
    query = "{ ownSafeguardingAlert(first: %d) { nodes { title provider { name } } } }"
    p1.ask(query % 2)
    for number in range(20):
        Entry.objects.create(
            authority=council.authority,
            record_type=alerts,
            title=f"More {number}",
            custom={"provider": council.providers["P1"].pk},
        )

    with django_assert_num_queries(count_of(p1, query % 2)):
        assert len(p1.ask(query % 20).data["ownSafeguardingAlert"]["nodes"]) == 20


def count_of(door, query: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        door.ask(query)
    return len(asked)


def test_what_one_council_made_no_other_can_ask_for(council, other_council, alerts):
    stranger = Door(key_of(other_council.provider_users["P1"]))

    assert "Cannot query field 'ownSafeguardingAlert'" in stranger.ask(ALERTS).text
    assert "Cannot query field 'own'" in stranger.ask(ME).text


@pytest.mark.parametrize("after", ["x", "00000000-0000-0000-0000-000000000000", ""])
def test_a_cursor_that_is_none_is_refused_in_words(council, p1, alerts, after):
    assert p1.ask(ALERTS, after=after).codes == ["BAD_USER_INPUT"]


@pytest.mark.parametrize(
    "words",
    ['He said """end""" }', "back\\slash", "line\nbreak", "type Query { x: Int }", "☺ 𝒜", '"'],
)
def test_words_of_the_council_never_break_the_schema(council, p1, words):
    add_field(council, "market.provider", "dspt", "text", label=words[:80], help=words)

    answer = p1.ask("{ me { provider { own { dspt } } } }")

    assert answer.data == {"me": {"provider": {"own": {"dspt": None}}}}


def test_two_keys_of_one_name_keep_their_own_spelling(council, p1):
    add_field(council, "market.provider", "grade_1", "text")
    add_field(council, "market.provider", "grade1", "text")

    own = p1.ask("{ me { provider { own { grade_1 grade1 } } } }").data["me"]["provider"]["own"]

    assert own == {"grade_1": None, "grade1": None}


def test_the_staffs_role_has_nothing_to_do_with_what_providers_get(council, p1, provider):
    CustomField.objects.filter(key="fee").update(see=[Role.FINANCE.value])

    assert p1.ask(ME).data["me"]["provider"]["own"]["fee"] == {"pounds": "344.05"}
