"""Why a package goes to this provider: its three strongest factors, the runner-up, what-if."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from optimiser.allocation.costs import TIER_STEP, Option
from optimiser.allocation.eligibility import why_not
from optimiser.allocation.plan import Proposal, RunnerUp
from optimiser.allocation.problem import TIERS, AllocationProblem, Award, Package
from optimiser.allocation.room import Room, free_of_capacity
from optimiser.allocation.wording import TIER_WORDS, hours, miles, provider_name, with_tier

FACTORS_SHOWN = 3

# The tier decides before everything, then having no rival; preferences count by their points.
TIER_STRENGTH = 3e6
ALONE_STRENGTH = 2e6
# A promise to the lead that is not kept yet tells more than any preference.
PROMISE_STRENGTH = 1e6
# Facts worth saying when nothing stronger is left, in this order.
CAPACITY_STRENGTH = -1.0
DISTANCE_STRENGTH = -2.0
QUALITY_STRENGTH = -3.0
RANK_STRENGTH = -4.0
PROMISE_KEPT_STRENGTH = -5.0


@dataclass(frozen=True)
class Factor:
    """A sentence and how strongly it told, in points over the runner-up."""

    strength: float
    text: str


@dataclass(frozen=True)
class Case:
    """One proposed package with everything its explanation is made from."""

    problem: AllocationProblem
    package: Package
    award: Award
    index: int
    own: Option | None
    others: tuple[Option, ...]
    runner_up: Option | None
    room: Room

    def award_of(self, option: Option) -> Award:
        """The award of an option."""
        return self.problem.awards[option.award]


def proposal_for(
    problem: AllocationProblem,
    package: Package,
    index: int,
    *,
    options: Sequence[Option],
    room: Room,
) -> Proposal:
    """Return the proposal of a package under an award with its explanation."""
    award = problem.awards[index]
    own = next((option for option in options if option.award == index), None)
    others = tuple(o for o in options if problem.awards[o.award].provider != award.provider)
    case = Case(
        problem, package, award, index, own, others, _runner_up(package, others, room), room
    )
    factors = sorted(_factors(case), key=lambda factor: -factor.strength)
    return Proposal(
        package=package.id,
        provider=award.provider,
        tier=award.tier,
        rank=award.rank,
        factors=tuple(factor.text for factor in factors[:FACTORS_SHOWN]),
        runner_up=_runner_up_said(case),
        would_have_changed=_would_have_changed(case),
    )


def _runner_up(package: Package, others: Sequence[Option], room: Room) -> Option | None:
    """The cheapest other option with room after the plan, or else the cheapest other."""
    with_room = (option for option in others if room.fits(option.award, package.weekly_minutes))
    return next(with_room, others[0] if others else None)


def _factors(case: Case) -> Iterator[Factor]:
    yield Factor(TIER_STRENGTH, _tier_said(case))
    if not case.others:
        lot = case.problem.lot_name(case.package.lot)
        yield Factor(ALONE_STRENGTH, f"the only provider of {lot} that may take it")
    yield Factor(CAPACITY_STRENGTH, _capacity_said(case))
    yield _distance_factor(case)
    yield _quality_factor(case)
    yield Factor(
        _lead_of(case, "rank") or RANK_STRENGTH,
        f"ranked {case.award.rank} among the {TIER_WORDS[case.award.tier]}s of "
        f"{case.problem.lot_name(case.package.lot)}",
    )
    yield from _continuity_factors(case)
    yield from _density_factors(case)
    yield from _fairness_factors(case)
    yield from _promise_factors(case)


def _continuity_factors(case: Case) -> Iterator[Factor]:
    weights, provider = case.problem.weights, case.award.provider
    if case.package.current_provider == provider:
        yield Factor(weights.change_of_provider_points, "serves this person now, so nobody changes")
    elif case.package.current_provider is None and provider in case.package.earlier_providers:
        yield Factor(weights.new_to_person_points, "served this person before")


def _density_factors(case: Case) -> Iterator[Factor]:
    lead = _lead_of(case, "density")
    if case.own is None or not lead:
        return
    others = max((option.served_near for option in case.others), default=0)
    people = "person" if case.own.served_near == 1 else "people"
    within = miles(case.problem.weights.density_within_km * 1000)
    yield Factor(
        lead,
        f"already serves {case.own.served_near} {people} within {within} miles "
        f"(next best: {others})",
    )


def _fairness_factors(case: Case) -> Iterator[Factor]:
    lead = _lead_of(case, "fairness")
    if case.runner_up is None or not lead:
        return
    rival = case.award_of(case.runner_up)
    yield Factor(
        lead,
        f"was given {_awards_said(case.award.recent_awards)} of the lot lately, "
        f"{provider_name(case.problem, rival)} {rival.recent_awards}",
    )


def _awards_said(count: int) -> str:
    return f"{count} package{'' if count == 1 else 's'}"


def _promise_factors(case: Case) -> Iterator[Factor]:
    """The lead's share of the lot's new referrals, this plan's counted in."""
    lot = case.package.lot
    promise = case.problem.promise_of_lot.get(lot)
    if promise is None or case.award.tier != "lead":
        return
    led = promise.to_lead + case.room.led_in_lot[lot]
    given = promise.referrals + case.room.placed_in_lot[lot]
    kept = promise.kept(to_lead=0, referrals=0)
    yield Factor(
        PROMISE_KEPT_STRENGTH if kept else PROMISE_STRENGTH,
        f"the lead is promised {promise.words} of new referrals: with this plan it has {led} of "
        f"{given} since {promise.since:%d/%m/%Y}",
    )


