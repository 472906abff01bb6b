"""Overlaps, gaps and changes of a card: named exactly, and the same as trying every visit."""

from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cms_models.rates.cases import Change, changed, compared, faults_of
from cms_models.rates.domain import AREAS, DAY_TYPES, PATHWAYS, VISIT_KINDS, Card, Line, rate_of

NIGHT, MORNING = 22 * 60, 7 * 60
HOURS = [None, 0, 6 * 60, MORNING, 12 * 60, NIGHT, 23 * 60 + 59]
LENGTHS = [None, 15, 30, 60, 600]
# Every minute at which a band above may begin or end, one before and one after.
STARTS = sorted({(m + d) % 1440 for m in HOURS if m is not None for d in (-1, 0, 1)})
MINUTES = sorted({m + d for m in LENGTHS if m is not None for d in (-1, 0, 1)} | {1, 1440})


def card(*lines: Line, name: str = "card") -> Card:
    return Card(name, date(2020, 1, 1), None, lines)


def fitting(lines, *, pathway, area, kind, day_type, start, minutes):
    """Return the lines that fit one visit, each thing asked for looked at by itself."""
    found = []
    for line in lines:
        begins, ends = line.from_minutes or 0, line.to_minutes or 1440
        clock = begins <= start < ends if begins < ends else not ends <= start < begins
        if (
            line.visit_kind == kind
            and (line.pathway is None or line.pathway == pathway)
            and (line.area is None or line.area == area)
            and (line.day_type is None or line.day_type == day_type)
            and clock
            and (line.least_minutes is None or line.least_minutes <= minutes)
            and (line.most_minutes is None or line.most_minutes > minutes)
        ):
            found.append(line)
    return found


def every_visit(kinds=VISIT_KINDS):
    names = ("pathway", "area", "kind", "day_type", "start", "minutes")
    for values in product(PATHWAYS, AREAS, kinds, DAY_TYPES, STARTS, MINUTES):
        yield dict(zip(names, values, strict=True))


@st.composite
def lines_of_cards(draw):
    begins, ends = draw(st.sampled_from(HOURS)), draw(st.sampled_from(HOURS))
    least, most = draw(st.sampled_from(LENGTHS)), draw(st.sampled_from(LENGTHS))
    if begins == ends or ends == 0:
        begins = ends = None
    if least is not None and most is not None and least >= most:
        least = most = None
    return Line(
        draw(st.sampled_from([None, *PATHWAYS])),
        draw(st.sampled_from([None, *AREAS])),
        "hourly",
        draw(st.integers(1, 3000)),
        draw(st.sampled_from([None, *DAY_TYPES])),
        begins,
        ends,
        least,
        most,
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(lines_of_cards(), min_size=1, max_size=5))
def test_overlaps_and_gaps_are_those_that_trying_every_visit_finds(lines):
    faults = faults_of(lines)

    overlaps = gaps = unpriced = False
    for visit in every_visit(["hourly"]):
        fit = fitting(lines, **visit)
        most = max((line.narrowness for line in fit), default=0)
        overlaps |= sum(line.narrowness == most for line in fit) > 1
        of_case = [
            line
            for line in lines
            if line.pathway in (None, visit["pathway"]) and line.area in (None, visit["area"])
        ]
        gaps |= bool(of_case) and not fit
        unpriced |= not of_case

    assert bool(faults.overlaps) == overlaps
    assert bool(faults.gaps) == gaps
    assert bool(faults.unpriced) == unpriced


@settings(max_examples=60, deadline=None)
@given(st.lists(lines_of_cards(), min_size=0, max_size=4), st.integers(1, 3000))
def test_on_a_card_without_faults_every_visit_has_exactly_one_narrowest_line(lines, pence):
    lines = [Line(None, None, "hourly", pence), *lines]
    if faults_of(lines).sentences:
        lines = lines[:1]
    one = card(*lines)

    for visit in every_visit(["hourly"]):
        fit = fitting(lines, **visit)
        most = max(line.narrowness for line in fit)
        narrowest = [line for line in fit if line.narrowness == most]
        kind, start = visit.pop("kind"), visit.pop("start")
        priced = rate_of(one, **visit, visit_kind=kind, start_minutes=start)
        assert narrowest == [priced]


