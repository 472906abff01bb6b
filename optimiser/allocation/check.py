"""Judges an allocation plan without the engine: every rule a function, every break by name.

Nothing here is shared with the engine but the problem and plan themselves, so an error in the
engine cannot hide in its own check.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from optimiser.allocation.plan import AllocationPlan, Proposal
from optimiser.allocation.problem import TIERS, AllocationProblem, Award, Package


@dataclass(frozen=True)
class Broken:
    """A rule that a plan breaks, by the rule's function name, and what breaks it."""

    rule: str
    text: str


Rule = Callable[[AllocationProblem, AllocationPlan], Iterator[str]]


def every_package_has_one_outcome(
    problem: AllocationProblem, plan: AllocationPlan
) -> Iterator[str]:
    """Every package is proposed once or left unplaced once, never both and never neither."""
    outcomes = Counter(proposal.package for proposal in plan.proposals)
    outcomes.update(left.package for left in plan.unplaced)
    known = {package.id for package in problem.packages}
    for package in sorted(known | set(outcomes)):
        if package not in known:
            yield f"package {package} is not in the problem"
        elif outcomes[package] != 1:
            yield f"package {package} has {outcomes[package]} outcomes"


def provider_holds_the_award(problem: AllocationProblem, plan: AllocationPlan) -> Iterator[str]:
    """A package goes to an award of its own lot that is in force on the day it starts."""
    for package, proposal in _proposed(problem, plan):
        if not _awards(problem, package, proposal):
            yield (
                f"package {package.id}: {proposal.provider} holds no {proposal.tier} award (rank "
                f"{proposal.rank}) in lot {package.lot} on {package.starts_on:%d/%m/%Y}"
            )


def provider_has_the_skills(problem: AllocationProblem, plan: AllocationPlan) -> Iterator[str]:
    """The provider has every skill the package needs."""
    skills = {provider.id: provider.skills for provider in problem.providers}
    for package, proposal in _proposed(problem, plan):
        missing = package.skills - skills.get(proposal.provider, frozenset())
        if missing:
            yield f"package {package.id}: {proposal.provider} lacks {', '.join(sorted(missing))}"


def provider_is_not_suspended(problem: AllocationProblem, plan: AllocationPlan) -> Iterator[str]:
    """No package goes to a suspended provider."""
    suspended = {provider.id for provider in problem.providers if provider.suspended}
    for package, proposal in _proposed(problem, plan):
        if proposal.provider in suspended:
            yield f"package {package.id}: {proposal.provider} is suspended"


def provider_is_not_excluded(problem: AllocationProblem, plan: AllocationPlan) -> Iterator[str]:
    """No package goes to a provider it excludes."""
    for package, proposal in _proposed(problem, plan):
        if proposal.provider in package.excluded_providers:
            yield f"package {package.id} excludes {proposal.provider}"


def nominated_resident_goes_to_the_lead(
    problem: AllocationProblem, plan: AllocationPlan
) -> Iterator[str]:
    """A nominated Housing-with-Care resident goes to the lead provider only (AL-05)."""
    for package, proposal in _proposed(problem, plan):
        if package.lead_only and proposal.tier != "lead":
            yield f"package {package.id} is for the lead only, not {proposal.tier}"


def award_capacity_is_kept(problem: AllocationProblem, plan: AllocationPlan) -> Iterator[str]:
    """An award's packages, with those it already has, stay within its weekly minutes."""
    taken = _taken_by_award(problem, plan)
    for index, award in enumerate(problem.awards):
        limit = award.capacity_minutes_per_week
        total = award.used_minutes_per_week + taken[index]
        if taken[index] and limit is not None and total > limit:
            yield f"lot {award.lot}, {award.provider} as {award.tier}: {total} of {limit} minutes"


def provider_capacity_is_kept(problem: AllocationProblem, plan: AllocationPlan) -> Iterator[str]:
    """A provider's packages over all lots stay within its weekly minutes."""
    taken: Counter[str] = Counter()
    for package, proposal in _proposed(problem, plan):
        taken[proposal.provider] += package.weekly_minutes
    for provider in problem.providers:
        limit = provider.capacity_minutes_per_week
        total = provider.used_minutes_per_week + taken[provider.id]
        if taken[provider.id] and limit is not None and total > limit:
            yield f"{provider.id}: {total} of {limit} minutes"


def no_higher_tier_could_take_it(problem: AllocationProblem, plan: AllocationPlan) -> Iterator[str]:
    """A package goes to a lower tier, or nowhere, only when no higher tier has room for it."""
    by_award = _taken_by_award(problem, plan)
    by_provider: Counter[str] = Counter()
    for index, minutes in by_award.items():
        by_provider[problem.awards[index].provider] += minutes
    tier_of = {proposal.package: proposal.tier for proposal in plan.proposals}
    by_lot: dict[str, list[int]] = {}
    for index, award in enumerate(problem.awards):
        by_lot.setdefault(award.lot, []).append(index)
    for package in problem.packages:
        tier = tier_of.get(package.id)
        higher = TIERS if tier is None else TIERS[: TIERS.index(tier)]
        for index in by_lot.get(package.lot, ()):
            award = problem.awards[index]
            if award.tier in higher and _has_room(problem, package, index, by_award, by_provider):
                yield (
                    f"package {package.id} is {tier or 'unplaced'}, but {award.provider} "
                    f"({award.tier}) has room for it"
                )
                break


