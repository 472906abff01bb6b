"""A report's tables as pages show them: the same words and numbers as its files."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from importers.reports.document import Column, Kind, Report, ReportTable, words_of


@dataclass(frozen=True)
class Shown:
    """A cell: its words, whether it is a number, and where it leads."""

    words: str
    number: bool = False
    url: str = ""


@dataclass(frozen=True)
class TableShown:
    """A table as a template takes it."""

    title: str
    headings: Sequence[Shown]
    rows: Sequence[Sequence[Shown]]
    total: Sequence[Shown] | None = None
    note: str = ""


def shown(value: Any, column: Column, *, url: str = "") -> Shown:
    """Return a cell's words as the report's files write them."""
    return Shown(words_of(value, column), column.kind != Kind.TEXT, url)


def table_shown(table: ReportTable) -> TableShown:
    """Return a table of a report for a template, without links."""
    return TableShown(
        table.title,
        [Shown(column.heading, column.kind != Kind.TEXT) for column in table.columns],
        [_row(row, table.columns) for row in table.rows],
        None if table.total is None else _row(table.total, table.columns),
        table.note,
    )


def _row(row: Sequence[Any], columns: Sequence[Column]) -> list[Shown]:
    return [shown(value, column) for value, column in zip(row, columns, strict=True)]


def tables_shown(report: Report) -> list[TableShown]:
    """Return every table of a report for a template."""
    return [table_shown(table) for table in report.tables]
