"""What a provider reads of a package it is asked about, and what it loses with the decision."""

import json

import pytest

from cms_models.accounts.roles import Role
from cms_models.brokerage.provider_selectors import (
    lost_access,
    open_invitations,
    open_package_rows,
    own_offers,
)
from cms_models.brokerage.services.awards import award_offer
from cms_models.brokerage.services.offers import decline, make_offer
from cms_models.brokerage.services.releases import turn_clocks
from cms_models.brokerage.services.requirements import set_requirement
from cms_models.care.provider_selectors import PackageFilters
from cms_models.fields.services import set_rule
from tests.cms_models.brokerage.releasing import hours, invited, release_it, terms


def read(council, ref: str = "P1", *, at: float = 1.0, filters=None) -> list[dict]:
    """Return what a provider reads at a moment."""
    user = council.provider_users[ref]
    return open_package_rows(open_invitations(user, hours(at), filters), user, hours(at))


def test_br_02_a_provider_reads_district_calls_and_needs_and_never_who_it_is(council):
    set_rule(actor=council.system, key="brokerage.small_number", value=0)
    package = council.package(1)
    set_requirement(
        actor=council[Role.BROKER],
        package=package,
        values={"needs": ["Help to wash"], "must_haves": ["A carer who drives"]},
        expected_version=None,
    )
    release_it(council, package)

    [row] = read(council)

    assert (row["reference"], row["postcode_district"], row["postcode_sector"]) == (
        "HC-000001",
        "HR1",
        None,
    )
    assert (row["needs"], row["must_haves"]) == (["Help to wash"], ["A carer who drives"])
    assert (row["urgency"], row["closes_at"], row["coarsened"]) == ("routine", hours(4), False)
    told = json.dumps(row, default=str)
    for secret in ("Canary", "HR1 1AA", "9000001", "E000001", "1940"):
        assert secret not in told


@pytest.mark.parametrize(
    ("least", "place"), [(3, [None, None]), (2, ["HR1", "HR1"]), (0, ["HR1", "HR1"])]
)
def test_of_few_open_packages_of_a_kind_only_the_zone_is_read(council, least, place):
    set_rule(actor=council.system, key="brokerage.small_number", value=least)
    for number in (1, 2):
        release_it(council, council.package(number))

    rows = read(council)

    assert [row["postcode_district"] for row in rows] == place
    assert {row["coarsened"] for row in rows} == {place[0] is None}
    assert {row["zone"]["code"] for row in rows} == {"A"}


def test_only_who_is_asked_reads_and_only_while_the_clock_runs(council, other_council):
    release_it(council, council.package(1))

    assert [len(read(council, ref)) for ref in ("P1", "P2", "HF")] == [1, 0, 0]
    assert len(read(council, at=3.99)) == 1
    assert read(council, at=4) == []  # before any scheduler has come by
    turn_clocks(authority=council.authority, now=hours(4))
    assert [len(read(council, ref, at=4)) for ref in ("P1", "P2")] == [0, 1]
    assert read(other_council) == []
    broker = council[Role.BROKER]
    assert open_package_rows(open_invitations(broker, hours(1)), broker, hours(1)) == []


def test_losers_lose_access_with_the_decision_and_keep_reference_and_outcome(council):
    row = release_it(council, council.package(1), "all")
    offers = [
        make_offer(
            actor=council.provider_users[ref],
            invitation=invited(row, ref),
            terms=terms(),
            now=hours(1),
        )
        for ref in ("P1", "P2")
    ]
    assert len(read(council, "P2", at=25)) == 1  # an offer stands beyond the clock

    award_offer(actor=council[Role.BROKER], offer=offers[0], reason="First", now=hours(26))

    assert [read(council, ref, at=26) for ref in ("P1", "P2")] == [[], []]
    [lost] = lost_access(council.provider_users["P2"], hours(27))
    assert lost == {
        "invitation": str(invited(row, "P2").public_id),
        "reference": "HC-000001",
        "outcome": "Awarded to another provider",
        "closed_at": hours(26),
    }
    [won] = lost_access(council.provider_users["P1"], hours(27))
    assert won["outcome"] == "Awarded to you"
    assert [offer.state for offer in own_offers(council.provider_users["P2"])] == ["lost"]


def test_a_decline_and_a_lapse_are_told_as_such(council):
    row = release_it(council, council.package(1))
    decline(
        actor=council.provider_users["P1"],
        invitation=invited(row, "P1"),
        reason="price",
        words="",
        now=hours(1),
    )
    turn_clocks(authority=council.authority, now=hours(5))

    outcomes = [
        (one["outcome"], one["closed_at"])
        for ref in ("P1", "P2")
        for one in lost_access(council.provider_users[ref], hours(6))
    ]

    assert outcomes == [("You declined", hours(1)), ("You did not answer in time", hours(5))]


def test_open_packages_are_narrowed_by_lot_and_skill(council):
    release_it(council, council.package(1))
    release_it(council, council.package(2, skills=("medication",)))

    assert len(read(council, filters=PackageFilters(lot="O-A"))) == 2
    assert len(read(council, filters=PackageFilters(lot="O-B"))) == 0
    assert len(read(council, filters=PackageFilters(skill="medication"))) == 1


def test_more_packages_take_no_more_queries(council, django_assert_max_num_queries):
    release_it(council, council.package(1))
    with django_assert_max_num_queries(7):
        assert len(read(council)) == 1
    for number in range(2, 5):
        release_it(council, council.package(number))

    with django_assert_max_num_queries(7):
        assert len(read(council)) == 4
