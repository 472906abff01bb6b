"""What each possible placing of a package costs: the tier first, then points of preference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from optimiser.allocation.eligibility import may_take
from optimiser.allocation.problem import TIERS, AllocationProblem, Award, Package, Provider, Weights
from optimiser.travel.crowfly import EARTH_RADIUS_METRES
from optimiser.travel.points import Point, coordinates

# A package's points stop at 1,000, so a tier outweighs any one package's points ten times over and
# a package left over outweighs a thousand tiers. A wider scale would drown the points in the
# solvers' tolerances; that no single package stays below a tier with room is ensured besides.
TIER_STEP = 10_000
UNPLACED = 10_000_000


@dataclass(frozen=True)
class Points:
    """The points of one placing, by what they are for."""

    rank: float
    distance: float
    quality: float
    change: float

    @property
    def total(self) -> float:
        """All points together."""
        return self.rank + self.distance + self.quality + self.change


@dataclass(frozen=True)
class Option:
    """One award that may take one package, room aside.

    `award` is its place in the problem's awards; `nearest_metres` is None where the provider
    serves nobody yet or the package has no position.
    """

    package: str
    award: int
    cost: int
    points: Points
    nearest_metres: float | None

    @property
    def capped_points(self) -> int:
        """The points that counted: whole, and no more than the weights allow."""
        return self.cost % TIER_STEP


def options_by_package(problem: AllocationProblem) -> Mapping[str, tuple[Option, ...]]:
    """Return every package's options, cheapest first (ties by the order of the cascade)."""
    awards_of_lot: dict[str, list[int]] = {}
    for index, award in enumerate(problem.awards):
        awards_of_lot.setdefault(award.lot, []).append(index)
    nearest = nearest_served_metres(problem)
    return {
        package.id: tuple(
            sorted(
                (
                    _option(problem, package, index, nearest)
                    for index in awards_of_lot.get(package.lot, ())
                    if may_take(problem, package, problem.awards[index])
                ),
                key=lambda option: (option.cost, option.award),
            )
        )
        for package in problem.packages
    }


def _option(
    problem: AllocationProblem,
    package: Package,
    index: int,
    nearest: Mapping[str, npt.NDArray[np.float64]],
) -> Option:
    award = problem.awards[index]
    provider = problem.provider_by_id[award.provider]
    metres = float(nearest[provider.id][problem.place_of_package[package.id]])
    known = metres if np.isfinite(metres) else None
    points = preference_points(package, award, provider, known, problem.weights)
    cost = TIERS.index(award.tier) * TIER_STEP + min(
        problem.weights.most_points, round(points.total)
    )
    return Option(package.id, index, cost, points, known)


def preference_points(
    package: Package,
    award: Award,
    provider: Provider,
    nearest_metres: float | None,
    weights: Weights,
) -> Points:
    """Return the points of placing the package with the award; fewer are better."""
    km = (
        weights.distance_when_unknown_km
        if nearest_metres is None
        else min(nearest_metres / 1000, weights.distance_cap_km)
    )
    quality = weights.quality_when_unknown if provider.quality is None else provider.quality
    moves = package.current_provider not in {None, provider.id}
    return Points(
        rank=(award.rank - 1) * weights.rank_points_per_place,
        distance=km * weights.distance_points_per_km,
        quality=(100 - quality) * weights.quality_points_per_point,
        change=weights.change_of_provider_points if moves else 0.0,
    )


def nearest_served_metres(problem: AllocationProblem) -> Mapping[str, npt.NDArray[np.float64]]:
    """For each provider, metres from each package to the nearest person it already serves.

    Infinite where either position is unknown. In the order of the problem's packages.
    """
    placed = [i for i, package in enumerate(problem.packages) if package.position is not None]
    chords = _on_sphere([p.position for p in problem.packages if p.position is not None])
    nearest = {}
    for provider in problem.providers:
        metres = np.full(len(problem.packages), np.inf)
        if provider.places and placed:
            straight, _ = cKDTree(_on_sphere(provider.places)).query(chords)
            metres[placed] = 2 * EARTH_RADIUS_METRES * np.arcsin(np.clip(straight / 2, 0, 1))
        nearest[provider.id] = metres
    return nearest


def _on_sphere(points: Sequence[Point]) -> npt.NDArray[np.float64]:
    """Points on the unit sphere, whose straight distances order like great circles."""
    radians = np.radians(coordinates(points))
    latitudes, longitudes = radians[:, 0], radians[:, 1]
    return np.column_stack(
        (
            np.cos(latitudes) * np.cos(longitudes),
            np.cos(latitudes) * np.sin(longitudes),
            np.sin(latitudes),
        )
    )
