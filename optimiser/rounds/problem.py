"""The question and the answer of a day's rounds, as immutable values checked when they are made.

Times are whole minutes after midnight of the day planned (a night shift runs past 1,440);
a location is an index into the travel matrix. A value that cannot be right is refused here, by
name, so that no engine has to defend itself.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

# A week bounds every time and every journey: beyond it a value is a slip of the keyboard.
LONGEST_MINUTES = 7 * 24 * 60
LARGEST_WEIGHT = 1_000_000
MOST_CARERS_A_VISIT = 8
PRIORITIES = ("critical", "high", "standard", "optional")


class ProblemError(ValueError):
    """A problem or plan that cannot be right; the message names the thing and what is wrong."""


def whole(value: object, *, name: str, least: int = 0, most: int = LONGEST_MINUTES) -> int:
    """Return a whole number between two bounds, or refuse it by name."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ProblemError(f"{name}: {value!r} is not a whole number")
    if not least <= value <= most:
        raise ProblemError(f"{name}: {value} is not between {least} and {most}")
    return value


def distinct(names: Iterable[Hashable], *, name: str) -> None:
    """Refuse a list that holds one thing twice, naming the thing."""
    seen: set[Hashable] = set()
    for each in names:
        if each in seen:
            raise ProblemError(f"{name}: {each!r} is there twice")
        seen.add(each)


@dataclass(frozen=True, slots=True)
class After:
    """A start at least `min_gap` and at most `max_gap` minutes after that of another visit."""

    visit: str
    min_gap: int = 0
    max_gap: int | None = None

    def __post_init__(self) -> None:
        whole(self.min_gap, name=f"after {self.visit}: min_gap")
        if self.max_gap is not None:
            whole(self.max_gap, name=f"after {self.visit}: max_gap")
            if self.max_gap < self.min_gap:
                raise ProblemError(
                    f"after {self.visit}: max_gap {self.max_gap} is below min_gap {self.min_gap}"
                )


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit to one person; `earliest` and `latest` bound its start, `carers` go together."""

    id: str
    location: int
    earliest: int
    latest: int
    minutes: int
    person: str = ""
    carers: int = 1
    skills: frozenset[str] = frozenset()
    not_carers: frozenset[str] = frozenset()
    only_carers: frozenset[str] | None = None
    usual_carers: tuple[str, ...] = ()
    priority: str = "standard"
    after: tuple[After, ...] = ()

    def __post_init__(self) -> None:
        name = f"visit {self.id}"
        whole(self.location, name=f"{name}: location", most=LONGEST_MINUTES * 100)
        whole(self.earliest, name=f"{name}: earliest")
        whole(self.latest, name=f"{name}: latest")
        whole(self.minutes, name=f"{name}: minutes", least=1)
        whole(self.carers, name=f"{name}: carers", least=1, most=MOST_CARERS_A_VISIT)
        if self.latest < self.earliest:
            raise ProblemError(
                f"{name}: its window closes ({self.latest}) before it opens ({self.earliest})"
            )
        if self.priority not in PRIORITIES:
            raise ProblemError(
                f"{name}: priority {self.priority!r} is none of {', '.join(PRIORITIES)}"
            )


@dataclass(frozen=True, slots=True)
class Carer:
    """One carer: where each round begins and ends, the day's shifts, and the skills held."""

    id: str
    start_location: int
    end_location: int
    shifts: tuple[tuple[int, int], ...]
    skills: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        name = f"carer {self.id}"
        whole(self.start_location, name=f"{name}: start_location", most=LONGEST_MINUTES * 100)
        whole(self.end_location, name=f"{name}: end_location", most=LONGEST_MINUTES * 100)
        before = 0
        for number, (starts, ends) in enumerate(self.shifts):
            whole(starts, name=f"{name}: shift {number} start")
            whole(ends, name=f"{name}: shift {number} end")
            if ends <= starts:
                raise ProblemError(f"{name}: shift {number} ends at {ends}, before it has begun")
            if starts < before:
                raise ProblemError(f"{name}: shift {number} begins before the one before it ends")
            before = ends


@dataclass(frozen=True, slots=True)
class Pin:
    """A coordinator's word: these carers make this visit, if anybody does."""

    visit: str
    carers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WeightInfo:
    """What a weight means, for the screen where a council sets it."""

    name: str
    default: float
    unit: str
    sentence: str


