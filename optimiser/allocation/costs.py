"""What each possible placing of a package costs: the tier first, then points of preference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from optimiser.allocation.eligibility import may_take
from optimiser.allocation.problem import TIERS, AllocationProblem, Award, Package, Weights
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
    density: float
    quality: float
    change: float
    fairness: float

    @property
    def total(self) -> float:
        """All points together."""
        near = self.distance + self.density
        return self.rank + near + self.quality + self.change + self.fairness


@dataclass(frozen=True)
class Option:
    """One award that may take one package, room aside.

    `award` is its place in the problem's awards; `nearest_metres` is None where the provider
    serves nobody yet or the package has no position; `served_near` counts those served close by.
    """

    package: str
    award: int
    cost: int
    points: Points
    nearest_metres: float | None
    served_near: int = 0

    @property
    def capped_points(self) -> int:
        """The points that counted: whole, and no more than the weights allow."""
        return self.cost % TIER_STEP


def options_by_package(problem: AllocationProblem) -> Mapping[str, tuple[Option, ...]]:
    """Return every package's options, cheapest first (ties by the order of the cascade)."""
    awards_of_lot: dict[str, list[int]] = {}
    for index, award in enumerate(problem.awards):
        awards_of_lot.setdefault(award.lot, []).append(index)
    nearby = people_served_nearby(problem)
    return {
        package.id: tuple(
            sorted(
                (
                    _option(problem, package, index, nearby)
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
    nearby: Mapping[str, Nearby],
) -> Option:
    award = problem.awards[index]
    place = problem.place_of_package[package.id]
    around = nearby[award.provider]
    metres = float(around.nearest_metres[place])
    known = metres if np.isfinite(metres) else None
    served_near = int(around.served_near[place])
    points = preference_points(problem, package, award, known, served_near)
    cost = TIERS.index(award.tier) * TIER_STEP + min(
        problem.weights.most_points, round(points.total)
    )
    return Option(package.id, index, cost, points, known, served_near)


def preference_points(
    problem: AllocationProblem,
    package: Package,
    award: Award,
    nearest_metres: float | None,
    served_near: int,
) -> Points:
    """Return the points of placing the package with the award; fewer are better."""
    weights, provider = problem.weights, problem.provider_by_id[award.provider]
    km = (
        weights.distance_when_unknown_km
        if nearest_metres is None
        else min(nearest_metres / 1000, weights.distance_cap_km)
    )
    quality = weights.quality_when_unknown if provider.quality is None else provider.quality
    not_near = weights.density_most_people - min(served_near, weights.density_most_people)
    more = award.recent_awards - problem.fewest_recent_awards[award.lot, award.tier]
    return Points(
        rank=(award.rank - 1) * weights.rank_points_per_place,
        distance=km * weights.distance_points_per_km,
        density=not_near * weights.density_points_per_person,
        quality=(100 - quality) * weights.quality_points_per_point,
        change=change_points(package, provider.id, weights),
        fairness=min(weights.fairness_most_points, more * weights.fairness_points_per_award),
    )


def change_points(package: Package, provider: str, weights: Weights) -> float:
    """Return what it counts that the person would have another provider than now, or before."""
    if package.current_provider is not None:
        return 0.0 if package.current_provider == provider else weights.change_of_provider_points
    if package.earlier_providers and provider not in package.earlier_providers:
        return weights.new_to_person_points
    return 0.0


@dataclass(frozen=True, eq=False)
class Nearby:
    """For one provider, by the problem's packages: how near it serves somebody, and how many.

    Infinitely far where either position is unknown.
    """

    nearest_metres: npt.NDArray[np.float64]
    served_near: npt.NDArray[np.int64]


def people_served_nearby(problem: AllocationProblem) -> Mapping[str, Nearby]:
    """Return whom each provider already serves around each package."""
    placed = [i for i, package in enumerate(problem.packages) if package.position is not None]
    chords = _on_sphere([p.position for p in problem.packages if p.position is not None])
    angle = problem.weights.density_within_km * 1000 / EARTH_RADIUS_METRES
    reach = 2 * np.sin(min(angle, np.pi) / 2)
    found = {}
    for provider in problem.providers:
        metres = np.full(len(problem.packages), np.inf)
        near = np.zeros(len(problem.packages), dtype=np.int64)
        if provider.places and placed:
            tree = cKDTree(_on_sphere(provider.places))
            straight, _ = tree.query(chords)
            metres[placed] = 2 * EARTH_RADIUS_METRES * np.arcsin(np.clip(straight / 2, 0, 1))
            near[placed] = tree.query_ball_point(chords, reach, return_length=True)
        found[provider.id] = Nearby(metres, near)
    return found


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
