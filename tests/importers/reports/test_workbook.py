"""A report as a workbook: numbers are numbers, words never formulas."""

import io
from decimal import Decimal

import openpyxl
import pytest

from importers.reports.document import Column, Kind, Report, ReportTable
from importers.reports.workbook import RECKONING, sheet_names, workbook_bytes

TABLE = ReportTable(
    "Zones",
    [
        Column("Zone"),
        Column("Clients", Kind.COUNT),
        Column("Weekly hours", Kind.HOURS),
        Column("Annual cost", Kind.POUNDS),
        Column("Difference", Kind.POUNDS, signed=True),
        Column("Share", Kind.PERCENT),
    ],
    [
        ["=cmd|' /C calc'!A0", 12, 150, 12_345_678, -900_000, Decimal("58.15")],
        ["B", 0, 0, None, 0, None],
    ],
    total=["All", 12, 150, 12_345_678, -900_000, Decimal(100)],
    note="@half-up",
)
REPORT = Report(
    "=Sandbox",
    "Testshire",
    "packages of 23/11/2026",
    facts=[("+Gap", "over by £123,856 (1.36 %)")],
    sentences=["-1 is less"],
    tables=[TABLE],
    reckoning=[("Rate card", "2017 card\x07 (version 1)")],
)


@pytest.fixture(scope="module")
def workbook():
    """The report, written and read back."""
    return openpyxl.load_workbook(io.BytesIO(workbook_bytes(REPORT)))


def test_each_table_is_a_sheet_between_the_summary_and_the_reckoning(workbook):
    assert workbook.sheetnames == ["Summary", "Zones", RECKONING]


def test_numbers_stay_numbers_with_their_formats(workbook):
    cells = workbook["Zones"][4]

    # 150 minutes are 2.5 hours; 12,345,678 pence are £123,456.78
    assert [cell.value for cell in cells[1:]] == [12, 2.5, 123_456.78, -9000, 58.15]
    assert {cell.data_type for cell in cells[1:]} == {"n"}
    assert cells[3].number_format == '£#,##0.00;"−"£#,##0.00'
    assert cells[4].number_format.startswith("+£")
    assert workbook["Zones"]["D5"].value is None


def test_ix_08_no_text_is_taken_for_a_formula(workbook):
    every = [cell for sheet in workbook for row in sheet.iter_rows() for cell in row]

    assert [cell.coordinate for cell in every if cell.data_type == "f"] == []
    assert workbook["Zones"]["A4"].value == "'=cmd|' /C calc'!A0"
    assert workbook["Summary"]["A1"].value == "'=Sandbox"
    assert workbook["Summary"]["A4"].value == "'+Gap"


def test_how_it_was_reckoned_has_its_own_sheet(workbook):
    sheet = workbook[RECKONING]

    assert (sheet["A3"].value, sheet["B3"].value) == ("Rate card", "2017 card� (version 1)")


def test_sheet_names_are_short_plain_and_each_once():
    long = "Balance between lots, pathway O [draft]/copy"

    names = list(sheet_names(["Zones", "zones", long, long, "'"]))

    assert names[:2] == ["Zones", "zones 2"]
    assert names[2] != names[3]
    assert max(map(len, names)) <= 31
    assert names[4] == "Table"
    assert not any(set("[]:*?/\\") & set(name) for name in names)
