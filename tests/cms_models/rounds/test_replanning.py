"""Editing, planning again, planning a week, and dividing a day among workers."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command

from cms_models.accounts.roles import Role
from cms_models.audit.models import AuditEntry
from cms_models.audit.selectors import chain_faults
from cms_models.audit.services import StaleEdit
from cms_models.fields.services import set_rule
from cms_models.jobs import services as jobs
from cms_models.jobs.models import Job, JobState
from cms_models.jobs.runner import run_job
from cms_models.rounds.models import Carer, PlanBatch, PlanRun, PlanState, Stop, Visit
from cms_models.rounds.selectors.planning import impact_of, stored_day, stored_plan
from cms_models.rounds.services import planning, visits, workforce
from cms_models.rounds.services.planning import BrokenPlan
from optimiser.rounds.check import verify
from optimiser.rounds.plans import plan_of
from tests.council import TODAY, Council, add_carers

IN_HOUSE = {
    "organisation_ref": "HF",
    "pathway": "M",
    "element_type": "Home First M",
    "status": "active",
}


@pytest.fixture
def running(council: Council) -> Council:
    """Two carers and two people with a visit a day each; a second to plan anything."""
    add_carers(council)
    for number in (1, 2):
        council.package(number, **IN_HOUSE)
    for key in ("rounds.seconds", "rounds.week_seconds", "rounds.replan_seconds"):
        set_rule(actor=council.system, key=key, value=1)
    set_rule(actor=council.system, key="rounds.threads", value=1)
    return council


def worked(council: Council, kind: str, **params: object) -> Job:
    """Run a job as the worker would."""
    row = jobs.start_here(actor=council.system, kind=kind, params=params)
    run_job(row.pk, heartbeat=False)
    row.refresh_from_db()
    return row


def planned(council: Council, **params: object) -> PlanRun:
    row = worked(council, "plan_rounds", on=TODAY.isoformat(), **params)
    assert row.error == ""
    return PlanRun.objects.get(pk=row.result["run_id"])


def swapped(run: PlanRun):
    """The run's plan with everything one carer does given to the other."""
    plan, day = stored_plan(run), stored_day(run)
    one = plan.rounds[0].carer
    other = next(carer.id for carer in day.problem.carers if carer.id != one)
    orders = {(r.carer, r.shift): [s.visit for s in r.stops] for r in plan.rounds}
    given = orders.pop((one, 0))
    orders[other, 0] = sorted([*orders.get((other, 0), []), *given])
    return plan_of(day.problem, orders, [], seed=1)


def test_an_edit_takes_a_proposals_place_and_the_audit_says_what_moved(running):
    run = planned(running)
    edited = swapped(run)

    kept = planning.keep_edit(
        actor=running[Role.COORDINATOR],
        run=run,
        plan=edited,
        expected_version=run.version,
        reason="Ms A asked",
    )

    assert (kept.pk, kept.version, kept.state) == (run.pk, 2, PlanState.PROPOSED)
    assert stored_plan(kept) == edited
    shown = Stop.objects.filter(round__run=kept).values_list("visit_id", "round__carer__ref")
    assert {(f"v{visit}", carer) for visit, carer in shown} == {
        (stop.visit, one.carer) for one in edited.rounds for stop in one.stops
    }
    entry = AuditEntry.objects.get(action="edit_rounds")
    assert entry.before.keys() == entry.after.keys() != set()
    assert all(entry.before[visit] != entry.after[visit] for visit in entry.before)
    assert entry.reason == "Ms A asked"
    assert list(chain_faults(running.authority)) == []


def test_a_stale_a_broken_and_a_forbidden_edit_are_refused_and_nothing_is_kept(running):
    run = planned(running)
    edited, before = swapped(run), stored_plan(run)
    coordinator = running[Role.COORDINATOR]
    late = replace(
        edited.rounds[0],
        stops=tuple(
            replace(s, start=s.start + 300, leave=s.leave + 300) for s in edited.rounds[0].stops
        ),
    )

    with pytest.raises(StaleEdit):
        planning.keep_edit(actor=coordinator, run=run, plan=edited, expected_version=7)
    with pytest.raises(BrokenPlan, match="visit_starts_in_its_window"):
        planning.keep_edit(
            actor=coordinator,
            run=run,
            plan=replace(edited, rounds=(late, *edited.rounds[1:])),
            expected_version=1,
        )
    with pytest.raises(PermissionDenied):
        planning.keep_edit(actor=running[Role.FINANCE], run=run, plan=edited, expected_version=1)

    run.refresh_from_db()
    assert (run.version, stored_plan(run)) == (1, before)
    assert not AuditEntry.objects.filter(action="edit_rounds").exists()


def test_editing_a_published_day_makes_a_new_proposal_of_it(running):
    run = planning.publish(actor=running[Role.COORDINATOR], run=planned(running))

    kept = planning.keep_edit(
        actor=running[Role.COORDINATOR],
        run=run,
        plan=swapped(run),
        expected_version=run.version,
    )

    run.refresh_from_db()
    assert run.state == PlanState.PUBLISHED
    assert (kept.state, kept.based_on) == (PlanState.PROPOSED, run)
    assert PlanRun.objects.count() == 2


