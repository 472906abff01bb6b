"""Says in plain English why each package goes where it goes, or why it can go nowhere (AL-15).

The explanation is worked out from the problem and the outcome alone, so it also serves a plan
that a person has changed.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from optimiser.allocation.costs import Option, options_by_package
from optimiser.allocation.factors import proposal_for
from optimiser.allocation.plan import (
    AllocationPlan,
    LotShare,
    Proposal,
    Status,
    Totals,
    Unplaced,
)
from optimiser.allocation.problem import AllocationError, AllocationProblem, Award, Package
from optimiser.allocation.room import Chosen, Room
from optimiser.allocation.unplaced import reasons_and_relaxations

Options = Mapping[str, Sequence[Option]]


@dataclass(frozen=True)
class Origin:
    """Where a plan comes from: the engine's seed and status, its cost and the bound to it."""

    seed: int
    status: Status
    cost: int
    bound: int


def explain(problem: AllocationProblem, plan: AllocationPlan) -> AllocationPlan:
    """Return the plan with factors, runners-up, reasons and totals worked out afresh.

    Raises `AllocationError` where the plan names a package or an award that the problem lacks.
    """
    chosen: dict[str, int | None] = {package.id: None for package in problem.packages}
    for proposal in plan.proposals:
        if proposal.package not in chosen:
            raise AllocationError(f"The plan places package {proposal.package}, which is unknown.")
        chosen[proposal.package] = award_of(problem, proposal)
    return explained_plan(
        problem,
        chosen,
        options=options_by_package(problem),
        origin=Origin(plan.seed, plan.status, plan.cost, plan.bound),
    )


def award_of(problem: AllocationProblem, proposal: Proposal) -> int:
    """Return the place of the award a proposal is made under, or raise `AllocationError`."""
    package = problem.package_by_id[proposal.package]
    held = [
        index
        for index, award in enumerate(problem.awards)
        if (award.lot, award.provider, award.tier, award.rank)
        == (package.lot, proposal.provider, proposal.tier, proposal.rank)
    ]
    # A provider whose award was renewed holds two in turn; the one in force is meant.
    in_force = [index for index in held if problem.awards[index].in_force(package.starts_on)]
    if not held:
        raise AllocationError(
            f"The plan gives package {package.id} to {proposal.provider} as {proposal.tier} "
            f"(rank {proposal.rank}), but there is no such award in lot {package.lot}."
        )
    return (in_force or held)[0]


def explained_plan(
    problem: AllocationProblem, chosen: Chosen, *, options: Options, origin: Origin
) -> AllocationPlan:
    """Build the plan of a choice of awards, each outcome with its reasons."""
    room = Room(problem, chosen)
    awards_of_lot = _awards_of_lot(problem)
    proposals, unplaced = [], []
    for package in problem.packages:
        award = chosen[package.id]
        if award is None:
            reasons, relaxations = reasons_and_relaxations(
                problem, package, awards_of_lot.get(package.lot, ()), room
            )
            unplaced.append(Unplaced(package.id, reasons, relaxations))
        else:
            proposals.append(
                proposal_for(problem, package, award, options=options[package.id], room=room)
            )
    return AllocationPlan(
        proposals=tuple(proposals),
        unplaced=tuple(unplaced),
        lots=_lot_shares(problem, chosen),
        totals=_totals(problem, chosen, options),
        seed=origin.seed,
        status=origin.status,
        cost=origin.cost,
        bound=origin.bound,
    )


def _awards_of_lot(problem: AllocationProblem) -> dict[str, list[int]]:
    awards: dict[str, list[int]] = {}
    for index, award in enumerate(problem.awards):
        awards.setdefault(award.lot, []).append(index)
    return awards


def _lot_shares(problem: AllocationProblem, chosen: Chosen) -> tuple[LotShare, ...]:
    packages: Counter[str] = Counter()
    proposed: Counter[str] = Counter()
    to_lead: Counter[str] = Counter()
    days: dict[str, set[datetime.date]] = {}
    for package in problem.packages:
        packages[package.lot] += 1
        days.setdefault(package.lot, set()).add(package.starts_on)
        award = chosen[package.id]
        proposed[package.lot] += award is not None
        to_lead[package.lot] += award is not None and problem.awards[award].tier == "lead"
    leads = {
        award.lot
        for award in problem.awards
        if award.tier == "lead" and any(award.in_force(day) for day in days.get(award.lot, ()))
    }
    return tuple(
        LotShare(
            lot=lot,
            packages=packages[lot],
            proposed=proposed[lot],
            to_lead=to_lead[lot],
            # Half is no majority (AL-04: 40 of 80 is flagged).
            majority=2 * to_lead[lot] > proposed[lot] if lot in leads and proposed[lot] else None,
            kept=(
                problem.promise_of_lot[lot].kept(to_lead=to_lead[lot], referrals=proposed[lot])
                if lot in problem.promise_of_lot
                else None
            ),
        )
        for lot in sorted(packages)
    )


def _totals(problem: AllocationProblem, chosen: Chosen, options: Options) -> Totals:
    placed: list[tuple[Package, Award]] = []
    left: list[Package] = []
    points = 0
    for package in problem.packages:
        award = chosen[package.id]
        if award is None:
            left.append(package)
            continue
        placed.append((package, problem.awards[award]))
        taken = (option for option in options[package.id] if option.award == award)
        # A plan a person changed may hold an award no rule allows; it has no points.
        points += sum(option.capped_points for option in taken)
    tiers = Counter(award.tier for _, award in placed)
    return Totals(
        packages=len(problem.packages),
        proposed=len(placed),
        unplaced=len(left),
        lead=tiers["lead"],
        additional=tiers["additional"],
        dps=tiers["dps"],
        weekly_minutes_proposed=sum(package.weekly_minutes for package, _ in placed),
        weekly_minutes_unplaced=sum(package.weekly_minutes for package in left),
        points=points,
    )