def unplaced_says_why(problem: AllocationProblem, plan: AllocationPlan) -> Iterator[str]:
    """A package left unplaced has at least one reason and one way out."""
    for left in plan.unplaced:
        if not (left.reasons and left.relaxations):
            yield f"package {left.package} is unplaced without a reason or a way out"


def proposal_says_why(problem: AllocationProblem, plan: AllocationPlan) -> Iterator[str]:
    """Each proposal explains its three strongest factors (AL-15)."""
    for proposal in plan.proposals:
        if len(proposal.factors) != 3 or not all(proposal.factors):
            yield f"package {proposal.package} has {len(proposal.factors)} factors, not three"


def totals_are_right(problem: AllocationProblem, plan: AllocationPlan) -> Iterator[str]:
    """The totals are the sums of the outcomes."""
    minutes = {package.id: package.weekly_minutes for package in problem.packages}
    tiers = Counter(proposal.tier for proposal in plan.proposals)
    counted = {
        "packages": len(problem.packages),
        "proposed": len(plan.proposals),
        "unplaced": len(plan.unplaced),
        "lead": tiers["lead"],
        "additional": tiers["additional"],
        "dps": tiers["dps"],
        "weekly_minutes_proposed": sum(minutes.get(p.package, 0) for p in plan.proposals),
        "weekly_minutes_unplaced": sum(minutes.get(p.package, 0) for p in plan.unplaced),
    }
    for name, value in counted.items():
        if getattr(plan.totals, name) != value:
            yield f"{name} is said to be {getattr(plan.totals, name)}, but adds up to {value}"


def cost_is_not_below_its_bound(problem: AllocationProblem, plan: AllocationPlan) -> Iterator[str]:
    """No plan costs less than the bound proved for it, and an optimal one costs just that."""
    if plan.cost < plan.bound or (plan.status == "optimal" and plan.cost != plan.bound):
        yield f"a {plan.status} plan costs {plan.cost} with bound {plan.bound}"


def promises_are_told_right(problem: AllocationProblem, plan: AllocationPlan) -> Iterator[str]:
    """A lot says that the lead's promise is kept exactly where the counts say so (AL-04)."""
    lot_of = {package.id: package.lot for package in problem.packages}
    given = Counter(lot_of.get(one.package) for one in plan.proposals)
    led = Counter(lot_of.get(one.package) for one in plan.proposals if one.tier == "lead")
    told = {share.lot: share.kept for share in plan.lots}
    for promise in problem.promises:
        if promise.lot not in told:
            continue
        to_lead = promise.to_lead + led[promise.lot]
        referrals = promise.referrals + given[promise.lot]
        asked = promise.promised_percent
        kept = 2 * to_lead > referrals if asked is None else 100 * to_lead >= asked * referrals
        if told[promise.lot] != (kept if referrals else None):
            yield f"lot {promise.lot}: {to_lead} of {referrals} is told as {told[promise.lot]}"


RULES: tuple[Rule, ...] = (
    every_package_has_one_outcome,
    provider_holds_the_award,
    provider_has_the_skills,
    provider_is_not_suspended,
    provider_is_not_excluded,
    nominated_resident_goes_to_the_lead,
    award_capacity_is_kept,
    provider_capacity_is_kept,
    no_higher_tier_could_take_it,
    unplaced_says_why,
    proposal_says_why,
    totals_are_right,
    promises_are_told_right,
    cost_is_not_below_its_bound,
)


def verify(problem: AllocationProblem, plan: AllocationPlan) -> tuple[Broken, ...]:
    """Return every break of every rule; empty when the plan keeps them all."""
    return tuple(Broken(rule.__name__, text) for rule in RULES for text in rule(problem, plan))


def _proposed(
    problem: AllocationProblem, plan: AllocationPlan
) -> Iterator[tuple[Package, Proposal]]:
    for proposal in plan.proposals:
        package = problem.package_by_id.get(proposal.package)
        if package is not None:
            yield package, proposal


def _awards(problem: AllocationProblem, package: Package, proposal: Proposal) -> list[int]:
    """The awards in force that a proposal can be made under."""
    return [
        index
        for index, award in enumerate(problem.awards)
        if award.lot == package.lot
        and award.provider == proposal.provider
        and award.tier == proposal.tier
        and award.rank == proposal.rank
        and _covers(award, package)
    ]


def _covers(award: Award, package: Package) -> bool:
    ends = award.ends_on
    return award.starts_on <= package.starts_on and (ends is None or package.starts_on < ends)


def _taken_by_award(problem: AllocationProblem, plan: AllocationPlan) -> Counter[int]:
    taken: Counter[int] = Counter()
    for package, proposal in _proposed(problem, plan):
        for index in _awards(problem, package, proposal)[:1]:
            taken[index] += package.weekly_minutes
    return taken


def _has_room(
    problem: AllocationProblem,
    package: Package,
    index: int,
    by_award: Counter[int],
    by_provider: Counter[str],
) -> bool:
    """Whether an award could take a further package by every rule, beside the plan's."""
    award = problem.awards[index]
    provider = problem.provider_by_id[award.provider]
    allowed = (
        _covers(award, package)
        and package.skills <= provider.skills
        and not provider.suspended
        and provider.id not in package.excluded_providers
        and (award.tier == "lead" or not package.lead_only)
    )
    limits = (
        (
            award.capacity_minutes_per_week,
            award.used_minutes_per_week + by_award[index],
        ),
        (
            provider.capacity_minutes_per_week,
            provider.used_minutes_per_week + by_provider[provider.id],
        ),
    )
    return allowed and all(
        limit is None or taken + package.weekly_minutes <= limit for limit, taken in limits
    )