@pytest.mark.parametrize(
    ("lines", "gaps"),
    [
        (
            [
                Line(None, "urban", "hourly", 1580, "weekday", MORNING, NIGHT),
                Line(None, "urban", "hourly", 1700, "weekend"),
                Line(None, "urban", "hourly", 2000, "bank_holiday"),
            ],
            ["hourly, urban, weekday, starts 22:00 to 07:00: no rate"],
        ),
        (
            [
                Line(None, None, "hourly", 1580, "weekday"),
                Line(None, None, "hourly", 1700, "weekend"),
            ],
            ["hourly, bank holiday: no rate"],
        ),
        (
            [
                Line(None, None, "hourly", 1800, most_minutes=30),
                Line(None, None, "hourly", 1580, least_minutes=45),
            ],
            ["hourly, 30 to under 45 min: no rate"],
        ),
        # A band over midnight is one line and leaves no gap at midnight.
        (
            [
                Line(None, None, "hourly", 1580, None, MORNING, NIGHT),
                Line(None, None, "hourly", 1900, None, NIGHT, MORNING),
            ],
            [],
        ),
    ],
)
def test_a_gap_is_named_exactly(lines, gaps):
    assert list(faults_of(lines).gaps) == gaps


def test_an_overlap_names_both_lines_and_the_visits():
    lines = [
        Line(None, None, "hourly", 1500),
        Line(None, "rural", "hourly", 1600),
        Line("O", None, "hourly", 1650),
    ]

    assert faults_of(lines).overlaps == (
        "hourly, pathway O, rural: £16.00 (hourly, rural) and £16.50 (hourly, pathway O, any area) "
        "fit alike, and neither asks for more than the other",
    )
    # A line that asks for both is narrower than either, and ends the overlap.
    assert faults_of([*lines, Line("O", "rural", "hourly", 1700)]).sentences == ()


def test_what_a_card_does_not_price_at_all_is_told_and_is_no_fault():
    faults = faults_of([Line(None, "urban", "hourly", 1500), Line("D", None, "sleep_in", 1280)])

    assert faults.sentences == ()
    assert set(faults.unpriced) == {"hourly, rural", "sleep-in, pathways O and M"}


OLD = card(
    Line(None, "urban", "hourly", 1476),
    Line(None, "rural", "hourly", 1576),
    Line(None, None, "sleep_in", 1148),
    name="2016 card",
)
NEW = card(
    Line(None, None, "hourly", 1580),
    Line(None, None, "sleep_in", 1280),
    Line(None, None, "24_hour", 1280),
    name="2017 card",
)


def test_rt_04_what_changes_between_two_cards_is_said_rate_by_rate():
    assert [change.sentence for change in changed(OLD, NEW)] == [
        "Hourly, urban: £14.76 → £15.80 (+£1.04, +7.05 %)",  # 104 / 1476 = 7.046 %
        "Hourly, rural: £15.76 → £15.80 (+£0.04, +0.25 %)",  # 4 / 1576 = 0.254 %
        "24-hour: no rate → £12.80",
        "Sleep-in: £11.48 → £12.80 (+£1.32, +11.50 %)",  # 132 / 1148 = 11.498 %
    ]


def test_rt_12_the_change_to_16_10_is_one_sentence_and_what_stays_is_left_out():
    later = card(Line(None, None, "hourly", 1610), *NEW.lines[1:])

    sentences = [change.sentence for change in changed(NEW, later)]

    assert sentences == ["Hourly: £15.80 → £16.10 (+£0.30, +1.90 %)"]  # 30 / 1580 = 1.899 %
    assert Change("sleep-in", 1280, 1280) in compared(NEW, later)


def test_a_rate_that_falls_is_said_with_a_minus():
    assert Change("hourly", 1580, 1480).sentence == "Hourly: £15.80 → £14.80 (−£1.00, −6.33 %)"
