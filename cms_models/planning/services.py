"""The only writers of scenarios and saved reports."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError

from cms_models.accounts.models import User
from cms_models.audit.services import delete_record, save_record
from cms_models.planning.models import SavedReport, Scenario
from cms_models.planning.options import Option


def save_scenario(
    *,
    actor: User,
    option: Option,
    name: str,
    note: str = "",
    scenario: Scenario | None = None,
    expected_version: int | None = None,
) -> Scenario:
    """Keep an option under a name, or change a kept one; it stays its first owner's.

    Only what differs from what is in force on the day is kept, so that the rest goes on with it.
    """
    actor.must("change", Scenario)
    row = scenario or Scenario(authority=actor.authority, owner=actor)
    row.name, row.note, row.on = name.strip(), note, option.on
    row.zone_map, row.card, row.framework = (
        option.zone_map_tried,
        option.card_tried,
        option.framework,
    )
    row.rules = option.rules_tried
    row.hours_percent = {key: str(percent) for key, percent in option.hours_percent.items()}
    row.full_clean(exclude=["authority", "owner"])
    _refuse_taken_name(row)
    return save_record(actor=actor, record_=row, expected_version=expected_version)


def delete_scenario(*, actor: User, scenario: Scenario) -> None:
    """Delete a kept scenario; the drafts it tried stay."""
    actor.must("delete", Scenario)
    delete_record(actor=actor, record_=scenario)


def save_report(
    *,
    actor: User,
    name: str,
    mix: Sequence[tuple[Decimal | int | str, int]],
    rows: Sequence[Mapping[str, Any]],
    total: Mapping[str, Any] | None = None,
    weeks: int = 52,
    table: str = "zone",
    pathways: Sequence[str] = (),
    source: str = "",
    note: str = "",
    report: SavedReport | None = None,
    expected_version: int | None = None,
) -> SavedReport:
    """Keep a printed table as it is printed, or change a kept one; refusals name the figure."""
    actor.must("change", SavedReport)
    row = report or SavedReport(authority=actor.authority, owner=actor)
    row.name, row.source, row.note, row.weeks = name.strip(), source, note, weeks
    row.mix = _plain(mix)
    row.rows = [{key: _plain(value) for key, value in one.items()} for one in rows]
    row.total = {key: _plain(value) for key, value in total.items()} if total else None
    row.table, row.pathways = table, list(pathways)
    row.full_clean(exclude=["authority", "owner"])
    _refuse_taken_name(row)
    return save_record(actor=actor, record_=row, expected_version=expected_version)


def keep_report(
    *,
    actor: User,
    name: str,
    mix: Sequence[tuple[Decimal | int | str, int]],
    rows: Sequence[Mapping[str, Any]],
    **rest: Any,
) -> SavedReport:
    """Add a printed table, or change the one of that name: as a council's file states it."""
    known = SavedReport.objects.filter(authority=actor.authority, name=name.strip()).first()
    return save_report(
        actor=actor,
        name=name,
        mix=mix,
        rows=rows,
        report=known,
        expected_version=known.version if known else None,
        **rest,
    )


def _refuse_taken_name(row: Scenario | SavedReport) -> None:
    others = type(row).objects.filter(authority=row.authority, name=row.name)
    if others.exclude(pk=row.pk).exists():
        what = row._meta.verbose_name
        raise ValidationError({"name": f"A {what} called {row.name} already exists: rename it."})


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, Decimal) else value


def delete_report(*, actor: User, report: SavedReport) -> None:
    """Delete a kept report."""
    actor.must("delete", SavedReport)
    delete_record(actor=actor, record_=report)
