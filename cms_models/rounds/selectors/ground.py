"""Where people and carers live and how long it takes from each to each, by every mode they use."""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from cms_models.accounts.models import Authority
from cms_models.fields.selectors import rule_value
from cms_models.places.selectors import road_map
from cms_models.rounds.models import Carer, Visit
from optimiser.travel.crowfly import travel_minutes_matrix
from optimiser.travel.points import MODES, Mode, Point, checked_mode
from optimiser.travel.roads import RoadGraph

MODE_WORDS: Mapping[Mode, str] = {"car": "by car", "walk": "on foot", "cycle": "by bicycle"}


@dataclass(frozen=True)
class Ground:
    """Locations of people and carers in the travel matrices, and how travel was timed."""

    people: Mapping[int, int]
    carers: Mapping[str, int]
    minutes: Mapping[str, npt.NDArray[Any]]
    travel: str

    @property
    def by_other_modes(self) -> dict[str, npt.NDArray[Any]]:
        """The matrices of the modes other than the car."""
        return {mode: matrix for mode, matrix in self.minutes.items() if mode != "car"}


def ground_of(authority: Authority, *, visits: Iterable[Visit], carers: Iterable[Carer]) -> Ground:
    """Return the ground of some visits and carers: one matrix for the car and each mode used."""
    homes = {
        visit.package.person_id: Point(visit.package.latitude, visit.package.longitude)
        for visit in visits
    }
    people, staff = sorted(homes), sorted(carers, key=lambda carer: carer.ref)
    points = [homes[person] for person in people]
    points += [Point(carer.latitude, carer.longitude) for carer in staff]
    used = {"car", *(carer.travel_mode for carer in staff)}
    minutes, travel = _timed(authority, points, [mode for mode in MODES if mode in used])
    return Ground(
        people={person: place for place, person in enumerate(people)},
        carers={carer.ref: len(people) + number for number, carer in enumerate(staff)},
        minutes=minutes,
        travel=travel,
    )


def _timed(
    authority: Authority, points: Sequence[Point], modes: Sequence[Mode]
) -> tuple[Mapping[Any, npt.NDArray[Any]], str]:
    by_modes = " and ".join(MODE_WORDS[checked_mode(mode)] for mode in modes)
    roads = road_map(authority) if rule_value(authority, "rounds.travel") == "roads" else None
    if roads is None:
        matrices = {mode: travel_minutes_matrix(points, mode=mode) for mode in modes}
        return matrices, f"crow-fly bands {by_modes}"
    graph = RoadGraph.load(io.BytesIO(bytes(roads.graph)))
    times = {mode: graph.travel_minutes_matrix(points, mode=mode) for mode in modes}
    words = f"road times {by_modes} from {roads.name}"
    guessed = sum(found.crowfly_pairs for found in times.values())
    if guessed:
        words += f"; {guessed} of {len(modes) * len(points) ** 2} pairs by crow-fly bands"
    return {mode: found.minutes for mode, found in times.items()}, words
