"""Where carers of two providers pass each other, and what exchanging packages would save (N07).

Pure: packages already placed in, exchanges out, the best first. A provider's travel density is the
sum, over the packages it delivers, of the visits a week times the straight metres to the nearest
other package it delivers. A package without any other of its provider counts LONELY_METRES.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

EARTH_METRES = 6_371_000.0
LONELY_METRES = 6_000.0
# Moves tried against each other for a swap, each way between two providers.
MOVES_A_SIDE = 10


@dataclass(frozen=True)
class Span:
    """When a visit may be going on: a weekday (0 Monday), minutes of the day `[starts, ends)`."""

    weekday: int
    starts_minutes: int
    ends_minutes: int

    def meets(self, other: "Span") -> bool:
        """Return whether both may be going on at once."""
        return (
            self.weekday == other.weekday
            and self.starts_minutes < other.ends_minutes
            and other.starts_minutes < self.ends_minutes
        )


@dataclass(frozen=True)
class Served:
    """A package a provider delivers: where, when, and what a provider needs to take it over."""

    package: int
    provider: int
    latitude: float
    longitude: float
    spans: tuple[Span, ...]
    lot: int | None = None
    skills: frozenset[str] = frozenset()
    weekly_minutes: int = 0

    @property
    def weekly_visits(self) -> int:
        """Visits a week: each is a journey."""
        return len(self.spans)


@dataclass(frozen=True)
class Carrier:
    """A provider: the lots in which it holds a place, and its skills."""

    provider: int
    lots: frozenset[int]
    skills: frozenset[str] = frozenset()

    def may_take(self, package: Served) -> bool:
        """Return whether it may take a package over."""
        return package.lot in self.lots and package.skills <= self.skills


@dataclass(frozen=True)
class Meeting:
    """Two packages of two providers within a walk, at overlapping times."""

    first: int
    second: int
    metres: int
    times_a_week: int


@dataclass(frozen=True)
class Exchange:
    """A package that would change provider, with another the other way where it is a swap.

    `moving` goes to `to_provider`; `returning` (None for a single move) goes the other way.
    """

    moving: int
    from_provider: int
    to_provider: int
    returning: int | None
    meetings: tuple[Meeting, ...]
    before_metres: int
    after_metres: int

    @property
    def saves_metres(self) -> int:
        """Metres a week between calls that both providers save together."""
        return self.before_metres - self.after_metres


def metres_between(rows: Floats, others: Floats) -> Floats:
    """Return the metres from each of some places to each of others, over the globe."""
    one, two = np.radians(rows)[:, None, :], np.radians(others)[None, :, :]
    half = np.sin((two - one) / 2) ** 2
    chord = half[..., 0] + np.cos(one[..., 0]) * np.cos(two[..., 0]) * half[..., 1]
    return np.asarray(2 * EARTH_METRES * np.arcsin(np.sqrt(np.clip(chord, 0, 1))))


class Density:
    """The travel density of one provider, and what it would be with other packages."""

    def __init__(self, packages: Sequence[Served]) -> None:
        self.packages = packages
        self.place = {row.package: index for index, row in enumerate(packages)}
        self.visits = np.array([row.weekly_visits for row in packages], dtype=np.float64)
        self.places = places_of(packages)

    @cached_property
    def nearest(self) -> tuple[Floats, Floats, npt.NDArray[np.intp]]:
        """Each package's metres to its nearest and second nearest, and which is the nearest."""
        metres = metres_between(self.places, self.places)
        np.fill_diagonal(metres, np.inf)
        which = metres.argmin(axis=1)
        rows = np.arange(len(which))
        first = metres[rows, which]
        metres[rows, which] = np.inf
        return first, metres.min(axis=1), which

    def weekly_metres(self, *, without: int | None = None, plus: Served | None = None) -> float:
        """Return the density, one package left out and another taken in where named."""
        nearest, second, which = self.nearest
        keep = np.ones(len(self.packages), dtype=bool)
        if without is not None:
            left = self.place[without]
            keep[left] = False
            nearest = np.where(which == left, second, nearest)
        nearest, visits = nearest[keep], self.visits[keep]
        if plus is not None:
            away = metres_between(places_of([plus]), self.places[keep])[0]
            own = away.min(initial=np.inf)
            nearest = np.append(np.minimum(nearest, away), own)
            visits = np.append(visits, plus.weekly_visits)
        return float(visits @ np.where(np.isinf(nearest), LONELY_METRES, nearest))


def places_of(packages: Iterable[Served]) -> Floats:
    """Return where packages lie, as latitudes and longitudes."""
    found = [(row.latitude, row.longitude) for row in packages]
    return np.array(found, dtype=np.float64).reshape(-1, 2)


