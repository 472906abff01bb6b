"""The dashboard's numbers, with the hand sums beside them."""

from datetime import date
from decimal import Decimal

from django.db import connection
from django.test.utils import CaptureQueriesContext

from cms_models.accounts.roles import Role
from cms_models.care.services.awards import Suggestion, propose_allocations
from cms_models.rates.services import set_budget
from cms_models.rounds.models import PlanRun, PlanState
from cms_models.rounds.selectors.dashboard import dashboard
from tests.council import TODAY


def a_run(council, on: date, state: str = PlanState.PROPOSED) -> PlanRun:
    return PlanRun.objects.create(
        authority=council.authority,
        on=on,
        state=state,
        seconds=1,
        engine="test",
        travel="test",
        problem=b"",
        plan=b"",
        totals={"planned": 3, "placed": 2, "unplaced": 1},
    )


def test_hours_and_cost_by_zone_add_up(council):
    council.package(1)
    council.package(2, postcode="HR3 3CC", pattern="Mon-Fri 08:00-09:00 60m")
    council.package(3, organisation_ref="P1", status="suspended")

    care = dashboard(council[Role.BROKER], on=TODAY).care

    by_code = {zone.code: zone for zone in care.zones}
    # A: 7 × 30 min at £15.80/h = £55.30; B: 5 h = £79.00; the suspended one costs nothing now.
    assert (by_code["A"].weekly_minutes, by_code["A"].weekly_pence) == (210, 5530)
    assert (by_code["B"].weekly_minutes, by_code["B"].weekly_pence) == (300, 7900)
    assert {line.status: line.packages for line in care.statuses} == {
        "referred": 2,
        "active": 0,
        "suspended": 1,
        "ended": 0,
    }


def test_planned_cost_is_held_against_the_budget_of_its_pathways(council):
    council.package(1)
    council.package(2, pathway="D", element_type="Home care D")
    set_budget(
        actor=council.system,
        name="O only",
        starts_on=date(2026, 4, 1),
        ends_on=date(2027, 4, 1),
        pathways=["O"],
        amount_pence=280_000,
    )

    line = dashboard(council[Role.COMMISSIONER], on=TODAY).care.budgets[0]

    # £55.30 × 52 = £2,875.60 against £2,800: £75.60 over, 2.70 %.
    assert (line.weeks, line.gap.planned_pence) == (52, 287_560)
    assert line.gap.sentence == "over by £75.60 (2.70 %)"


def test_zn_06_viability_is_told_for_one_two_and_three_providers(council):
    council.package(1, pattern="Mon-Sun 00:00 1440m x4; Mon-Sun 01:00 60m x4")

    (zone,) = dashboard(council[Role.COMMISSIONER], on=TODAY).care.zones

    # 7 × 24 × 4 + 7 × 4 = 700 hours: exactly the floor for one provider, not for two or three.
    assert zone.viable[0].hours_each == Decimal(700)
    assert [one.viable for one in zone.viable] == [True, False, False]


def test_packages_not_placed_are_counted_by_reason(council):
    packages = [council.package(number) for number in (1, 2, 3)]
    propose_allocations(
        actor=council.system,
        on=TODAY,
        seed=1,
        engine="test",
        totals={},
        suggestions=[
            Suggestion(packages[0].pk, None, None, None, unplaced_reason="full"),
            Suggestion(packages[1].pk, None, None, None, unplaced_reason="full"),
            Suggestion(packages[2].pk, council.providers["P1"].pk, None, 1),
        ],
    )

    care = dashboard(council[Role.BROKER], on=TODAY).care

    assert [(line.reason, line.count) for line in care.unplaced] == [("full", 2)]
    assert (care.unplaced_count, care.to_decide) == (2, 1)


def test_the_next_planned_day_is_shown_published_before_proposed(council):
    a_run(council, date(2026, 11, 20))
    a_run(council, date(2026, 11, 25))
    published = a_run(council, date(2026, 11, 24), PlanState.PUBLISHED)
    a_run(council, date(2026, 11, 24))

    assert dashboard(council[Role.COORDINATOR], on=TODAY).rounds.run == published


def test_a_role_sees_the_numbers_of_its_records_only(council, other_council):
    other_council.package(9)
    a_run(council, TODAY)

    broker = dashboard(council[Role.BROKER], on=TODAY)
    stranger = dashboard(council.provider_users["P1"], on=TODAY)

    assert broker.care.zones == []
    assert broker.rounds is None
    assert (stranger.care, stranger.rounds, stranger.jobs, stranger.imports) == (None,) * 4


def test_the_dashboard_asks_eleven_questions_whatever_there_is(council):
    user = council[Role.COORDINATOR]
    a_run(council, TODAY)
    assert user.grants  # what the role may see is asked once a user

    with CaptureQueriesContext(connection) as few:
        dashboard(user, on=TODAY)
    for number in range(1, 20):
        council.package(number)
    with CaptureQueriesContext(connection) as many:
        dashboard(user, on=TODAY)

    assert len(few) == len(many)
    # Rules, zones, reasons, statuses, budgets, to decide, run, left out, jobs, imports, council.
    assert len(many) <= 11
