"""Visit patterns: clauses of the week, dealt to meet a number of hours exactly."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
EVERY_DAY = tuple(range(7))
WEEKDAYS = tuple(range(5))
QUARTER_MINUTES = 15

# The length of a hundred calls: the council's own mix of 15, 30, 45 and 60 minutes.
LENGTH_CARDS = {15: 2, 30: 72, 45: 18, 60: 8}
MEAN_CALL_MINUTES = sum(m * n for m, n in LENGTH_CARDS.items()) / 100  # 34.8

# First and last minute of the day at which a call's window may open.
SLOTS = {
    "breakfast": (7 * 60, 9 * 60 + 15),
    "lunch": (11 * 60 + 30, 13 * 60),
    "tea": (16 * 60, 17 * 60 + 30),
    "bed": (19 * 60, 20 * 60 + 30),
}
WINDOW_MINUTES = (30, 60, 60, 60, 90, 90, 120)
DOUBLE_UP_WINDOW_MINUTES = (60, 90, 90, 120)  # two carers must meet: no one promises half an hour


@dataclass(frozen=True)
class Clause:
    """One repeated visit: the days of the week (Monday is 0) and the window its start lies in.

    `latest` equal to `earliest` means a fixed start.
    """

    days: tuple[int, ...]
    earliest: int
    latest: int
    minutes: int
    carers: int = 1
    skills: tuple[str, ...] = ()
    kind: str = "hourly"

    @property
    def carer_quarters(self) -> int:
        """Quarter hours of carers' time a week."""
        return len(self.days) * self.carers * self.minutes // QUARTER_MINUTES


def write_pattern(clauses: Sequence[Clause]) -> str:
    """Write the clauses in the grammar of docs/formats.md."""
    return "; ".join(_write_clause(clause) for clause in clauses)


def _write_clause(clause: Clause) -> str:
    words = [_write_days(clause.days), _write_window(clause), f"{clause.minutes}m"]
    if clause.carers > 1:
        words.append(f"x{clause.carers}")
    if clause.skills:
        words.append("+".join(clause.skills))
    if clause.kind != "hourly":
        words.append(clause.kind)
    return " ".join(words)


def _write_days(days: tuple[int, ...]) -> str:
    if len(days) > 1 and days[-1] - days[0] == len(days) - 1:
        return f"{DAY_NAMES[days[0]]}-{DAY_NAMES[days[-1]]}"
    return ",".join(DAY_NAMES[day] for day in days)


def _write_window(clause: Clause) -> str:
    opens = write_time(clause.earliest)
    return opens if clause.latest == clause.earliest else f"{opens}-{write_time(clause.latest)}"


def write_time(minute: int) -> str:
    """Write a minute of the day as HH:MM."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


class LengthDeck:
    """Deals call lengths from shuffled packs, so that any long run keeps the council's mix."""

    def __init__(self, rng: random.Random, cards: dict[int, int] | None = None) -> None:
        """Shuffle packs of `cards` (minutes to number a pack) with `rng`."""
        self._rng = rng
        self._pack = [m for m, n in (cards or LENGTH_CARDS).items() for _ in range(n)]
        self._left: list[int] = []

    def deal(self, count: int) -> list[int]:
        """Deal `count` lengths in minutes, longest first: the morning call is the long one."""
        while len(self._left) < count:
            fresh = list(self._pack)
            self._rng.shuffle(fresh)
            self._left = fresh + self._left
        return sorted((self._left.pop() for _ in range(count)), reverse=True)


def slots_for(rng: random.Random, calls: int) -> list[str]:
    """The times of day of `calls` calls (1 to 4), in order."""
    choices = {
        1: (["breakfast"], ["breakfast"], ["lunch"], ["bed"]),
        2: (["breakfast", "tea"], ["breakfast", "bed"], ["breakfast", "lunch"]),
        3: (["breakfast", "lunch", "tea"], ["breakfast", "lunch", "bed"]),
        4: (["breakfast", "lunch", "tea", "bed"],),
    }
    return rng.choice(choices[calls])


