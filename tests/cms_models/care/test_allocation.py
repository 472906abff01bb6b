"""From referred packages to proposals with reasons, and to an award a person makes."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from cms_models.accounts.roles import Role
from cms_models.audit.models import AuditEntry
from cms_models.brokerage.services.awards import award_proposals
from cms_models.care.allocation import allocation_problem, packages_to_place
from cms_models.care.models import AllocationProposal, Award, CarePackage, ProposalState
from cms_models.care.services.awards import AlreadyPlaced, award
from cms_models.jobs import services as jobs
from cms_models.jobs.runner import run_job
from cms_models.market.models import DeclaredCapacity, Lot
from tests.council import TODAY, Council

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def allocate(council: Council) -> list[AllocationProposal]:
    """Run the job as the worker would and return its proposals in order of package."""
    params = {"seed": 1, "on": TODAY.isoformat()}
    row = jobs.start_here(actor=council.system, kind="allocate", params=params)
    run_job(row.pk, heartbeat=False)
    row.refresh_from_db()
    assert row.error == ""
    return list(AllocationProposal.objects.filter(run_id=row.result["run_id"]))


def test_al_15_the_same_inputs_and_seed_give_the_same_result_with_three_factors(council):
    for number in range(1, 6):
        council.package(number)

    first, second = allocate(council), allocate(council)

    told = [
        [(row.package_id, row.provider_id, row.factors) for row in run] for run in (first, second)
    ]
    assert told[0] == told[1]
    assert {len(row.factors) for row in first} == {3}
    states = AllocationProposal.objects.filter(pk__in=[row.pk for row in first])
    assert set(states.values_list("state", flat=True)) == {ProposalState.OVERTAKEN}


def test_the_lead_is_proposed_until_it_is_full_then_the_additional_provider(council):
    # The lead P1 has 60 h a week in O-A; each package takes 28 h (7 days × 4 h).
    for number in range(1, 4):
        council.package(number, pattern="Mon-Sun 08:00-09:00 240m")

    refs = sorted(row.provider.ref for row in allocate(council))

    assert refs == ["P1", "P1", "P2"]  # 56 h fit in 60; the third 28 h do not


def test_a_package_nobody_can_take_says_the_binding_reason(council):
    council.package(1, skills=("peg",))

    (proposal,) = allocate(council)

    assert proposal.provider is None
    assert proposal.state == ProposalState.UNPLACED
    assert "peg" in proposal.unplaced_reason.lower()


def test_an_award_is_a_persons_act_with_a_reason_and_one_winner(council):
    package = council.package(1)
    (proposal,) = allocate(council)
    broker, machine = council[Role.BROKER], council.system

    with pytest.raises(PermissionDenied):
        award_proposals(actor=machine, proposals=[proposal], reason="because", now=NOW)
    for_no_reason = award_proposals(actor=broker, proposals=[proposal], reason=" ", now=NOW)
    assert for_no_reason[0] == []
    assert Award.objects.count() == 0

    made, refused = award_proposals(
        actor=broker, proposals=[proposal], reason="As proposed", now=NOW
    )
    assert (len(made), refused) == (1, [])
    with pytest.raises(AlreadyPlaced):
        award(
            actor=broker,
            package=package,
            provider=council.providers["P2"],
            lot=package.lot,
            reason="late",
        )
    assert Award.objects.get().provider == council.providers["P1"]
    entry = AuditEntry.objects.filter(action="award").get()
    assert (entry.actor, entry.reason) == (broker, "As proposed")


def test_only_the_winner_sees_who_the_person_is(council):
    council.package(1)
    (proposal,) = allocate(council)
    award_proposals(actor=council[Role.BROKER], proposals=[proposal], reason="As proposed", now=NOW)

    seen = {
        ref: CarePackage.objects.visible_to(user).count()
        for ref, user in council.provider_users.items()
    }
    assert seen == {"P1": 1, "P2": 0, "HF": 0}


def test_a_suspended_provider_is_refused_in_words(council):
    package = council.package(1)
    provider = council.providers["P1"]
    provider.state = "suspended"
    provider.save()

    with pytest.raises(ValidationError, match="suspended for new work"):
        award(
            actor=council[Role.BROKER],
            package=package,
            provider=provider,
            lot=package.lot,
            reason="nearest",
        )
    assert Award.objects.count() == 0


@pytest.mark.parametrize(("days", "refused"), [(0, True), (-1, False)])
def test_pr_04_an_award_waits_for_the_end_of_the_standstill(council, days, refused):
    package = council.package(1)
    framework = package.lot.framework
    framework.standstill_ends_on = timezone.localdate() + timedelta(days=days)
    framework.save()
    ask = {
        "actor": council[Role.BROKER],
        "package": package,
        "provider": council.providers["P1"],
        "lot": package.lot,
        "reason": "lead",
    }

    if refused:
        with pytest.raises(ValidationError, match="in standstill until"):
            award(**ask)
    else:
        award(**ask)
    assert Award.objects.exists() is not refused


def test_the_smaller_of_agreed_and_declared_capacity_counts(council):
    # P1 agreed 60 h a week in O-A and says it can take 27 h: 28 h are too many now.
    DeclaredCapacity.objects.create(
        authority=council.authority,
        provider=council.providers["P1"],
        lot=council.lots["O-A"],
        minutes_per_week=27 * 60,
        from_day=TODAY,
        declared_by=council.provider_users["P1"],
    )
    council.package(1, pattern="Mon-Sun 08:00-09:00 240m")

    (proposal,) = allocate(council)

    assert proposal.provider == council.providers["P2"]
    assert "has only 27 h 00 a week left of the 28 h 00 needed" in proposal.factors[0]


def test_the_engine_is_told_who_served_the_person_and_who_gave_the_package_back(council):
    broker, lot = council[Role.BROKER], council.lots["O-A"]
    package = council.package(1)
    row = award(
        actor=broker, package=package, provider=council.providers["P1"], lot=lot, reason="lead"
    )
    Award.objects.filter(pk=row.pk).update(current=False)
    CarePackage.objects.filter(pk=package.pk).update(status="referred")
    Lot.objects.filter(pk=lot.pk).update(lead_promise="majority")
    day = timezone.localdate()

    problem = allocation_problem(
        council.authority, packages_to_place(council.authority), on=max(day, TODAY)
    )

    (asked,) = problem.packages
    assert asked.excluded_providers == frozenset({"P1"})
    assert asked.earlier_providers == frozenset()
    assert problem.promise_of_lot["O-A"].words == "more than half"
    assert (problem.promises[0].to_lead, problem.promises[0].referrals) == (1, 1)
    (proposal,) = allocate(council)
    assert proposal.provider == council.providers["P2"]
