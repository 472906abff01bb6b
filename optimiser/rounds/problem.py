"""The question and the answer of a day's rounds, as immutable values checked when they are made.

Times are whole minutes after midnight of the first day planned (a night shift runs past 1,440, a
week ends at 10,080); a location is an index into the travel matrices. A value that cannot be right
is refused here, by name, so that no engine has to defend itself.

`units_a_minute` is 1 everywhere in Homeward. A study whose times are reals may give every time and
journey in thousandths of a minute instead; names that say minutes then hold such units.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

# A week bounds every time and every journey: beyond it a value is a slip of the keyboard.
LONGEST_MINUTES = 7 * 24 * 60
MOST_UNITS_A_MINUTE = 1000
LONGEST_UNITS = LONGEST_MINUTES * MOST_UNITS_A_MINUTE
LARGEST_WEIGHT = 1_000_000
MOST_CARERS_A_VISIT = 8
PRIORITIES = ("critical", "high", "standard", "optional")
MODES = ("car", "walk", "cycle")


class ProblemError(ValueError):
    """A problem or plan that cannot be right; the message names the thing and what is wrong."""


def whole(value: object, *, name: str, least: int = 0, most: int = LONGEST_UNITS) -> int:
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
    """A start at least `min_gap` and at most `max_gap` minutes after that of another visit.

    With `other_carer`, nobody who makes the one makes the other.
    """

    visit: str
    min_gap: int = 0
    max_gap: int | None = None
    other_carer: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.other_carer, bool):
            raise ProblemError(
                f"after {self.visit}: other_carer: {self.other_carer!r} is neither true nor false"
            )
        whole(self.min_gap, name=f"after {self.visit}: min_gap")
        if self.max_gap is not None:
            whole(self.max_gap, name=f"after {self.visit}: max_gap")
            if self.max_gap < self.min_gap:
                raise ProblemError(
                    f"after {self.visit}: max_gap {self.max_gap} is below min_gap {self.min_gap}"
                )


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit to one person; `earliest` and `latest` bound its start, `carers` go together.

    `due` is a softer bound within them: every minute the start is after it counts as late.
    """

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
    due: int | None = None

    def __post_init__(self) -> None:
        name = f"visit {self.id}"
        whole(self.location, name=f"{name}: location")
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
        if self.due is not None:
            whole(self.due, name=f"{name}: due", least=self.earliest, most=self.latest)


@dataclass(frozen=True, slots=True)
class Break:
    """A paid rest of `minutes` in one shift, begun from `earliest` to `latest`.

    It is taken between two visits of the round, before the journey to the second one; a round of
    fewer than two visits needs none.
    """

    shift: int
    minutes: int
    earliest: int
    latest: int

    def __post_init__(self) -> None:
        whole(self.shift, name="break: shift", most=1000)
        name = f"break of shift {self.shift}"
        whole(self.minutes, name=f"{name}: minutes", least=1)
        whole(self.earliest, name=f"{name}: earliest")
        whole(self.latest, name=f"{name}: latest", least=self.earliest)