def make_call(
    rng: random.Random, slot: str, *, minutes: int, carers: int, days: tuple[int, ...] = EVERY_DAY
) -> Clause:
    """Make a call in a slot, with a start window of half an hour to two hours."""
    first, last = SLOTS[slot]
    opens = rng.randrange(first, last + 1, QUARTER_MINUTES)
    widths = DOUBLE_UP_WINDOW_MINUTES if carers > 1 else WINDOW_MINUTES
    return Clause(days, opens, opens + rng.choice(widths), minutes, carers)


def compose_week(rng: random.Random, deck: LengthDeck, *, quarters: float) -> list[Clause]:
    """Compose a week of hourly calls near `quarters` quarter hours of carers' time.

    Above some 17 hours a person usually needs two carers; below one call a day, some days only.
    """
    hours = quarters / 4
    doubled = rng.random() < (0.75 if hours > 16.5 else 0.15 if hours > 11 else 0.02)
    carers = 2 if doubled else 1
    calls = hours * 60 / 7 / carers / MEAN_CALL_MINUTES
    number = max(1, min(4, round(calls)))
    lengths = deck.deal(number)
    slots = slots_for(rng, number)
    days = EVERY_DAY
    if calls < 0.8:
        wanted = max(1, round(hours * 60 / carers / lengths[0]))
        days = tuple(sorted(rng.sample(EVERY_DAY, min(7, wanted))))
    return [
        make_call(rng, slot, minutes=minutes, carers=carers, days=days)
        for slot, minutes in zip(slots, lengths, strict=True)
    ]


def compose_weeks(
    rng: random.Random, deck: LengthDeck, *, clients: int, hours: int
) -> list[list[Clause]]:
    """Compose the weeks of `clients` people that add up to exactly `hours` carer-hours.

    Hours a person have a long tail. What one person's calls leave over or overrun is carried to
    the next, and the small rest is met by changing single calls.
    """
    weights = [rng.lognormvariate(0, 0.5) for _ in range(clients)]
    scale = hours * 4 / sum(weights)
    weeks = []
    carried = 0.0
    for weight in weights:
        week = compose_week(rng, deck, quarters=max(8.0, weight * scale + carried / 4))
        carried += weight * scale - sum(call.carer_quarters for call in week)
        weeks.append(week)
    return _meet_total(rng, weeks, quarters=hours * 4)


def _meet_total(
    rng: random.Random, weeks: list[list[Clause]], *, quarters: int
) -> list[list[Clause]]:
    missing = quarters - sum(call.carer_quarters for week in weeks for call in week)
    while missing:
        week = rng.choice(weeks)
        place = rng.randrange(len(week))
        changed = _vary(rng, week[place], more=missing > 0)
        if changed is None:
            continue
        left = missing - (changed.carer_quarters - week[place].carer_quarters)
        # Near the end a step past the mark is allowed: from the other side another step size fits.
        if abs(left) < abs(missing) or max(abs(left), abs(missing)) <= 8:
            week[place] = changed
            missing = left
    return weeks


def _vary(rng: random.Random, call: Clause, *, more: bool) -> Clause | None:
    """A call a day more or less; three times in ten a quarter of an hour longer or shorter."""
    if rng.random() < 0.3:
        minutes = call.minutes + (QUARTER_MINUTES if more else -QUARTER_MINUTES)
        return replace(call, minutes=minutes) if 30 <= minutes <= 60 else None
    if more:
        free = [day for day in EVERY_DAY if day not in call.days]
        return replace(call, days=tuple(sorted([*call.days, rng.choice(free)]))) if free else None
    if len(call.days) < 3:
        return None
    gone = rng.choice(call.days)
    return replace(call, days=tuple(day for day in call.days if day != gone))
