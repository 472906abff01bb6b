"""Placements in care homes: no visits, no lot, no rate of a card, never planned as care at home."""

import pytest

from cms_models.accounts.roles import Role
from cms_models.care.allocation import packages_to_place
from cms_models.care.domain import PRICED_AT_AWARD, pathway_of, setting_of
from cms_models.care.models import CarePackage
from cms_models.care.services.registration import resolve_again
from cms_models.planning.packages import packages_on
from cms_models.rounds.services.visits import make_visits
from tests.council import TODAY
from tests.importers.extracts import checked, counts, csv_of, package_row, rejects, with_people

NURSING = {"element_type": "Nursing", "setting": "nursing", "pattern": ""}


def test_element_types_of_care_homes_decide_the_setting():
    kinds = ("Nursing", "residential", "Home care O")

    assert [setting_of(kind) for kind in kinds] == ["nursing", "residential", "home"]
    assert pathway_of("Nursing") == "O"


def test_a_placement_has_no_lot_and_no_hours_and_is_priced_by_its_award(council):
    package = council.package(1, **NURSING)

    assert (package.setting, package.lot, package.weekly_minutes) == ("nursing", None, 0)
    assert (package.weekly_pence, package.unpriced_reason) == (None, PRICED_AT_AWARD)
    CarePackage.objects.update(weekly_pence=125_000, unpriced_reason="")
    assert resolve_again(actor=council.system, on=TODAY) == 0
    package.refresh_from_db()
    assert (package.weekly_pence, package.unpriced_reason) == (125_000, "")


def test_a_placement_is_in_no_proposal_no_sandbox_and_no_round(council):
    council.package(1, **NURSING, organisation_ref="HF", status="active")
    council.package(2, **NURSING)
    at_home = council.package(3)

    assert packages_to_place(council.authority) == [at_home]
    assert packages_on(council[Role.COMMISSIONER], on=TODAY).refs == (at_home.package_ref,)
    assert make_visits(actor=council.system, first=TODAY, days=1).new == 0


@pytest.mark.parametrize(
    ("changes", "heading", "words"),
    [
        ({"visits_pattern": "Mon 08:00 30m"}, "Visits Pattern", "has no visits"),
        ({"unit": "Hours"}, "Quantity Per Week", "bought by the week"),
        ({"element_type": "Home care O"}, "Unit", "bought by the hour"),
    ],
)
def test_a_placement_is_read_from_an_extract_and_contradictions_are_named(
    council, changes, heading, words
):
    with_people(council.system, 2)
    row = {
        "element_type": "Nursing",
        "visits_pattern": "",
        "unit": "Weeks",
        "quantity_per_week": "1",
        "organisation_ref": "",
        "status": "Referred",
    }
    file = csv_of([package_row(1, **row), package_row(2, **{**row, **changes})])

    run = checked(council.system, "packages", file)

    assert run.totals == counts(new=1, rejected=1)
    column, message = rejects(run)[3][0]
    assert (column, words in message) == (heading, True)
