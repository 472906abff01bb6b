"""Two sheets side by side."""

from cms_models.planning.sheet import (
    TOTAL,
    Comparison,
    Row,
    RowComparison,
    Sheet,
    Table,
    TableComparison,
)


def compare(first: Sheet, second: Sheet) -> Comparison:
    """Join two sheets' rows by key; rows only the second has come where it has them."""
    tables = {
        key: _compared(table, second.tables[key])
        for key, table in first.tables.items()
        if key in second.tables
    }
    return Comparison(first, second, tables)


def _compared(first: Table, second: Table) -> TableComparison:
    before = {row.key: row for row in first.rows}
    after = {row.key: row for row in second.rows}
    rows = tuple(_joined(key, before.get(key), after.get(key)) for key in _merged(first, second))
    total = RowComparison(TOTAL, first.total.name, first.total, second.total)
    return TableComparison(first.key, first.title, rows, total)


def _merged(first: Table, second: Table) -> list[str]:
    """Return every key once: rows that want something last, else in the sheets' own order."""
    rows = {row.key: row for row in (*first.rows, *second.rows)}
    places = {row.key: place for place, row in enumerate(second.rows)}
    places |= {row.key: place for place, row in enumerate(first.rows) if row.key not in places}
    return sorted(rows, key=lambda key: (rows[key].wanting, places[key], key))


def _joined(key: str, before: Row | None, after: Row | None) -> RowComparison:
    shown = after or before
    return RowComparison(key, shown.name if shown else key, before, after)
