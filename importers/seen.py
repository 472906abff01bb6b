"""What of an import's rows somebody may see: own fields kept from a role stay so in its files."""

from collections.abc import Collection, Sequence

from cms_models.accounts.models import User
from cms_models.fields.own.models import ENTRY_PREFIX
from cms_models.fields.own.selectors import fields_of
from cms_models.jobs.models import ImportRow, ImportRun
from importers.columns import Column, suggested_mapping
from importers.kinds import TABLES
from importers.own_cells import OwnCells
from importers.own_columns import cell_name, columns_for

UNSEEN = "A field you may not see"


def unseen_headings(user: User, run: ImportRun) -> frozenset[str]:
    """Return the headings of a file that hold own fields the user's role may not see."""
    record_kind, built_in = _record_kind(run.kind)
    # A field that was retired since is no less secret.
    definitions = fields_of(user.authority, record_kind) if record_kind else ()
    unseen = {cell_name(one) for one in definitions if not one.seen_by(user.role)}
    if not unseen:
        return frozenset()
    columns = [*built_in, *columns_for(definitions, OwnCells(user.authority), built_in)]
    chosen = suggested_mapping(run.headings, columns) | run.mapping
    return frozenset(heading for heading in run.headings if chosen.get(heading) in unseen)


def _record_kind(kind: str) -> tuple[str, Sequence[Column]]:
    if kind.startswith(ENTRY_PREFIX):
        return kind, ()
    importer = TABLES.get(kind)
    if importer is None or importer.model is None:
        return "", ()
    return importer.model._meta.label_lower, importer.columns


def as_seen(row: ImportRow, headings: Sequence[str], unseen: Collection[str]) -> ImportRow:
    """Return a row with nothing of the unseen headings in it; that there was something is said."""
    if not unseen:
        return row
    seen = [one for one in row.differences if one["column"] not in unseen]
    if len(seen) < len(row.differences):
        seen.append({"column": UNSEEN, "before": "…", "after": "…"})
    row.differences = seen
    row.errors = [
        {"column": UNSEEN, "message": "What stands there is refused."}
        if error["column"] in unseen
        else error
        for error in row.errors
    ]
    row.cells = [
        "" if position < len(headings) and headings[position] in unseen else cell
        for position, cell in enumerate(row.cells)
    ]
    return row