WEIGHTS: tuple[WeightInfo, ...] = (
    WeightInfo(
        "unplaced_critical", 8000, "minutes a visit", "What leaving out a critical visit costs."
    ),
    WeightInfo(
        "unplaced_high", 4000, "minutes a visit", "What leaving out a high-priority visit costs."
    ),
    WeightInfo(
        "unplaced_standard", 2000, "minutes a visit", "What leaving out a standard visit costs."
    ),
    WeightInfo(
        "unplaced_optional", 1000, "minutes a visit", "What leaving out an optional visit costs."
    ),
    WeightInfo("travel", 1, "minutes a minute", "What a minute on the road costs."),
    WeightInfo(
        "not_usual_carer",
        0.1,
        "minutes a visit and carer",
        "What a visit by a carer the person does not usually see costs.",
    ),
    WeightInfo(
        "change_of_carer",
        120,
        "minutes a visit and carer",
        "What giving a published visit to another carer costs.",
    ),
    WeightInfo(
        "change_of_start",
        1,
        "minutes a minute",
        "What moving the start of a published visit by a minute costs.",
    ),
    WeightInfo(
        "paid_span",
        0.001,
        "minutes a minute",
        "What a minute from the start of a shift until back from it costs: it breaks ties.",
    ),
)


@dataclass(frozen=True, slots=True)
class Weights:
    """What a coordinator would trade for what, in minutes of travel (WEIGHTS says each)."""

    unplaced_critical: float = 8000
    unplaced_high: float = 4000
    unplaced_standard: float = 2000
    unplaced_optional: float = 1000
    travel: float = 1
    not_usual_carer: float = 0.1
    change_of_carer: float = 120
    change_of_start: float = 1
    paid_span: float = 0.001

    def __post_init__(self) -> None:
        for info in WEIGHTS:
            value = getattr(self, info.name)
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ProblemError(f"weight {info.name}: {value!r} is not a number")
            if not 0 <= value <= LARGEST_WEIGHT:  # a NaN compares false, so it is refused too
                raise ProblemError(
                    f"weight {info.name}: {value} is not between 0 and {LARGEST_WEIGHT}"
                )

    def milli(self, name: str) -> int:
        """Return a weight in thousandths of a minute: whole numbers add up the same everywhere."""
        return round(getattr(self, name) * 1000)


@dataclass(frozen=True, slots=True)
class Stop:
    """One visit within a round: reached at `arrive`, begun at `start`, left at `leave`."""

    visit: str
    arrive: int
    start: int
    leave: int


