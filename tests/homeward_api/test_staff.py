"""The staff's schema: behind the session, by role, and unknown at the providers' door."""

import json

import pytest
from django.test import Client

from cms_models.accounts.roles import Role
from cms_models.brokerage.models import Release
from cms_models.care.models import Award
from cms_models.fields.models import RuleSetting
from homeward_api.schema import schema as providers_schema
from homeward_api.staff.schema import schema
from tests.council import PASSWORD

BOARD = """{
  packages(status: REFERRED, lot: "O-A") { nodes { id reference onFileSince lot { code } } }
  releases { nodes { reference route state } }
  offers { totalCount }
  awards { totalCount }
}"""
RELEASE = """mutation ($package: ID!) {
  releasePackage(package: $package, route: ALL, reason: "every provider at once") {
    release { reference state route } problems { code message }
  }
}"""
AWARD = """mutation ($package: ID!) {
  awardPackage(package: $package, provider: "P2", reason: "lives next door") {
    award { provider { ref } override current } problems { code message }
  }
}"""


class Desk:
    """A browser that is signed in."""

    def __init__(self, username: str, **client) -> None:
        self.client = Client(**client)
        assert self.client.login(username=username, password=PASSWORD)

    def ask(self, query: str, **variables):
        return self.client.post(
            "/graphql/staff",
            json.dumps({"query": query, "variables": variables}),
            content_type="application/json",
        )


def test_a_broker_reads_the_board_and_releases_and_awards(council):
    package = council.package(1)
    desk = Desk("broker")

    board = desk.ask(BOARD).json()["data"]
    released = desk.ask(RELEASE, package=str(package.public_id)).json()["data"]["releasePackage"]
    again = desk.ask(RELEASE, package=str(package.public_id)).json()["data"]["releasePackage"]
    awarded = desk.ask(AWARD, package=str(package.public_id)).json()["data"]["awardPackage"]
    twice = desk.ask(AWARD, package=str(package.public_id)).json()["data"]["awardPackage"]

    assert [node["reference"] for node in board["packages"]["nodes"]] == ["HC-000001"]
    assert released["release"] == {"reference": "HC-000001", "state": "OPEN", "route": "ALL"}
    assert [again["release"], len(again["problems"])] == [None, 1]
    assert awarded["award"]["provider"] == {"ref": "P2"}
    assert twice["award"] is None
    assert twice["problems"]
    assert Release.objects.count() == Award.objects.count() == 1
    assert Award.objects.get().reason == "lives next door"


@pytest.mark.parametrize("role", [Role.FINANCE, Role.AUDITOR, Role.COMMISSIONER])
def test_who_may_only_look_changes_nothing(council, role):
    package = council.package(1)
    desk = Desk(role.value)

    answer = desk.ask(RELEASE, package=str(package.public_id)).json()

    assert answer["data"] is None
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert not Release.objects.exists()


def test_a_role_without_brokerage_sees_no_releases(council):
    council.released(1)

    data = Desk("coordinator").ask("{ releases { totalCount } offers { totalCount } }").json()

    assert data["data"] == {"releases": {"totalCount": 0}, "offers": {"totalCount": 0}}


def test_another_councils_package_is_no_different_from_none(council, other_council):
    package = other_council.package(1)

    answer = Desk("broker").ask(RELEASE, package=str(package.public_id)).json()

    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    assert not Release.objects.exists()


def test_only_staff_who_are_signed_in_are_answered(council):
    for username, status in (("p1", 403), ("carer", 403)):
        assert Desk(username).ask("{ me { name } }").status_code == status
    anonymous = Client().post(
        "/graphql/staff", b'{"query": "{ __typename }"}', content_type="application/json"
    )
    assert anonymous.status_code == 401
    assert Desk("broker").client.get("/graphql/staff?query={__typename}").status_code == 405


def test_where_a_second_factor_is_asked_a_session_without_it_reads_nothing(council):
    # without a setting of its own the council asks for it
    RuleSetting.objects.filter(key="accounts.staff_need_second_factor").delete()

    answer = Desk("broker").ask("{ me { name } }")

    assert answer.status_code == 401
    assert "second factor" in answer.json()["errors"][0]["message"]


def test_a_foreign_page_cannot_ask_in_a_brokers_name(council):
    desk = Desk("broker", enforce_csrf_checks=True)

    assert desk.ask("{ me { name } }").status_code == 403


def test_a_key_is_no_session(council, p1):
    response = Client().post(
        "/graphql/staff",
        b'{"query": "{ me { name } }"}',
        content_type="application/json",
        headers=p1.headers,
    )

    assert response.status_code == 401


def test_no_type_of_the_staffs_is_known_at_the_providers_door(p1):
    own = set(schema.graphql_schema.type_map) - set(providers_schema.graphql_schema.type_map)

    assert {"StaffPackage", "Release", "StaffOffer", "StaffAward", "AwardOfferPayload"} <= own
    for name in sorted(own):
        assert p1.ask(f'{{ __type(name: "{name}") {{ name }} }}').data == {"__type": None}
    assert p1.ask("{ releases { totalCount } }").codes == ["BAD_USER_INPUT"]


def test_staff_read_the_work_and_never_the_person(council):
    council.released(1)
    fields = "totalCount nodes { __typename }"
    query = f"{{ packages {{ {fields} }} releases {{ {fields} }} invitations {{ {fields} }} }}"

    text = Desk("broker").ask(query).content.decode()

    assert "Canary" not in text
    for kind in ("StaffPackage", "Release", "StaffInvitation", "StaffOffer", "StaffAward"):
        named = set(schema.graphql_schema.type_map[kind].fields)
        assert not named & {"person", "personId", "postcode", "address", "elementId"}
