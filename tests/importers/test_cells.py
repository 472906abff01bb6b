"""Cells: text → value or a message; value → text that no spreadsheet takes for a formula."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers import cells
from importers.exports import csv_bytes, xlsx_bytes
from importers.faults import BadCell
from importers.tables import read_table


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1+1", "'+1+1"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("'=x", "''=x"),
        ("O'Hara", "O'Hara"),
        ("'quoted'", "'quoted'"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_ix_08_risky_cells_are_neutralised_and_read_back(text: str, safe: str):
    assert cells.safe_text(text) == safe
    assert cells.as_meant(safe) == text


@given(st.text(alphabet="'=+-@\t\rab", max_size=8))
def test_ix_08_any_text_survives_the_way_out_and_in(text: str):
    safe = cells.safe_text(text)

    assert cells.as_meant(safe) == text
    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("writer", [csv_bytes, xlsx_bytes])
def test_ix_08_files_written_hold_no_formula_and_read_back(writer):
    texts = ["=1+1", "+44 7700 900000", "-", "@me", "'=kept", "plain", "a\rb"]

    content = writer(
        ["Text", "Number"], [[cells.safe_text(text), Decimal("-2.50")] for text in texts]
    )

    rows = read_table(content).rows
    assert [cells.as_meant(row.cells[0]) for row in rows] == [
        *texts[:-1],
        "a\rb" if writer is csv_bytes else "a\nb",  # XML knows one line end
    ]
    assert {Decimal(row.cells[1]) for row in rows} == {Decimal("-2.50")}
    if writer is csv_bytes:
        raw = list(csv.reader(io.StringIO(content.decode(), newline="")))[1:]
        assert not [row for row in raw if row[0].startswith(("=", "+", "-", "@", "\t", "\r"))]


@pytest.mark.parametrize("text", ["01/07/2017", "1/7/2017", "2017-07-01"])
def test_ix_10_uk_and_iso_dates_are_read(text: str):
    assert cells.read_date(text) == date(2017, 7, 1)


@pytest.mark.parametrize(
    "text",
    ["01/07/17", "07-01-2017", "31/02/2017", "13/13/2017", "2017-7-1", "01/07/0217", "42917"],
)
def test_ix_10_any_other_date_is_named_never_guessed(text: str):
    with pytest.raises(BadCell, match=text):
        cells.read_date(text)


def test_a_last_day_is_the_day_before_the_period_ends():
    assert cells.read_last_day("31/12/2026") == date(2027, 1, 1)
    assert cells.write_last_day(date(2027, 1, 1)) == "31/12/2026"


@pytest.mark.parametrize("text", ["1,000", "1e3", "NaN", "Infinity", "٣", "--1", "1.005"])
def test_a_number_is_plain_or_refused(text: str):
    with pytest.raises(BadCell):
        cells.decimal_of(least="0", most="2000")(text)


def test_hours_become_whole_minutes():
    assert cells.read_hours("37.50") == 2250
    with pytest.raises(BadCell, match="whole number of minutes"):
        cells.read_hours("0.01")


def test_text_that_is_too_long_or_holds_control_characters_is_refused():
    read = cells.text_of(5)

    assert read("Zoë") == "Zoë"
    with pytest.raises(BadCell, match="6 characters; at most 5"):
        read("abcdef")
    with pytest.raises(BadCell, match="control character"):
        read("a\x07")