def _lead_of(case: Case, part: str) -> float:
    """Points by which the proposed option beats the runner-up in one part; 0 when it does not."""
    if case.own is None or case.runner_up is None:
        return 0.0
    gain: float = getattr(case.runner_up.points, part) - getattr(case.own.points, part)
    return max(0.0, gain)


def _tier_said(case: Case) -> str:
    lot = case.problem.lot_name(case.package.lot)
    own = f"{TIER_WORDS[case.award.tier]} of {lot}"
    above = TIERS[: TIERS.index(case.award.tier)]
    if not above:
        return own
    higher = [
        (index, award)
        for index, award in enumerate(case.problem.awards)
        if award.lot == case.package.lot
        and award.tier in above
        and award.in_force(case.package.starts_on)
    ]
    if not higher:
        return f"{own}, where the cascade starts: it has no {' or '.join(map(_plain, above))}"
    index, award = higher[0]
    rest = f" (nor can {len(higher) - 1} more above)" if len(higher) > 1 else ""
    return f"{own}; {with_tier(case.problem, award)} {_why_not_it(case, index, award)}{rest}"


def _plain(tier: str) -> str:
    return "DPS" if tier == "dps" else tier


def _why_not_it(case: Case, index: int, award: Award) -> str:
    provider = case.problem.provider_by_id[award.provider]
    refusal = why_not(case.package, award, provider)
    if refusal is not None:
        return refusal
    left = case.room.left(index)
    if left is None or left >= case.package.weekly_minutes:
        return "has room but was passed over"
    return f"has only {hours(left)} a week left of the {hours(case.package.weekly_minutes)} needed"


def _capacity_said(case: Case) -> str:
    needed = hours(case.package.weekly_minutes)
    free = free_of_capacity(case.problem, case.award)
    if free is None:
        return f"has no limit on its weekly hours; {needed} needed"
    return f"has {hours(free[0])} of {hours(free[1])} a week free; {needed} needed"


def _distance_factor(case: Case) -> Factor:
    if case.own is None or case.own.nearest_metres is None:
        known = case.package.position is not None
        text = "serves nobody yet to be near to" if known else "the person's position is not known"
        return Factor(DISTANCE_STRENGTH, text)
    text = f"nearest person it already serves is {miles(case.own.nearest_metres)} miles away"
    rivals = [o.nearest_metres for o in case.others if o.nearest_metres is not None]
    if rivals:
        text += f" (next best: {miles(min(rivals))})"
    return Factor(_lead_of(case, "distance") or DISTANCE_STRENGTH, text)


def _quality_factor(case: Case) -> Factor:
    quality = case.problem.provider_by_id[case.award.provider].quality
    if quality is None:
        return Factor(QUALITY_STRENGTH, "quality not yet assessed")
    rivals = [
        rival
        for option in case.others
        if (rival := case.problem.provider_by_id[case.award_of(option).provider].quality)
        is not None
    ]
    against = f" (next best: {max(rivals):g})" if rivals else ""
    return Factor(
        _lead_of(case, "quality") or QUALITY_STRENGTH, f"quality {quality:g} of 100{against}"
    )


