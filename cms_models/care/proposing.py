"""Asking the allocation engine: for the whole board or one package, and what would let it place."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from cms_models.accounts.models import Authority, User
from cms_models.care.allocation import allocation_problem, packages_to_place, suggestions
from cms_models.care.models import AllocationRun, CarePackage, PackageStatus, Setting
from cms_models.care.services.awards import Suggestion, propose_allocations
from cms_models.market.models import Provider
from optimiser.allocation.engine import Progress, solve
from optimiser.allocation.plan import AllocationPlan
from optimiser.allocation.problem import AllocationProblem, Package

ENGINE = "optimiser.allocation"
# One package is a small question: its answer does not keep a page waiting.
ONE_PACKAGE_SECONDS = 2.0


class StoppedAsAsked(Exception):  # noqa: N818 - it reads as what happened
    """Raised when whoever asked for proposals stopped before any were kept."""


def propose(
    *,
    actor: User,
    packages: Sequence[CarePackage],
    on: date,
    seconds: float,
    seed: int = 1,
    progress: Callable[[Progress], None] = lambda told: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> AllocationRun:
    """Propose a provider for each package, or say why none can take it, and keep the proposals."""
    plan = solve(
        problem_of(actor.authority, packages, on=on),
        seconds=seconds,
        seed=seed,
        progress=progress,
        cancel=cancelled,
    )
    if cancelled():
        raise StoppedAsAsked("Stopped as asked before anything was proposed.")
    found = suggestions(actor.authority, packages=packages, plan=plan)
    return propose_allocations(
        actor=actor,
        on=on,
        seed=seed,
        engine=ENGINE,
        totals=_totals(found, plan),
        suggestions=found,
    )


def _totals(found: Sequence[Suggestion], plan: AllocationPlan) -> dict[str, Any]:
    placed = sum(one.provider_id is not None for one in found)
    return {
        "packages": len(found),
        "proposed": placed,
        "unplaced": len(found) - placed,
        "status": plan.status,
        "cost": plan.cost,
        "bound": plan.bound,
    }


def to_place(authority: Authority, *, handed_back: Collection[int] = ()) -> list[CarePackage]:
    """Return the packages to propose for: those that need a provider, and others handed back.

    A package handed back stays with its provider until another begins, so its status is no help:
    the caller names it.
    """
    found = packages_to_place(authority)
    known = {row.pk for row in found}
    rows = CarePackage.objects.filter(authority=authority, pk__in=set(handed_back) - known)
    rows = rows.filter(setting=Setting.HOME).exclude(status=PackageStatus.ENDED)
    return [*found, *rows.select_related("lot", "zone").prefetch_related("patterns")]


def problem_of(
    authority: Authority, packages: Sequence[CarePackage], *, on: date
) -> AllocationProblem:
    """Return the question; one handed back begins on the day, with another than its provider."""
    running = {row.package_ref for row in packages if row.status != PackageStatus.REFERRED}
    problem = allocation_problem(authority, packages, on=on)
    return replace(
        problem,
        packages=tuple(
            _for_another(one, on) if one.id in running else one for one in problem.packages
        ),
    )


def _for_another(package: Package, on: date) -> Package:
    giver = frozenset([package.current_provider] if package.current_provider else [])
    return replace(
        package,
        starts_on=max(on, package.starts_on),
        current_provider=None,
        excluded_providers=package.excluded_providers | giver,
    )


def one_to_place(package: CarePackage) -> list[CarePackage]:
    """Return a package as the engine wants it, none where it is not for the engine to place."""
    found = to_place(package.authority, handed_back=[package.pk])
    return [row for row in found if row.pk == package.pk]


def propose_one(*, actor: User, package: CarePackage, on: date) -> AllocationRun | None:
    """Propose a provider for one open package at once; None for a care home's or an ended one."""
    packages = one_to_place(package)
    if not packages:
        return None
    return propose(actor=actor, packages=packages, on=on, seconds=ONE_PACKAGE_SECONDS)


@dataclass(frozen=True)
class WayOut:
    """A change that alone would let the engine place a package, and with whom."""

    words: str
    provider_id: int
    provider: str
    factors: tuple[str, ...]


def ways_out(package: CarePackage, *, on: date) -> list[WayOut]:
    """Try each relaxation alone on one package; nothing is kept (N05)."""
    packages = one_to_place(package)
    if not packages:
        return []
    problem = problem_of(package.authority, packages, on=on)
    ids = dict(Provider.objects.filter(authority=package.authority).values_list("ref", "pk"))
    found = []
    for words, relaxed in _relaxed(problem) if problem.packages else ():
        plan = solve(relaxed, seconds=ONE_PACKAGE_SECONDS, seed=1)
        for one in plan.proposals:
            name = relaxed.provider_by_id[one.provider].name
            found.append(WayOut(words, ids[one.provider], name, one.factors))
    return found


def _relaxed(problem: AllocationProblem) -> Iterator[tuple[str, AllocationProblem]]:
    """Yield each change that says something of this package, with the problem as changed."""
    asked = problem.packages[0]
    own = [award for award in problem.awards if award.lot == asked.lot]
    others = tuple(award for award in problem.awards if award.lot != asked.lot)
    if any(award.capacity_minutes_per_week is not None for award in own):
        room = tuple(replace(award, capacity_minutes_per_week=None) for award in own)
        free = tuple(replace(one, capacity_minutes_per_week=None) for one in problem.providers)
        yield (
            "more hours a week than the place in the lot allows",
            replace(problem, awards=(*others, *room), providers=free),
        )
    later = [award.starts_on for award in own if award.starts_on > asked.starts_on]
    if later:
        moved = replace(asked, starts_on=min(later))
        yield f"a start on {min(later):%d/%m/%Y}", replace(problem, packages=(moved,))
    if asked.skills:
        without = replace(asked, skills=frozenset())
        words = f"a provider that gains {' and '.join(sorted(asked.skills))}"
        yield words, replace(problem, packages=(without,))
    if asked.lead_only:
        open_to_all = replace(asked, lead_only=False)
        yield "a provider that is not the lead", replace(problem, packages=(open_to_all,))
    if any(one.suspended for one in problem.providers):
        lifted = tuple(replace(one, suspended=False) for one in problem.providers)
        yield "a suspension that is lifted", replace(problem, providers=lifted)
