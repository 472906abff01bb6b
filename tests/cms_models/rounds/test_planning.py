"""From weekly patterns to a day's published rounds."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.core.management.base import CommandError

from cms_models.accounts.roles import Role
from cms_models.audit.selectors import chain_faults
from cms_models.fields.services import set_rule
from cms_models.jobs import services as jobs
from cms_models.jobs.runner import run_job
from cms_models.rounds.models import PlanRun, PlanState, Stop, UnplacedVisit, Visit
from cms_models.rounds.selectors.planning import NothingToPlan, day_problem
from cms_models.rounds.services.planning import publish
from cms_models.rounds.services.visits import make_visits
from optimiser.rounds.formats import read_problem
from tests.council import TODAY, Council, add_carers

IN_HOUSE = {"organisation_ref": "HF", "pathway": "M", "element_type": "Home First M"}


def plan(council: Council, **params: object) -> PlanRun:
    """Run the job as the worker would and return its run."""
    set_rule(actor=council.system, key="rounds.seconds", value=1)
    params = {"on": TODAY.isoformat(), "seed": 1, **params}
    row = jobs.start_here(actor=council.system, kind="plan_rounds", params=params)
    run_job(row.pk, heartbeat=False)
    row.refresh_from_db()
    assert row.error == ""
    return PlanRun.objects.get(pk=row.result["run_id"])


def test_sc_09_planned_is_placed_plus_unplaced_with_a_reason(council):
    add_carers(council)
    council.package(1, status="active", **IN_HOUSE)
    council.package(2, status="active", pattern="Mon-Sun 08:00-09:00 30m x2", **IN_HOUSE)
    council.package(3, status="active", pattern="Mon 09:00-10:00 30m peg", **IN_HOUSE)

    run = plan(council)

    # one single visit and a double-up: three stops; nobody has the PEG skill
    assert Stop.objects.filter(round__run=run).count() == 3
    left = UnplacedVisit.objects.get(run=run)
    assert left.visit.skills == ["peg"]
    assert "peg" in left.reasons[0]
    assert run.totals["planned"] == Visit.objects.count() == 3
    assert (run.totals["placed"], run.totals["unplaced"]) == (2, 1)


def test_sc_04_a_double_up_is_two_carers_at_the_same_minute(council):
    add_carers(council)
    council.package(1, status="active", pattern="Mon 08:00-09:00 30m x2", **IN_HOUSE)

    run = plan(council)

    stops = list(Stop.objects.filter(round__run=run).select_related("round"))
    assert len({stop.round.carer_id for stop in stops}) == 2
    assert len({stop.start_minutes for stop in stops}) == 1


def test_a_person_publishes_and_the_machine_cannot(council):
    add_carers(council)
    council.package(1, status="active", **IN_HOUSE)
    run = plan(council)

    with pytest.raises(PermissionDenied, match="only proposes"):
        publish(actor=council.system, run=run)
    with pytest.raises(PermissionDenied):
        publish(actor=council[Role.FINANCE], run=run)
    run.refresh_from_db()
    assert run.state == PlanState.PROPOSED

    publish(actor=council[Role.COORDINATOR], run=run)
    assert run.state == PlanState.PUBLISHED
    assert run.published_by == council[Role.COORDINATOR]
    with pytest.raises(ValidationError, match="not a proposal any more"):
        publish(actor=council[Role.COORDINATOR], run=run)
    assert list(chain_faults(council.authority)) == []


def test_a_second_publication_supersedes_the_first_and_moves_only_what_pays(council):
    add_carers(council)
    council.package(1, status="active", **IN_HOUSE)
    first = publish(actor=council[Role.COORDINATOR], run=plan(council))

    second = plan(council, seed=7)
    publish(actor=council[Role.COORDINATOR], run=second)

    first.refresh_from_db()
    assert first.state == PlanState.SUPERSEDED
    carers = [
        list(Stop.objects.filter(round__run=run).values_list("round__carer__ref", flat=True))
        for run in (first, second)
    ]
    assert carers[0] == carers[1]


def test_only_the_in_house_service_is_planned(council):
    add_carers(council)
    council.package(1, status="active", organisation_ref="P1")
    make_visits(actor=council.system, first=TODAY, days=1)

    with pytest.raises(NothingToPlan, match="No in-house visits are dated 23/11/2026"):
        day_problem(council.authority, on=TODAY)


def test_making_visits_twice_makes_nothing_and_an_ended_package_cancels_its_own(council):
    package = council.package(1, status="active", **IN_HOUSE)

    assert make_visits(actor=council.system, first=TODAY, days=7).new == 7
    again = make_visits(actor=council.system, first=TODAY, days=7)
    assert (again.new, again.cancelled, again.unchanged) == (0, 0, 7)

    package.ends_on = TODAY + timedelta(days=5)  # the last two of seven days have no care
    package.save()
    assert make_visits(actor=council.system, first=TODAY, days=7).cancelled == 2


def test_a_day_is_written_in_the_open_format_without_names(council, tmp_path):
    add_carers(council)
    council.package(1, status="active", **IN_HOUSE)
    make_visits(actor=council.system, first=TODAY, days=1)
    out = tmp_path / "day.json"

    call_command("export_day", date=TODAY, out=out)

    problem = read_problem(out)
    assert (len(problem.visits), len(problem.carers)) == (1, 2)
    assert "Canary" not in out.read_text()
    with pytest.raises(CommandError, match="No in-house visits are dated 30/11/2026"):
        call_command("export_day", date=TODAY + timedelta(days=7), out=out)