def test_sc_10_somebody_off_sick_moves_only_their_visits_and_is_told_before_publishing(running):
    coordinator = running[Role.COORDINATOR]
    for number, carer in enumerate(Carer.objects.order_by("ref"), start=1):
        visits.make_visits(actor=running.system, first=TODAY, days=1)
        visit = Visit.objects.get(package__package_ref=f"HC-{number:06d}")
        planning.pin(actor=coordinator, visit=visit, carers=[carer])
    published = planning.publish(actor=coordinator, run=planned(running))
    sick = Carer.objects.get(ref="C1")
    workforce.mark_absent(actor=coordinator, carer=sick, on=TODAY, reason="Ill at 06:40")

    row = worked(running, "replan", on=TODAY.isoformat())

    assert row.error == ""
    run = PlanRun.objects.get(pk=row.result["run_id"])
    assert (run.state, run.based_on) == (PlanState.PROPOSED, published)
    assert set(Stop.objects.filter(round__run=run).values_list("round__carer__ref", flat=True)) == {
        "C2"
    }
    impact = impact_of(run, before=published)
    assert impact.changed_carer == 1
    assert impact.newly_unplaced == ()
    assert row.result["changes"]["moves"] == list(impact.moves)
    assert any("C2 instead of C1" in move for move in impact.moves)
    published.refresh_from_db()
    assert published.state == PlanState.PUBLISHED


def test_planning_again_needs_something_published(running):
    row = worked(running, "replan", on=TODAY.isoformat())

    assert row.state == JobState.FAILED
    assert row.error == "No rounds are published for 23/11/2026: plan the day first."


def test_a_week_is_planned_as_one_and_kept_as_seven_days_that_check_accepts(running):
    # Fair hours would have both carers see both people: here only faces are weighed.
    set_rule(actor=running.system, key="rounds.weight.off_contract", value=0)

    row = worked(running, "plan_week", first=TODAY.isoformat())

    assert row.error == ""
    runs = PlanRun.objects.filter(pk__in=row.result["run_ids"]).order_by("on")
    assert [run.on for run in runs] == [TODAY + timedelta(days=n) for n in range(7)]
    assert row.result["planned"] == row.result["placed"] + row.result["unplaced"] == 14
    for run in runs:
        assert verify(stored_day(run).problem, stored_plan(run)).ok
        assert run.totals["planned"] == run.totals["placed"] + run.totals["unplaced"] == 2
        assert run.notes[0] == "Planned as part of the week from 23/11/2026."
    # few faces: each of the two people sees one carer all week
    pairs = Stop.objects.values_list("visit__package", "round__carer").distinct()
    assert pairs.count() == row.result["person_carer_pairs"] == 2


def test_what_is_published_in_the_week_leaves_less_for_another_day(running):
    set_rule(actor=running.system, key="rounds.week_minutes", value=100)
    planning.publish(actor=running[Role.COORDINATOR], run=planned(running))
    tuesday = (TODAY + timedelta(days=1)).isoformat()

    row = worked(running, "plan_rounds", on=tuesday)

    worked_monday = {
        one.carer.ref: one.travel_minutes + one.contact_minutes + one.break_minutes
        for one in PlanRun.objects.get(on=TODAY).rounds.all()
    }
    run = PlanRun.objects.get(pk=row.result["run_id"])
    limits = {one.id: one.max_minutes for one in stored_day(run).problem.carers}
    assert limits == {ref: 100 - worked_monday.get(ref, 0) for ref in ("C1", "C2")}


def test_a_divided_day_is_planned_by_a_job_a_part_and_joined_by_the_last(running):
    running.package(3, postcode="HR3 3CC", **IN_HOUSE)
    set_rule(actor=running.system, key="rounds.split_by", value="zone")
    Carer.objects.filter(ref="C1").update(team="A")
    Carer.objects.filter(ref="C2").update(team="Zone B")

    row = worked(running, "plan_rounds", on=TODAY.isoformat())

    assert row.result == {"parts": 2, "planned": 3}
    first, last = Job.objects.filter(kind="plan_part").order_by("pk")
    run_job(first.pk, heartbeat=False)
    assert PlanBatch.objects.get().run is None
    run_job(last.pk, heartbeat=False)
    run = PlanBatch.objects.get().run
    assert run.totals["planned"] == run.totals["placed"] == 3
    assert verify(stored_day(run).problem, stored_plan(run)).ok
    stops = Stop.objects.filter(round__run=run)
    assert set(stops.values_list("visit__package__zone__code", "round__carer__ref")) == {
        ("A", "C1"),
        ("B", "C2"),
    }
    assert "Planned in 2 parts: A, B." in run.notes
    whole = worked(running, "plan_rounds", on=TODAY.isoformat(), whole=True)
    assert "run_id" in whole.result


def test_a_cancelled_plan_keeps_the_best_so_far_and_says_so(running):
    params = {"on": TODAY.isoformat(), "seconds": 60}
    row = jobs.start_here(actor=running.system, kind="plan_rounds", params=params)
    Job.objects.filter(pk=row.pk).update(cancel_requested=True)

    run_job(row.pk, heartbeat=False)

    row.refresh_from_db()
    assert row.error == ""
    assert row.result["stopped_early"] is True
    run = PlanRun.objects.get(pk=row.result["run_id"])
    assert run.notes == ["Stopped by a person: this is the best plan found until then."]
    assert run.totals["placed"] == 2


def test_several_days_are_a_job_each_on_the_queue(running, capsys):
    call_command("plan_rounds", date=TODAY.isoformat(), days=3)

    queued = Job.objects.filter(kind="plan_rounds", state=JobState.QUEUED)
    assert sorted(row.params["on"] for row in queued) == ["2026-11-23", "2026-11-24", "2026-11-25"]
    assert capsys.readouterr().out.count("queued:") == 3
