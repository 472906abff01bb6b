"""How a report writes its cells."""

from decimal import Decimal

import pytest

from importers.reports.document import Column, Kind, ReportTable, words_of


@pytest.mark.parametrize(
    ("value", "column", "words"),
    [
        (12_385_600, Column("", Kind.POUNDS), "£123,856.00"),
        (-900_000, Column("", Kind.POUNDS, signed=True), "−£9,000.00"),
        (1040, Column("", Kind.POUNDS, signed=True), "+£10.40"),
        (0, Column("", Kind.POUNDS, signed=True), "£0.00"),
        (100_906, Column("", Kind.HOURS), "1,681.77"),  # 1,681 h 46 min = 1,681.7667
        (768, Column("", Kind.COUNT), "768"),
        (Decimal("58.145"), Column("", Kind.PERCENT), "58.15 %"),  # half-up
        (None, Column("", Kind.POUNDS), "–"),
        ("Zone A", Column(""), "Zone A"),
    ],
)
def test_cell_is_written_as_people_read_it(value, column, words):
    assert words_of(value, column) == words


def test_wide_table_goes_on_in_parts_that_each_begin_with_the_names():
    columns = [Column("Zone"), *(Column(name, Kind.COUNT) for name in "abcd")]
    table = ReportTable(
        "Zones",
        columns,
        [["A", 1, 2, 3, 4]],
        total=["All", 5, 6, 7, 8],
        note="Sums.",
        divide_at=(3,),
    )

    first, second = table.divided()

    assert (first.title, second.title) == ("Zones", "Zones, continued")
    assert (first.rows, first.total, first.note) == ([["A", 1, 2]], ["All", 5, 6], "")
    assert (second.rows, second.total, second.note) == ([["A", 3, 4]], ["All", 7, 8], "Sums.")