def meetings(packages: Sequence[Served], *, within_metres: float) -> list[Meeting]:
    """Return where two providers pass each other, the nearest and most often first."""
    rows = sorted(packages, key=lambda row: row.latitude)
    reach = np.degrees(within_metres / EARTH_METRES)
    latitudes = np.array([row.latitude for row in rows])
    found = []
    for index, row in enumerate(rows):
        stop = int(np.searchsorted(latitudes, row.latitude + reach, side="right"))
        others = [one for one in rows[index + 1 : stop] if one.provider != row.provider]
        if not others:
            continue
        away = metres_between(places_of([row]), places_of(others))[0]
        for other, metres in zip(others, away, strict=True):
            times = _times(row, other) if metres <= within_metres else 0
            if times:
                first, second = sorted((row.package, other.package))
                found.append(Meeting(first, second, round(float(metres)), times))
    return sorted(found, key=lambda one: (-one.times_a_week, one.metres, one.first, one.second))


def _times(one: Served, other: Served) -> int:
    """Return how many visits a week of one may meet a visit of the other."""
    return sum(any(span.meets(again) for again in other.spans) for span in one.spans)


def exchanges(
    packages: Sequence[Served],
    carriers: Mapping[int, Carrier],
    *,
    within_metres: float,
    found: Sequence[Meeting] | None = None,
    most: int = 50,
) -> list[Exchange]:
    """Return the moves and swaps that save travel, the best first.

    A package moves only where the other provider is met in its street, holds a place in its lot
    and has its skills; a swap pairs one move each way, where each alone would do less.
    """
    met = meetings(packages, within_metres=within_metres) if found is None else found
    by_id = {row.package: row for row in packages}
    of_provider: dict[int, list[Served]] = defaultdict(list)
    for row in packages:
        of_provider[row.provider].append(row)
    density = {provider: Density(rows) for provider, rows in of_provider.items()}
    between = _moves(met, by_id, carriers)
    proposed = []
    for one, two in combinations(sorted(density), 2):
        forth, back = between.get((one, two), {}), between.get((two, one), {})
        if forth or back:
            proposed += _of_pair(density[one], density[two], forth, back, by_id)
    saving = [each for each in proposed if each.saves_metres > 0]
    return sorted(saving, key=lambda each: (-each.saves_metres, each.moving))[:most]


Moves = dict[tuple[int, int], dict[int, list[Meeting]]]


def _moves(
    met: Iterable[Meeting], by_id: Mapping[int, Served], carriers: Mapping[int, Carrier]
) -> Moves:
    """Return the packages that may move, by from whom to whom, with the meetings that say so."""
    moves: Moves = defaultdict(lambda: defaultdict(list))
    for meeting in met:
        for moving, other in (
            (by_id[meeting.first], by_id[meeting.second]),
            (by_id[meeting.second], by_id[meeting.first]),
        ):
            taker = carriers.get(other.provider)
            if taker is not None and taker.may_take(moving):
                moves[moving.provider, other.provider][moving.package].append(meeting)
    return moves


def _of_pair(
    one: Density,
    two: Density,
    forth: Mapping[int, list[Meeting]],
    back: Mapping[int, list[Meeting]],
    by_id: Mapping[int, Served],
) -> list[Exchange]:
    """Return the single moves and the swaps between two providers."""
    pair = _Pair(one.weekly_metres() + two.weekly_metres(), {**forth, **back}, by_id)
    away = [pair.exchange(moving, None, one, two) for moving in forth]
    home = [pair.exchange(moving, None, two, one) for moving in back]
    alone = {each.moving: each.saves_metres for each in [*away, *home]}
    swaps = [
        (pair.exchange(first.moving, second.moving, one, two), alone[second.moving])
        for first, second in product(_best(away), _best(home))
    ]
    worth = [each for each, other in swaps if each.saves_metres > max(alone[each.moving], other)]
    return [*away, *home, *worth]


@dataclass(frozen=True)
class _Pair:
    """Two providers: their density as it is, and where the packages that may move are met."""

    before_metres: float
    met: Mapping[int, list[Meeting]]
    by_id: Mapping[int, Served]

    def exchange(
        self, moving: int, returning: int | None, giver: Density, taker: Density
    ) -> Exchange:
        """Return what moving one package, and another back where named, comes to."""
        row = self.by_id[moving]
        back = None if returning is None else self.by_id[returning]
        after = giver.weekly_metres(without=moving, plus=back)
        after += taker.weekly_metres(without=returning, plus=row)
        told = [*self.met[moving], *(self.met[returning] if returning is not None else ())]
        return Exchange(
            moving=moving,
            from_provider=row.provider,
            to_provider=taker.packages[0].provider,
            returning=returning,
            meetings=tuple(dict.fromkeys(told)),
            before_metres=round(self.before_metres),
            after_metres=round(after),
        )


def _best(moves: Iterable[Exchange]) -> list[Exchange]:
    return sorted(moves, key=lambda each: (-each.saves_metres, each.moving))[:MOVES_A_SIDE]
