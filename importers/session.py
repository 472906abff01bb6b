"""One import from its dry run to its acceptance."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from cms_models.accounts.models import User
from cms_models.audit.selectors import chain_length
from cms_models.audit.services import hold_chain
from cms_models.jobs import imports
from cms_models.jobs.models import ImportRow, ImportRun, ImportState
from importers.base import Examination, Importer, Outcome, Step, no_step
from importers.faults import BadFile, OtherwiseNow
from importers.kinds import importer_of

SHOWN = ("number", "outcome", "key", "differences", "errors")


def check(*, actor: User, run: ImportRun, on: date, step: Step = no_step) -> Mapping[str, Any]:
    """Say what a file would do and keep it with the import: a dry run, nothing else is written.

    Returns the totals. BadFile when the file cannot be read: the import then says why.
    """
    _require_own(actor, run)
    step(0.0, "Reading the file")
    try:
        importer = _importer(run, on=on)
        source = importer.read(bytes(run.content), run.mapping)
        headings = importer.headings(source)
        examination = importer.examine(source, actor=actor, step=step)
    except BadFile as refusal:
        imports.keep_headings(run=run, headings=refusal.headings)
        imports.keep_unreadable(run=run, problem=str(refusal))
        raise
    step(0.9, "Keeping what was found")
    imports.keep_headings(run=run, headings=headings)
    imports.keep_check(run=run, totals=examination.totals, rows=_rows(run, examination))
    return examination.totals


def accept(
    *, actor: User, run: ImportRun, on: date, now: datetime, step: Step = no_step
) -> Mapping[str, Any]:
    """Do what the dry run showed, all of it in one transaction with the import's own state.

    Returns the totals; accepting again changes nothing and says so. OtherwiseNow when the records
    changed so that something else would happen than was shown.
    """
    _require_own(actor, run)
    if run.state == ImportState.ACCEPTED:
        return _already(run)
    if run.state != ImportState.CHECKED:
        raise BadFile(f"{run} is {run.get_state_display().lower()}: check it before accepting it.")
    step(0.0, "Reading the file")
    content, length = bytes(run.content), chain_length(run.authority)
    importer = _importer(run, on=on)
    source = importer.read(content, run.mapping)
    examination = importer.examine(source, actor=actor, step=step)
    step(0.8, "Writing")
    with transaction.atomic():
        if hold_chain(run.authority) != length:
            # Somebody wrote while the rows were checked: judge them again, now that nobody can.
            importer = _importer(run, on=on)
            examination = importer.examine(source, actor=actor, step=no_step)
        run.refresh_from_db(fields=["state", "totals"])
        if run.state == ImportState.ACCEPTED:
            return _already(run)
        _require_as_shown(run, examination)
        if not imports.mark_accepted(actor=actor, run=run, now=now):
            raise OtherwiseNow(f"{run} was put aside while it was being accepted.")
        importer.apply(source, examination, actor=actor)
    run.refresh_from_db(fields=["state", "accepted_at"])
    return run.totals


def _importer(run: ImportRun, *, on: date) -> Importer:
    return importer_of(run.kind, profile=run.profile)(run.authority, on=on)


def _require_own(actor: User, run: ImportRun) -> None:
    imports.require_import_permission(actor=actor, kind=run.kind)
    if actor.authority_id != run.authority_id:
        raise PermissionDenied(f"{actor} works for another council than {run} is for.")


def _already(run: ImportRun) -> Mapping[str, Any]:
    when = f"{run.accepted_at:%d/%m/%Y %H:%M}" if run.accepted_at else "before"
    return {**run.totals, "already_accepted": when}


def _rows(run: ImportRun, examination: Examination) -> Iterator[ImportRow]:
    for one in examination.shown:
        yield ImportRow(
            run=run,
            number=one.number,
            outcome=one.outcome,
            key=one.key,
            differences=list(one.differences),
            errors=list(one.errors),
            cells=list(one.cells),
        )


def _require_as_shown(run: ImportRun, examination: Examination) -> None:
    rows = ImportRow.objects.filter(run=run)
    shown = {row.number: row for row in rows.only(*SHOWN)}
    now = {one.number: one for one in examination.shown}
    changed = [
        number
        for number in sorted(shown.keys() | now.keys())
        if _words_of(shown.get(number)) != _words_of(now.get(number))
    ]
    if not changed:
        return
    first = changed[0]
    key = (shown.get(first) or now[first]).key
    more = f" and {len(changed) - 1:,} more rows" if len(changed) > 1 else ""
    raise OtherwiseNow(
        f"The council's records changed since {run.filename} was checked: row {first} ({key}) was "
        f"shown as {_outcome_of(shown.get(first))} and would now be {_outcome_of(now.get(first))}"
        f"{more}. Nothing was written; check the file again."
    )


def _words_of(row: ImportRow | Outcome | None) -> tuple[Any, ...] | None:
    if row is None:
        return None
    return (row.outcome, row.key, list(row.differences), list(row.errors))


def _outcome_of(row: ImportRow | Outcome | None) -> str:
    return str(row.outcome) if row else "unchanged"
