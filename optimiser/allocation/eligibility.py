"""Which award may take which package: one rule a function, each with the reason it refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from optimiser.allocation.problem import AllocationProblem, Award, Package, Provider


@dataclass(frozen=True)
class Refusal:
    """Why an award may not take a package (“{provider} …”), and what would lift that."""

    because: str
    relaxation: str


@dataclass(frozen=True)
class Barrier:
    """One rule, by name, that keeps an award from a package."""

    rule: str
    because: str
    relaxation: str


Rule = Callable[[Package, Award, Provider], Refusal | None]


def in_force_on_the_start_date(
    package: Package, award: Award, provider: Provider
) -> Refusal | None:
    """The award is in force on the day the package starts."""
    if award.in_force(package.starts_on):
        return None
    because = f"holds no award in force on {package.starts_on:%d/%m/%Y}"
    if package.starts_on < award.starts_on:
        begins = f"{award.starts_on:%d/%m/%Y}"
        way_out = f"start on or after {begins}, when {provider.name}'s award begins"
    else:
        way_out = f"extend {provider.name}'s award beyond {package.starts_on:%d/%m/%Y}"
    return Refusal(because, way_out)


def lead_where_only_the_lead_may(
    package: Package, award: Award, provider: Provider
) -> Refusal | None:
    """A nominated Housing-with-Care resident goes to the lead provider only (AL-05)."""
    if not package.lead_only or award.tier == "lead":
        return None
    return Refusal(
        "is not the lead of this nominated Housing-with-Care resident",
        f"allow {provider.name} although it is not the lead (nominated Housing with Care)",
    )


def provider_has_the_skills(package: Package, award: Award, provider: Provider) -> Refusal | None:
    """The provider has every skill the package needs."""
    missing = " and ".join(sorted(package.skills - provider.skills))
    return Refusal(f"lacks {missing}", f"{provider.name} gains {missing}") if missing else None


def provider_is_not_suspended(package: Package, award: Award, provider: Provider) -> Refusal | None:
    """The provider is not suspended."""
    if not provider.suspended:
        return None
    return Refusal("is suspended", f"lift the suspension of {provider.name}")


def provider_is_not_excluded(package: Package, award: Award, provider: Provider) -> Refusal | None:
    """The package does not exclude the provider."""
    if provider.id not in package.excluded_providers:
        return None
    return Refusal(
        "is excluded by this package", f"allow {provider.name}, which this package excludes"
    )


# From the barrier easiest to lift to the hardest.
RULES: tuple[tuple[str, Rule], ...] = (
    ("in_force", in_force_on_the_start_date),
    ("skills", provider_has_the_skills),
    ("suspended", provider_is_not_suspended),
    ("excluded", provider_is_not_excluded),
    ("lead_only", lead_where_only_the_lead_may),
)


def barriers(package: Package, award: Award, provider: Provider) -> Iterator[Barrier]:
    """Yield every rule that keeps the award from the package; none when it may take it."""
    for name, rule in RULES:
        refusal = rule(package, award, provider)
        if refusal is not None:
            yield Barrier(name, refusal.because, refusal.relaxation)


def why_not(package: Package, award: Award, provider: Provider) -> str | None:
    """Say, after the provider's name, what keeps the award from the package; None if nothing."""
    first = next(barriers(package, award, provider), None)
    return None if first is None else first.because


def may_take(problem: AllocationProblem, package: Package, award: Award) -> bool:
    """Whether the award may take the package, room aside."""
    return why_not(package, award, problem.provider_by_id[award.provider]) is None