@dataclass(frozen=True, slots=True)
class Round:
    """The stops of one carer's shift, in the order driven; `shift` counts from 0."""

    carer: str
    shift: int
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A visit nobody makes, why, and the smallest changes that were found to make room for it."""

    visit: str
    reasons: tuple[str, ...]
    relaxations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Totals:
    """What a plan adds up to; minutes, visits, or visit-and-carer pairs as the names say."""

    planned: int = 0
    placed: int = 0
    unplaced: int = 0
    travel_minutes: int = 0
    contact_minutes: int = 0
    waiting_minutes: int = 0
    paid_span_minutes: int = 0
    shift_minutes: int = 0
    rounds: int = 0
    carers: int = 0
    usual_carer_stops: int = 0
    other_carer_stops: int = 0
    cost_milliminutes: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """A proposed day: rounds, and every visit left out with its reasons."""

    rounds: tuple[Round, ...]
    unplaced: tuple[Unplaced, ...] = ()
    totals: Totals = field(default_factory=Totals)
    seed: int = 1

    def carers_of(self, visit: str) -> tuple[str, ...]:
        """Return the carers who make a visit, in the order of the rounds."""
        return tuple(r.carer for r in self.rounds if any(s.visit == visit for s in r.stops))

    def starts(self) -> dict[str, int]:
        """Return the start minute of every visit that is made."""
        return {stop.visit: stop.start for each in self.rounds for stop in each.stops}


@dataclass(frozen=True, eq=False)
class Problem:
    """A day to plan; `travel_minutes` is a square matrix, read-only once here.

    Raises ProblemError naming the visit, carer, pin or cell that cannot be right.
    """

    travel_minutes: npt.NDArray[np.int32]
    visits: tuple[Visit, ...]
    carers: tuple[Carer, ...]
    pins: tuple[Pin, ...] = ()
    previous: Plan | None = None
    weights: Weights = field(default_factory=Weights)

    def __post_init__(self) -> None:
        object.__setattr__(self, "travel_minutes", _read_only_matrix(self.travel_minutes))
        distinct((visit.id for visit in self.visits), name="visits")
        distinct((carer.id for carer in self.carers), name="carers")
        distinct((pin.visit for pin in self.pins), name="pins")
        for visit in self.visits:
            self._check_visit(visit)
        for carer in self.carers:
            for end in (carer.start_location, carer.end_location):
                self._check_location(f"carer {carer.id}", end)
        for pin in self.pins:
            self._check_pin(pin)

    @cached_property
    def visit_by_id(self) -> Mapping[str, Visit]:
        """Visits by their id."""
        return {visit.id: visit for visit in self.visits}

    @cached_property
    def carer_by_id(self) -> Mapping[str, Carer]:
        """Carers by their id."""
        return {carer.id: carer for carer in self.carers}

    @cached_property
    def pin_by_visit(self) -> Mapping[str, Pin]:
        """Pins by the id of the visit pinned."""
        return {pin.visit: pin for pin in self.pins}

    @cached_property
    def published_carers(self) -> Mapping[str, frozenset[str]]:
        """The carers who make each visit in the published plan, if there is one."""
        found: dict[str, set[str]] = {}
        for each in self.previous.rounds if self.previous else ():
            for stop in each.stops:
                found.setdefault(stop.visit, set()).add(each.carer)
        return {visit: frozenset(carers) for visit, carers in found.items()}

    @cached_property
    def published_starts(self) -> Mapping[str, int]:
        """The start minute of each visit in the published plan, if there is one."""
        return self.previous.starts() if self.previous else {}

    def travel(self, origin: int, destination: int) -> int:
        """Return the minutes from one location to another."""
        return int(self.travel_minutes[origin, destination])

    def may_visit(self, carer: Carer, visit: Visit) -> bool:
        """Whether skills, exclusions and a full pin leave this carer free to make this visit."""
        pin = self.pin_by_visit.get(visit.id)
        return (
            visit.skills <= carer.skills
            and carer.id not in visit.not_carers
            and (visit.only_carers is None or carer.id in visit.only_carers)
            and (pin is None or len(pin.carers) < visit.carers or carer.id in pin.carers)
        )

    def _check_location(self, name: str, location: int) -> None:
        places = len(self.travel_minutes)
        if location >= places:
            raise ProblemError(f"{name}: location {location}, but the matrix has {places} places")

    def _check_visit(self, visit: Visit) -> None:
        name = f"visit {visit.id}"
        self._check_location(name, visit.location)
        named = visit.not_carers | (visit.only_carers or frozenset())
        for carer in sorted(named | frozenset(visit.usual_carers)):
            # A usual carer may be off today; an excluded one may too. Only the type matters.
            if not isinstance(carer, str) or not carer:
                raise ProblemError(f"{name}: {carer!r} is not the id of a carer")
        distinct((after.visit for after in visit.after), name=f"{name}: after")
        for after in visit.after:
            if after.visit not in self.visit_by_id:
                raise ProblemError(f"{name}: comes after {after.visit!r}, which is not a visit")
            if after.visit == visit.id:
                raise ProblemError(f"{name}: cannot come after itself")

    def _check_pin(self, pin: Pin) -> None:
        name = f"pin of {pin.visit}"
        if pin.visit not in self.visit_by_id:
            raise ProblemError(f"{name}: there is no such visit")
        distinct(pin.carers, name=name)
        for carer in pin.carers:
            if carer not in self.carer_by_id:
                raise ProblemError(f"{name}: {carer!r} is not a carer on this day")
        needed = self.visit_by_id[pin.visit].carers
        if len(pin.carers) > needed:
            raise ProblemError(f"{name}: {len(pin.carers)} carers for a visit that needs {needed}")


def _read_only_matrix(values: object) -> npt.NDArray[np.int32]:
    matrix = np.asarray(values)
    if matrix.size == 0:
        matrix = np.zeros((0, 0), dtype=np.int64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ProblemError(f"travel_minutes: {matrix.shape} is not a square table")
    if matrix.dtype.kind not in "iu":
        raise ProblemError("travel_minutes: every cell must be a whole number of minutes")
    wrong = np.argwhere((matrix < 0) | (matrix > LONGEST_MINUTES))
    if len(wrong):
        row, column = wrong[0]
        raise ProblemError(
            f"travel_minutes: from {row} to {column}: {matrix[row, column]} is not between 0 and "
            f"{LONGEST_MINUTES}"
        )
    frozen = np.array(matrix, dtype=np.int32, order="C")
    frozen.setflags(write=False)
    return frozen
