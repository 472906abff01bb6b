"""The visits pattern: a week of visits as one line of text, and as values.

Grammar (docs/formats.md): clauses joined by `;`, each
`DAYS HH:MM[-HH:MM] MINUTESm [xCARERS] [skill+skill] [kind]`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cms_models.rates.domain import VISIT_KINDS

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MINUTES_PER_DAY = 24 * 60
CARERS_MOST = 4
TIME = re.compile(r"(\d{1,2}):(\d{2})")
WORDS = re.compile(
    r"(?P<days>\S+) (?P<from>\d{1,2}:\d{2})(?:-(?P<to>\d{1,2}:\d{2}))? (?P<minutes>\d+)m"
    r"(?: x(?P<carers>\d+))?(?P<rest>(?: \S+)*)"
)


class BadPattern(ValueError):  # noqa: N818 - it reads as the refusal
    """Raised for a visits pattern that cannot be read; names the clause and an example."""


@dataclass(frozen=True, order=True)
class Clause:
    """Visits at one time on some days: weekdays 0 (Monday) to 6, window of the start in minutes."""

    weekdays: tuple[int, ...]
    earliest_minutes: int
    latest_minutes: int
    minutes: int
    carers: int = 1
    skills: tuple[str, ...] = ()
    visit_kind: str = "hourly"

    @property
    def weekly_minutes(self) -> int:
        """Carer-minutes a week: a double-up minute counts twice."""
        return len(self.weekdays) * self.minutes * self.carers


def weekly_minutes(clauses: Iterable[Clause]) -> int:
    """Return the carer-minutes a week of a whole pattern."""
    return sum(clause.weekly_minutes for clause in clauses)


def parse_pattern(text: str) -> tuple[Clause, ...]:
    """Return the clauses of a visits pattern in their one order; BadPattern names what is wrong."""
    clauses = [_clause(part.strip()) for part in text.split(";") if part.strip()]
    if not clauses:
        raise BadPattern("The visits pattern is empty; one looks like “Mon-Sun 08:00-09:00 30m”.")
    return tuple(sorted(clauses))


def pattern_text(clauses: Iterable[Clause]) -> str:
    """Return clauses as text that `parse_pattern` reads back."""
    return "; ".join(_clause_text(clause) for clause in sorted(clauses))


def _clause(text: str) -> Clause:
    match = WORDS.fullmatch(text)
    if match is None:
        raise BadPattern(f"“{text}” is not a visit; one looks like “Mon-Sun 08:00-09:00 30m x2”.")
    earliest = clock_minutes(match["from"], within=text)
    latest = clock_minutes(match["to"], within=text) if match["to"] else earliest
    minutes, carers = int(match["minutes"]), int(match["carers"] or 1)
    if latest < earliest:
        raise BadPattern(f"“{text}”: the window ends before it begins.")
    if not 1 <= minutes <= MINUTES_PER_DAY:
        raise BadPattern(f"“{text}”: a visit lasts 1 to {MINUTES_PER_DAY} minutes.")
    if not 1 <= carers <= CARERS_MOST:
        raise BadPattern(f"“{text}”: a visit takes 1 to {CARERS_MOST} carers.")
    skills, kind = _skills_and_kind(match["rest"].split(), within=text)
    return Clause(_weekdays(match["days"]), earliest, latest, minutes, carers, skills, kind)


def _skills_and_kind(words: list[str], *, within: str) -> tuple[tuple[str, ...], str]:
    kind = "hourly"
    if words and words[-1] in VISIT_KINDS:
        kind = words.pop()
    if len(words) > 1:
        raise BadPattern(f"“{within}”: join skills by +, such as medication+hoist.")
    return tuple(sorted(set(words[0].split("+")))) if words else (), kind


def clock_minutes(text: str, *, within: str = "") -> int:
    """Return minutes after midnight of `HH:MM` (00:00 to 24:00); BadPattern when it is no time."""
    match = TIME.fullmatch(text.strip())
    minutes = int(match[1]) * 60 + int(match[2]) if match else -1
    if match is None or int(match[2]) > 59 or not 0 <= minutes <= MINUTES_PER_DAY:
        raise BadPattern(
            f"“{text}” is not a time of day like 08:30" + (f" in “{within}”." if within else ".")
        )
    return minutes


def clock(minutes: int) -> str:
    """Return minutes after midnight as `HH:MM`; past midnight goes on counting (25:10)."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _weekdays(text: str) -> tuple[int, ...]:
    days: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if first not in DAYS or (dash and last not in DAYS):
            raise BadPattern(f"“{part}” is not a day; days are {', '.join(DAYS)} or Mon-Fri.")
        start, end = DAYS.index(first), DAYS.index(last if dash else first)
        if end < start:
            raise BadPattern(f"“{part}” runs backwards; write two parts, such as Sat-Sun,Mon.")
        days.update(range(start, end + 1))
    return tuple(sorted(days))


def days_text(weekdays: Iterable[int]) -> str:
    """Return weekdays as text, runs of three and more joined: `Mon-Fri,Sun`."""
    runs: list[list[int]] = []
    for day in sorted(weekdays):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    parts = [
        f"{DAYS[run[0]]}-{DAYS[run[-1]]}" if len(run) > 2 else ",".join(DAYS[day] for day in run)
        for run in runs
    ]
    return ",".join(parts)


def _clause_text(clause: Clause) -> str:
    window = clock(clause.earliest_minutes)
    if clause.latest_minutes != clause.earliest_minutes:
        window += f"-{clock(clause.latest_minutes)}"
    words = [days_text(clause.weekdays), window, f"{clause.minutes}m"]
    words += [f"x{clause.carers}"] if clause.carers > 1 else []
    words += ["+".join(clause.skills)] if clause.skills else []
    words += [clause.visit_kind] if clause.visit_kind != "hourly" else []
    return " ".join(words)
