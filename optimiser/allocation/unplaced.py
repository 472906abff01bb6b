"""Why a package can go nowhere: the binding reason, and the smallest change that would help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optimiser.allocation.eligibility import RULES, barriers
from optimiser.allocation.problem import AllocationProblem, Award, Package, Provider
from optimiser.allocation.room import Room
from optimiser.allocation.wording import hours, listed, provider_name, with_tier

RELAXATIONS_SHOWN = 3

Reasons = tuple[str, ...]


@dataclass(frozen=True)
class Candidate:
    """An award of the lot and what keeps the package from it."""

    index: int
    award: Award
    rules: tuple[str, ...]
    relaxations: tuple[str, ...]
    short_minutes: int


def reasons_and_relaxations(
    problem: AllocationProblem, package: Package, awards: Sequence[int], room: Room
) -> tuple[Reasons, Reasons]:
    """Return why no award can take the package, and what would, the smallest change first.

    Each relaxation alone makes room for the package beside everything already placed.
    """
    lot = problem.lot_name(package.lot)
    if not awards:
        return (
            (f"no provider holds an award in {lot}",),
            (f"award {lot} to a provider, or place as spot with a recorded reason",),
        )
    candidates = [_candidate(problem, package, index, room) for index in awards]
    able = [candidate for candidate in candidates if not candidate.relaxations]
    if able:
        name = with_tier(problem, able[0].award)
        return (f"passed over, although {name} has room for it",), (f"place it with {name}",)
    return (_binding_reason(problem, package, candidates),), _relaxations(candidates)


def _candidate(problem: AllocationProblem, package: Package, index: int, room: Room) -> Candidate:
    award = problem.awards[index]
    provider = problem.provider_by_id[award.provider]
    found = tuple(barriers(package, award, provider))
    left = room.left(index)
    short = 0 if left is None else max(0, package.weekly_minutes - left)
    relaxations = tuple(barrier.relaxation for barrier in found)
    if short:
        relaxations += (f"{hours(short)} a week more from {with_tier(problem, award)}",)
    return Candidate(index, award, tuple(barrier.rule for barrier in found), relaxations, short)


def _relaxations(candidates: Sequence[Candidate]) -> Reasons:
    """Fewest changes first; among those a broker can make, hours come before rules."""
    ease = {name: place for place, (name, _) in enumerate(RULES, start=1)}

    def effort(candidate: Candidate) -> tuple[int, int, int, int]:
        hardest = max((ease[rule] for rule in candidate.rules), default=0)
        return (len(candidate.relaxations), hardest, candidate.short_minutes, candidate.index)

    ordered = sorted(candidates, key=effort)
    return tuple(" and ".join(c.relaxations) for c in ordered[:RELAXATIONS_SHOWN])


def _binding_reason(
    problem: AllocationProblem, package: Package, candidates: Sequence[Candidate]
) -> str:
    """The first rule after which no award is left, or that those left are full."""
    left = list(candidates)
    for rule, said in (
        ("in_force", _said_not_in_force),
        ("lead_only", _said_lead_only),
        ("skills", _said_skills),
        ("suspended", _said_suspended),
        ("excluded", _said_excluded),
    ):
        kept = [candidate for candidate in left if rule not in candidate.rules]
        if not kept:
            return said(problem, package, left)
        left = kept
    return _said_full(problem, package, left)


def _said_not_in_force(
    problem: AllocationProblem, package: Package, left: Sequence[Candidate]
) -> str:
    text = (
        f"no award in {problem.lot_name(package.lot)} is in force on {package.starts_on:%d/%m/%Y}"
    )
    later = [c.award.starts_on for c in left if c.award.starts_on > package.starts_on]
    if later:
        return f"{text}; the first starts on {min(later):%d/%m/%Y}"
    ended = max(c.award.ends_on for c in left if c.award.ends_on is not None)
    return f"{text}; the last ended before {ended:%d/%m/%Y}"


def _said_lead_only(problem: AllocationProblem, package: Package, left: Sequence[Candidate]) -> str:
    return (
        f"{problem.lot_name(package.lot)} has no lead provider in force, and a nominated "
        "Housing-with-Care resident goes to the lead only"
    )


def _said_skills(problem: AllocationProblem, package: Package, left: Sequence[Candidate]) -> str:
    lot = problem.lot_name(package.lot)
    providers = [_provider(problem, candidate) for candidate in left]
    needed = sorted(package.skills)
    held_by_nobody = [s for s in needed if not any(s in p.skills for p in providers)]
    if held_by_nobody:
        return f"no {_kind(package)} of {lot} has {' or '.join(held_by_nobody)} skill"
    return f"no {_kind(package)} of {lot} has {listed(needed)} skills together"


def _said_suspended(problem: AllocationProblem, package: Package, left: Sequence[Candidate]) -> str:
    who = sorted({provider_name(problem, candidate.award) for candidate in left})
    return f"{_the_able(problem, package, left)} suspended: {listed(who)}"


def _said_excluded(problem: AllocationProblem, package: Package, left: Sequence[Candidate]) -> str:
    who = sorted({provider_name(problem, candidate.award) for candidate in left})
    return f"{_the_able(problem, package, left)} excluded by this package: {listed(who)}"


def _said_full(problem: AllocationProblem, package: Package, left: Sequence[Candidate]) -> str:
    needed = package.weekly_minutes
    free = {c.award.provider: 0 for c in left}
    for candidate in left:
        room = needed - candidate.short_minutes
        free[candidate.award.provider] = max(free[candidate.award.provider], room)
    most = max(free.values())
    text = (
        f"{_the_able(problem, package, left)} full: {hours(sum(free.values()))} a week free"
        f"{' between them' if len(free) > 1 else ''}, {hours(needed)} needed"
    )
    if sum(free.values()) >= needed and len(free) > 1:
        text += f" from one provider (the most any has is {hours(most)})"
    return text


def _the_able(problem: AllocationProblem, package: Package, left: Sequence[Candidate]) -> str:
    count = len({candidate.award.provider for candidate in left})
    lot = problem.lot_name(package.lot)
    skills = f" with {listed(sorted(package.skills))}" if package.skills else ""
    who = _kind(package)
    return (
        f"the one {who} of {lot}{skills} is"
        if count == 1
        else f"all {count} {who}s of {lot}{skills} are"
    )


def _kind(package: Package) -> str:
    return "lead provider" if package.lead_only else "provider"


def _provider(problem: AllocationProblem, candidate: Candidate) -> Provider:
    return problem.provider_by_id[candidate.award.provider]
