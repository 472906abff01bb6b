"""Every visit a rate card can be asked about: what overlaps, what has no rate, what changes.

A card's lines cut the visits into boxes: a kind, a pathway, an area, a type of day, a stretch of
the day and a stretch of lengths, within which every visit fits the same lines. What is said of
single boxes is said of as few, as large ones as possible.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from itertools import product
from typing import Any

from cms_models.rates.domain import (
    AREAS,
    DAY_TYPES,
    MINUTES_PER_DAY,
    PATHWAYS,
    VISIT_KINDS,
    Card,
    Line,
    clock,
    length_words,
    plain,
    pounds,
)

NO_RATE = "no rate"
# Smallest things first, so that a night is one stretch before weekdays and weekends are joined.
JOINED = ("starts", "lengths", "days", "areas", "pathways")


@dataclass(frozen=True)
class Cuts:
    """Where lines cut the day and the lengths: the stretches run from each cut to the next."""

    starts: tuple[int, ...]
    lengths: tuple[int, ...]

    def start_words(self, chosen: frozenset[int]) -> str:
        """Return stretches of the day as `22:00 to 07:00 or 12:00 to 14:00`, over midnight too."""
        begins, ends = set(chosen), {self._after(start) for start in chosen}
        firsts = sorted(begins - ends)
        lasts = sorted(ends - begins)
        if firsts and lasts and lasts[0] <= firsts[0]:
            lasts = [*lasts[1:], lasts[0]]  # the first to end began before midnight
        return " or ".join(
            f"{clock(first)} to {clock(last or MINUTES_PER_DAY)}"
            for first, last in zip(firsts, lasts, strict=True)
        )

    def _after(self, start: int) -> int:
        place = self.starts.index(start) + 1
        return self.starts[place] if place < len(self.starts) else 0

    def length_words(self, chosen: frozenset[int]) -> str:
        """Return stretches of lengths in words."""
        runs: list[list[int]] = []
        for place, least in enumerate(self.lengths):
            if least not in chosen:
                continue
            if runs and runs[-1][1] == place - 1:
                runs[-1][1] = place
            else:
                runs.append([place, place])
        return " or ".join(self._run_words(first, last) for first, last in runs)

    def _run_words(self, first: int, last: int) -> str:
        most = self.lengths[last + 1] if last + 1 < len(self.lengths) else None
        return length_words(self.lengths[first], most)


def cuts_of(lines: Iterable[Line]) -> Cuts:
    """Return where lines cut the day and the lengths."""
    starts, lengths = {0}, {0}
    for line in lines:
        starts |= {(line.from_minutes or 0), (line.to_minutes or 0) % MINUTES_PER_DAY}
        lengths |= {line.least_minutes or 0, line.most_minutes or 0}
    return Cuts(tuple(sorted(starts)), tuple(sorted(lengths)))


@dataclass(frozen=True)
class Box:
    """Visits of one kind in some pathways, areas, types of day, stretches of start and length."""

    visit_kind: str
    pathways: frozenset[str]
    areas: frozenset[str]
    days: frozenset[str]
    starts: frozenset[int]
    lengths: frozenset[int]

    def words(self, cuts: Cuts) -> str:
        """Return what the box holds, leaving out what holds for all: `hourly, urban, weekend`."""
        parts = [plain(self.visit_kind)]
        if self.pathways != frozenset(PATHWAYS):
            many = "s" if len(self.pathways) > 1 else ""
            chosen = [code for code in PATHWAYS if code in self.pathways]
            parts.append(f"pathway{many} {' and '.join(chosen)}")
        parts += _some(self.areas, AREAS) + _some(self.days, DAY_TYPES)
        if self.starts != frozenset(cuts.starts):
            parts.append(f"starts {cuts.start_words(self.starts)}")
        if self.lengths != frozenset(cuts.lengths):
            parts.append(cuts.length_words(self.lengths))
        return ", ".join(parts)


def _some(chosen: frozenset[str], known: Sequence[str]) -> list[str]:
    if chosen == frozenset(known):
        return []
    return [" and ".join(plain(code) for code in known if code in chosen)]


def single_boxes(kinds: Iterable[str], cuts: Cuts) -> Iterator[Box]:
    """Yield every box that no line cuts any smaller."""
    for kind, pathway, area, day, start, length in product(
        kinds, PATHWAYS, AREAS, DAY_TYPES, cuts.starts, cuts.lengths
    ):
        yield Box(
            kind,
            *(frozenset({pathway}), frozenset({area}), frozenset({day})),
            *(frozenset({start}), frozenset({length})),
        )


def joined(boxes: Iterable[Box]) -> list[Box]:
    """Return the same visits in fewer boxes: those that differ in one thing only become one."""
    found = list(boxes)
    for name in JOINED:
        alike: dict[Box, set[Any]] = defaultdict(set)
        for box in found:
            alike[_with(box, name, ())] |= getattr(box, name)
        found = [_with(box, name, values) for box, values in alike.items()]
    return found


def _with(box: Box, name: str, values: Iterable[Any]) -> Box:
    changes: dict[str, Any] = {name: frozenset(values)}
    return replace(box, **changes)


def _first(box: Box) -> tuple[str, str, str, str, int, int]:
    """Return one visit that stands for a single box, as `Card.line_at` is asked."""
    return (
        *(next(iter(box.pathways)), next(iter(box.areas)), box.visit_kind),
        *(next(iter(box.days)), next(iter(box.starts)), next(iter(box.lengths))),
    )


def _fitting(lines: Iterable[Line], box: Box) -> list[Line]:
    pathway, area, kind, day_type, start, minutes = _first(box)
    return [
        line
        for line in lines
        if line.fits_case(pathway=pathway, area=area, visit_kind=kind)
        and line.fits_time(day_type=day_type, start_minutes=start, minutes=minutes)
    ]


@dataclass(frozen=True)
class CardFaults:
    """What keeps a card from going live, in sentences, and what it does not price at all."""

    overlaps: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    unpriced: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """The faults; that a pathway or area has no line of a kind is a choice, not a fault."""
        return (*self.overlaps, *self.gaps)


def faults_of(lines: Sequence[Line]) -> CardFaults:
    """Return where two equally narrow lines fit one visit, and where none fits.

    A gap is a visit whose kind, pathway and area have lines, none of which fits its day, start or
    length. Of the kinds without any line nothing is said.
    """
    cuts = cuts_of(lines)
    gaps: list[Box] = []
    unpriced: list[Box] = []
    ties: dict[tuple[Line, ...], list[Box]] = defaultdict(list)
    for kind in (kind for kind in VISIT_KINDS if any(x.visit_kind == kind for x in lines)):
        of_kind = [line for line in lines if line.visit_kind == kind]
        for box in single_boxes([kind], cuts):
            fitting = _fitting(of_kind, box)
            if not fitting:
                (gaps if _has_lines(of_kind, box) else unpriced).append(box)
                continue
            narrowest = max(line.narrowness for line in fitting)
            tied = tuple(line for line in fitting if line.narrowness == narrowest)
            if len(tied) > 1:
                ties[tied].append(box)
    return CardFaults(
        tuple(overlap_words(tied, box, cuts) for tied, at in ties.items() for box in joined(at)),
        tuple(f"{box.words(cuts)}: {NO_RATE}" for box in joined(gaps)),
        tuple(box.words(cuts) for box in joined(unpriced)),
    )


def _has_lines(lines: Iterable[Line], box: Box) -> bool:
    pathway, area, kind, *_ = _first(box)
    return any(line.fits_case(pathway=pathway, area=area, visit_kind=kind) for line in lines)


def overlap_words(tied: Sequence[Line], box: Box, cuts: Cuts) -> str:
    """Return which lines price one visit alike, and which visits those are."""
    rates = " and ".join(f"{pounds(line.pence_per_hour)} ({line.words})" for line in tied)
    return f"{box.words(cuts)}: {rates} fit alike, and neither asks for more than the other"


@dataclass(frozen=True)
class Change:
    """What some visits cost an hour under one card and under another; None: no rate."""

    words: str
    before: int | None
    after: int | None

    @property
    def difference(self) -> int | None:
        """Pence an hour more (or fewer), None where there was or is no rate."""
        if self.before is None or self.after is None:
            return None
        return self.after - self.before

    @property
    def percent(self) -> Decimal | None:
        """The difference in percent of what was, to two places, half-up."""
        if self.difference is None or not self.before:
            return None
        share = Decimal(self.difference * 100) / self.before
        return share.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)

    @property
    def before_words(self) -> str:
        """What it was, in pounds."""
        return rate_words(self.before)

    @property
    def after_words(self) -> str:
        """What it becomes, in pounds."""
        return rate_words(self.after)

    @property
    def difference_words(self) -> str:
        """The difference in pounds with its sign; a dash where there was or is no rate."""
        return "–" if self.difference is None else signed(self.difference)

    @property
    def percent_words(self) -> str:
        """The difference in percent with its sign; a dash where there is none."""
        return "–" if self.percent is None else f"{self.percent:+} %".replace("-", "−")

    @property
    def sentence(self) -> str:
        """The change as people read it: `Hourly: £15.80 → £16.10 (+£0.30, +1.90 %)`."""
        rates = f"{self.before_words} → {self.after_words}"
        text = f"{self.words[:1].upper()}{self.words[1:]}: {rates}"
        if self.percent is None:
            return text
        return f"{text} ({self.difference_words}, {self.percent_words})"


def rate_words(pence: int | None) -> str:
    """Return a rate, or that there is none."""
    return NO_RATE if pence is None else pounds(pence)


def signed(pence: int) -> str:
    """Return pence as pounds with their sign."""
    return f"+{pounds(pence)}" if pence > 0 else pounds(pence)


def compared(before: Card | None, after: Card) -> list[Change]:
    """Return what each group of visits costs under two cards, in the order of a card's lines."""
    lines = (*(before.lines if before else ()), *after.lines)
    cuts = cuts_of(lines)
    kinds = [kind for kind in VISIT_KINDS if any(line.visit_kind == kind for line in lines)]
    alike = _grouped(
        single_boxes(kinds, cuts),
        lambda box: (box.visit_kind, _pence(before, box), _pence(after, box)),
    )
    return [
        Change(box.words(cuts), was, becomes)
        for (_, was, becomes), boxes in alike.items()
        if (was, becomes) != (None, None)
        for box in joined(boxes)
    ]


def changed(before: Card | None, after: Card) -> list[Change]:
    """Return only what costs something else under the second card."""
    return [change for change in compared(before, after) if change.before != change.after]


def _pence(card: Card | None, box: Box) -> int | None:
    line = card.line_at(_first(box)) if card else None
    return line.pence_per_hour if line else None


def _grouped(
    boxes: Iterable[Box], key: Callable[[Box], tuple[str, int | None, int | None]]
) -> Mapping[tuple[str, int | None, int | None], list[Box]]:
    found: dict[tuple[str, int | None, int | None], list[Box]] = defaultdict(list)
    for box in boxes:
        found[key(box)].append(box)
    return found