@dataclass(frozen=True, slots=True)
class Carer:
    """One carer: where each round begins and ends, the shifts, and the skills held.

    Working minutes are visits, journeys and breaks; waiting is not among them. `max_minutes` is
    the most over all shifts planned; `contract_minutes` is what the contract asks for over them,
    against which hours are shared out fairly.
    """

    id: str
    start_location: int
    end_location: int
    shifts: tuple[tuple[int, int], ...]
    skills: frozenset[str] = frozenset()
    travel_mode: str = "car"
    breaks: tuple[Break, ...] = ()
    max_minutes: int | None = None
    contract_minutes: int | None = None

    def __post_init__(self) -> None:
        name = f"carer {self.id}"
        whole(self.start_location, name=f"{name}: start_location", most=LONGEST_UNITS)
        whole(self.end_location, name=f"{name}: end_location", most=LONGEST_UNITS)
        before = 0
        for number, (starts, ends) in enumerate(self.shifts):
            whole(starts, name=f"{name}: shift {number} start")
            whole(ends, name=f"{name}: shift {number} end")
            if ends <= starts:
                raise ProblemError(f"{name}: shift {number} ends at {ends}, before it has begun")
            if starts < before:
                raise ProblemError(f"{name}: shift {number} begins before the one before it ends")
            before = ends
        if self.travel_mode not in MODES:
            raise ProblemError(
                f"{name}: travel_mode {self.travel_mode!r} is none of {', '.join(MODES)}"
            )
        distinct((each.shift for each in self.breaks), name=f"{name}: breaks: shift")
        for each in self.breaks:
            if each.shift >= len(self.shifts):
                raise ProblemError(f"{name}: a break in shift {each.shift}, which is not there")
            starts, ends = self.shifts[each.shift]
            if each.latest < starts or each.earliest + each.minutes > ends:
                raise ProblemError(
                    f"{name}: the break of shift {each.shift} ({each.minutes} min from "
                    f"{each.earliest} to {each.latest}) does not fit the shift {starts} to {ends}"
                )
        if self.max_minutes is not None:
            whole(self.max_minutes, name=f"{name}: max_minutes")
        if self.contract_minutes is not None:
            whole(self.contract_minutes, name=f"{name}: contract_minutes", least=1)

    def break_of(self, shift: int) -> Break | None:
        """Return the break a shift holds, if it holds one."""
        return next((each for each in self.breaks if each.shift == shift), None)


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
        "faces",
        0.1,
        "minutes a person and carer",
        "What each different carer a person sees over the days planned costs: few faces.",
    ),
    WeightInfo(
        "off_contract",
        0,
        "minutes a minute",
        "What a minute away from a carer's contracted hours costs, more the further away it is: "
        "the minutes away, squared, over the contracted minutes.",
    ),
    WeightInfo(
        "late", 1, "minutes a minute", "What each minute a visit starts after it is due costs."
    ),
    WeightInfo(
        "worst_late",
        0,
        "minutes a minute",
        "What each minute the latest of all late visits is late costs, once more.",
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
    faces: float = 0.1
    off_contract: float = 0
    late: float = 1
    worst_late: float = 0
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
    """The stops of one carer's shift, in the order driven; `shift` counts from 0.

    `rest` is the break taken, where the shift holds one.
    """

    carer: str
    shift: int
    stops: tuple[Stop, ...]
    rest: "Rest | None" = None


@dataclass(frozen=True, slots=True)
class Rest:
    """A break as taken: after `stops` stops of the round, begun at `start`, for `minutes`."""

    stops: int
    start: int
    minutes: int


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
    break_minutes: int = 0
    late_visits: int = 0
    late_minutes: int = 0
    worst_late_minutes: int = 0
    person_carer_pairs: int = 0
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
    """A day or several to plan; travel matrices are square and read-only once here.

    `travel_minutes` is by car, `travel_minutes_by_mode` by the other modes carers use.
    Raises ProblemError naming the visit, carer, pin or cell that cannot be right.
    """

    travel_minutes: npt.NDArray[np.int32]
    visits: tuple[Visit, ...]
    carers: tuple[Carer, ...]
    pins: tuple[Pin, ...] = ()
    previous: Plan | None = None
    weights: Weights = field(default_factory=Weights)
    travel_minutes_by_mode: Mapping[str, npt.NDArray[np.int32]] = field(default_factory=dict)
    units_a_minute: int = 1

    def __post_init__(self) -> None:
        whole(self.units_a_minute, name="units_a_minute", least=1, most=MOST_UNITS_A_MINUTE)
        object.__setattr__(self, "travel_minutes", self._matrix("car", self.travel_minutes))
        if "car" in self.travel_minutes_by_mode:
            raise ProblemError("travel_minutes_by_mode car: by car it is travel_minutes")
        others = {mode: self._matrix(mode, m) for mode, m in self.travel_minutes_by_mode.items()}
        object.__setattr__(self, "travel_minutes_by_mode", MappingProxyType(others))
        distinct((visit.id for visit in self.visits), name="visits")
        distinct((carer.id for carer in self.carers), name="carers")
        distinct((pin.visit for pin in self.pins), name="pins")
        for visit in self.visits:
            self._check_visit(visit)
        for carer in self.carers:
            self._check_carer(carer)
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

    @cached_property
    def apart(self) -> Mapping[str, frozenset[str]]:
        """The visits whose carers must be others than those of each visit; not all have any."""
        found: dict[str, set[str]] = {}
        for visit in self.visits:
            for tie in visit.after:
                if tie.other_carer:
                    found.setdefault(visit.id, set()).add(tie.visit)
                    found.setdefault(tie.visit, set()).add(visit.id)
        return {visit: frozenset(others) for visit, others in found.items()}

    @property
    def longest(self) -> int:
        """The greatest time there is: a week."""
        return LONGEST_MINUTES * self.units_a_minute

    def matrix(self, mode: str) -> npt.NDArray[np.int32]:
        """Return the travel minutes by one mode."""
        return self.travel_minutes if mode == "car" else self.travel_minutes_by_mode[mode]

    def travel(self, origin: int, destination: int, mode: str = "car") -> int:
        """Return the minutes from one location to another by one mode."""
        minutes: int = self.matrix(mode).item(origin, destination)
        return minutes

    def rate(self, weight: str) -> int:
        """Return a weight in thousandths of a unit of time, per unit or per case as it is meant."""
        return self._rates[weight]

    @cached_property
    def _rates(self) -> Mapping[str, int]:
        return {
            info.name: self.weights.milli(info.name)
            * (1 if info.unit == "minutes a minute" else self.units_a_minute)
            for info in WEIGHTS
        }

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

    def _matrix(self, mode: str, values: object) -> npt.NDArray[np.int32]:
        name = "travel_minutes" if mode == "car" else f"travel_minutes_by_mode {mode}"
        if mode not in MODES:
            raise ProblemError(f"{name}: a mode is one of {', '.join(MODES)}")
        matrix = _read_only_matrix(values, name=name, most=self.longest)
        if mode != "car" and matrix.shape != self.travel_minutes.shape:
            raise ProblemError(
                f"{name}: {matrix.shape}, but by car it is {self.travel_minutes.shape}"
            )
        return matrix

    def _check_carer(self, carer: Carer) -> None:
        name = f"carer {carer.id}"
        for end in (carer.start_location, carer.end_location):
            self._check_location(name, end)
        if carer.travel_mode != "car" and carer.travel_mode not in self.travel_minutes_by_mode:
            raise ProblemError(f"{name}: there are no travel minutes by {carer.travel_mode}")
        for _, ends in carer.shifts:
            whole(ends, name=f"{name}: shift end", most=self.longest)

    def _check_visit(self, visit: Visit) -> None:
        name = f"visit {visit.id}"
        self._check_location(name, visit.location)
        whole(visit.latest, name=f"{name}: latest", most=self.longest)
        whole(visit.minutes, name=f"{name}: minutes", most=self.longest)
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


def _read_only_matrix(values: object, *, name: str, most: int) -> npt.NDArray[np.int32]:
    matrix = np.asarray(values)
    if matrix.size == 0:
        matrix = np.zeros((0, 0), dtype=np.int64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ProblemError(f"{name}: {matrix.shape} is not a square table")
    if matrix.dtype.kind not in "iu":
        raise ProblemError(f"{name}: every cell must be a whole number of minutes")
    wrong = np.argwhere((matrix < 0) | (matrix > most))
    if len(wrong):
        row, column = wrong[0]
        raise ProblemError(
            f"{name}: from {row} to {column}: {matrix[row, column]} is not between 0 and {most}"
        )
    frozen = np.array(matrix, dtype=np.int32, order="C")
    frozen.setflags(write=False)
    return frozen
