"""A printed table as it is typed or pasted."""

from decimal import Decimal

import pytest

from importers.printed_tables import rates_text, read_rates, read_rows, rows_text

PASTED = (
    "Lot\tClients\tWeekly hours\tAnnual hours\tAnnual cost\r\n"
    "A & B\t29\t1,355\t70,460\t£956,302\r\n"
    "C, D, E\t29\t975\t50,700\t£694,590\r\n"
    "\r\n"
    "Total\t58\t2,330\t121,160\t£1,659,892\r\n"
)


def test_tb_01_table_12_1_is_read_as_pasted():
    rows, total = read_rows(PASTED)

    assert rows[0] == {
        "name": "A & B",
        "clients": "29",
        "weekly_hours": "1355",
        "annual_hours": "70460",
        "annual_pounds": "956302",
    }
    assert [row["name"] for row in rows] == ["A & B", "C, D, E"]
    assert total is not None
    assert total["annual_pounds"] == "1659892"


def test_typed_rows_may_leave_clients_out_and_state_unrounded_hours():
    rows, total = read_rows("A; ; 1,682; 87,452; 1,381,734; 1,681.77")

    assert rows[0]["clients"] is None
    assert rows[0]["unrounded_weekly_hours"] == "1681.77"
    assert total is None


def test_what_is_kept_is_written_as_it_is_pasted():
    rows, total = read_rows(PASTED)

    assert read_rows(rows_text(rows, total)) == (rows, total)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "No row yet"),
        ("A; 1; 2; 3", "Line 1: 5 cells are needed"),
        ("A; 1; two; 3; 4", "Line 1, weekly hours: “two” is not a number"),
        ("A; 1.5; 2; 3; 4", "Line 1, clients: “1.5” is not a whole number."),
        ("A; 1; 2; 3; -4", "Line 1, annual cost: “-4” is not a number"),
        ("A; 1; 2; 3; NaN", "Line 1, annual cost: “NaN” is not a number"),
        ("; 1; 2; 3; 4", "Line 1: the row has no name."),
        ("A;1;2;3;4\nTotal;1;2;3;4\nAll;1;2;3;4", "Line 3: there is a total row already"),
    ],
)
def test_row_that_cannot_be_read_is_named(text, words):
    with pytest.raises(ValueError, match="^" + words.replace("(", r"\(").replace(".", r"\.")):
        read_rows(text)


@pytest.mark.parametrize(
    ("text", "mix"),
    [
        ("15.80", [(Decimal(100), 1580)]),
        ("£15.80", [(Decimal(100), 1580)]),
        ("70 % at 12.80, 30 % at £15.80", [(Decimal(70), 1280), (Decimal(30), 1580)]),
        ("70% × 12.80 + 30% × 15.80", [(Decimal(70), 1280), (Decimal(30), 1580)]),
    ],
)
def test_rt_09_rates_are_read_as_councils_write_them(text, mix):
    assert read_rates(text) == mix


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "The rate an hour is needed"),
        ("cheap", "“cheap” is no rate"),
        ("70 % at 12.80, 20 % at 15.80", "The shares make 90 %, not 100 %"),
    ],
)
def test_rates_that_cannot_be_read_are_refused_in_words(text, words):
    with pytest.raises(ValueError, match=words):
        read_rates(text)


def test_rates_are_written_as_they_are_typed():
    assert rates_text([["70", 1280], ["30", 1580]]) == "70 % at 12.80, 30 % at 15.80"
    assert rates_text([["100", 1580]]) == "15.80"