def _runner_up_said(case: Case) -> RunnerUp | None:
    if case.runner_up is None:
        return None
    award = case.award_of(case.runner_up)
    left = case.room.left(case.runner_up.award)
    needed = case.package.weekly_minutes
    if left is not None and left < needed:
        state = f"comes next but has only {hours(left)} a week left of the {hours(needed)} needed"
    elif left is None:
        state = "comes next, with no limit on its weekly hours"
    else:
        state = f"comes next, with {hours(left)} a week left after this plan"
    return RunnerUp(award.provider, award.tier, f"{with_tier(case.problem, award)} {state}.")


def _would_have_changed(case: Case) -> str:
    """What would have moved the package elsewhere, the better placing first."""
    ahead = [o for o in case.others if case.own is not None and o.cost < case.own.cost]
    if ahead:
        return _more_room_needed(case, ahead)
    if case.runner_up is None or case.own is None:
        lot = case.problem.lot_name(case.package.lot)
        return f"Nothing within the rules: no other provider of {lot} may take it."
    name = with_tier(case.problem, case.award_of(case.runner_up))
    needed = case.package.weekly_minutes
    short = needed - (case.room.left(case.runner_up.award) or 0)
    if not case.room.fits(case.runner_up.award, needed):
        own = provider_name(case.problem, case.award)
        return f"If {own} declines, {name} needs {hours(short)} a week more to take it."
    if case.runner_up.cost // TIER_STEP > case.own.cost // TIER_STEP:
        own = provider_name(case.problem, case.award)
        return f"Only {own} declining or being full: {name} is a tier below."
    return _better_points_needed(case, name)


def _more_room_needed(case: Case, ahead: Sequence[Option]) -> str:
    needed = case.package.weekly_minutes
    shortfalls = []
    for option in ahead:
        left = case.room.left(option.award)
        if left is None or left >= needed:
            name = with_tier(case.problem, case.award_of(option))
            return f"{name} comes before it and has room: check why it was passed over."
        shortfalls.append((needed - left, option))
    short, option = min(shortfalls, key=lambda pair: (pair[0], pair[1].cost, pair[1].award))
    name = with_tier(case.problem, case.award_of(option))
    return f"With {hours(short)} a week more free, {name} would have taken it."


def _better_points_needed(case: Case, name: str) -> str:
    """Turn the runner-up's points behind into the miles or quality that would make them up."""
    if case.own is None or case.runner_up is None:
        return ""
    weights = case.problem.weights
    # Points beyond the most that count have to be made up first.
    beyond = math.ceil(max(0.0, case.runner_up.points.total - weights.most_points))
    behind = case.runner_up.cost - case.own.cost + 1 + beyond
    ways = []
    if weights.distance_points_per_km > 0 and case.runner_up.nearest_metres is not None:
        cap = weights.distance_cap_km * 1000
        needed = behind / weights.distance_points_per_km * 1000
        # So have kilometres beyond those that count.
        metres = needed + max(0.0, case.runner_up.nearest_metres - cap)
        if needed <= cap and metres <= case.runner_up.nearest_metres:
            ways.append(f"serving somebody {miles(metres)} miles nearer")
    quality = case.problem.provider_by_id[case.award_of(case.runner_up).provider].quality
    if weights.quality_points_per_point > 0 and quality is not None:
        better = behind / weights.quality_points_per_point
        if quality + better <= 100:
            ways.append(f"{better:.1f} more quality points")
    ways += _fewer_awards_needed(case, behind)
    if not ways:
        return f"{name} is {behind - 1} points behind, more than distance or quality could mend."
    return f"{name} would have been proposed with {' or '.join(ways)}."


def _fewer_awards_needed(case: Case, behind: int) -> Iterator[str]:
    """How many recent awards fewer would make up the points, where the rest stays as it is."""
    weights = case.problem.weights
    if case.runner_up is None or not weights.fairness_points_per_award:
        return
    award = case.award_of(case.runner_up)
    equals = [
        other.recent_awards
        for index, other in enumerate(case.problem.awards)
        if (other.lot, other.tier) == (award.lot, award.tier) and index != case.runner_up.award
    ]
    # Below the fewest of the others it would be they that have more: then nothing more is gained.
    fewest = min(equals, default=award.recent_awards)
    most = weights.fairness_most_points / weights.fairness_points_per_award
    more = award.recent_awards - case.problem.fewest_recent_awards[award.lot, award.tier]
    fewer = math.ceil(behind / weights.fairness_points_per_award + max(0.0, more - most))
    if fewer <= award.recent_awards - fewest:
        yield f"{fewer} fewer recent award{'' if fewer == 1 else 's'}"
