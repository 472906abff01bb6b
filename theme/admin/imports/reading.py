"""What the pages of an import show: its steps, its job, its rows in pages."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from cms_models.accounts.models import User
from cms_models.jobs.models import (
    ImportRow,
    ImportRun,
    ImportState,
    Job,
    JobState,
)
from importers.seen import as_seen

ROWS_A_PAGE = 50
KEY_ASKED_LONGEST = 120
TABS: Mapping[str, str] = {
    "new": "New",
    "updated": "Updated",
    "rejected": "Rejected",
}


def runs_of(user: User) -> QuerySet[ImportRun]:
    """Return the imports a user may read, without the files themselves."""
    return (
        ImportRun.objects.visible_to(user)
        .defer("content")
        .select_related("uploaded_by", "check_job", "accept_job")
    )


def current_job(run: ImportRun) -> Job | None:
    """Return the job a page should speak of: the acceptance once there is one that matters.

    An acceptance older than the last check is history: the file was checked again after it.
    """
    check, accept = run.check_job, run.accept_job
    if accept is not None and (check is None or accept.pk > check.pk):
        return accept
    return check


def is_busy(run: ImportRun) -> bool:
    """Return whether a job of this import is waiting or running."""
    job = current_job(run)
    return job is not None and not job.is_over


def problem_of(run: ImportRun) -> str:
    """Return why the last job of an import did not do what was asked, in its own words."""
    job = current_job(run)
    if job is None or not job.is_over or job.state == JobState.DONE:
        return ""
    return job.error or f"{job} was {job.get_state_display().lower()}."


def accepted_before(user: User, run: ImportRun) -> datetime | None:
    """Return when the same bytes were accepted by another import, None for never."""
    same = runs_of(user).filter(kind=run.kind, sha256=run.sha256, state=ImportState.ACCEPTED)
    return same.exclude(pk=run.pk).values_list("accepted_at", flat=True).first()


def accepted_since(user: User, run: ImportRun) -> ImportRun | None:
    """Return an import of the same kind accepted after this one was checked."""
    if run.state != ImportState.CHECKED:
        return None
    later = runs_of(user).filter(
        kind=run.kind, state=ImportState.ACCEPTED, accepted_at__gt=run.updated_at
    )
    return later.exclude(pk=run.pk).order_by("-accepted_at").first()


@dataclass(frozen=True)
class Tab:
    """One heap of rows with its count."""

    outcome: str
    label: str
    count: int
    url: str
    current: bool


@dataclass(frozen=True)
class Heap:
    """The rows a page of the difference shows, and how to reach the others."""

    outcome: str
    key: str
    tabs: list[Tab]
    page: Page
    previous_url: str
    next_url: str


def heap_of(
    run: ImportRun, *, outcome: str, key: str, number: str, unseen: Collection[str] = ()
) -> Heap:
    """Return a page of an import's rows of one outcome, narrowed to keys that hold some text.

    What stands under `unseen` headings is left out. An outcome not asked for is the first that has
    rows, rejects before all.
    """
    counts = {name: run.totals.get(name, 0) for name in TABS}
    if outcome not in TABS:
        outcome = _opening(counts)
    key = key.strip()[:KEY_ASKED_LONGEST]
    rows = ImportRow.objects.filter(run=run, outcome=outcome)
    if key:
        rows = rows.filter(key__icontains=key)
    page = Paginator(rows, ROWS_A_PAGE).get_page(number)
    page.object_list = [as_seen(row, run.headings, unseen) for row in page]
    return Heap(
        outcome=outcome,
        key=key,
        tabs=[
            Tab(name, label, counts[name], _address(name, key), name == outcome)
            for name, label in TABS.items()
        ],
        page=page,
        previous_url=_address(outcome, key, page.number - 1) if page.has_previous() else "",
        next_url=_address(outcome, key, page.number + 1) if page.has_next() else "",
    )


def _opening(counts: Mapping[str, int]) -> str:
    order = ("rejected", "updated", "new")
    return next((name for name in order if counts[name]), "new")


def _address(outcome: str, key: str, number: int = 1) -> str:
    asked: dict[str, Any] = {"rows": outcome}
    if key:
        asked["key"] = key
    if number > 1:
        asked["page"] = number
    return f"?{urlencode(asked)}#rows"


STEPS = ("Upload", "Columns", "Difference", "Accepted")


def steps_of(run: ImportRun | None, *, mapping: bool = False) -> list[tuple[str, str]]:
    """Return the wizard's steps, each `done`, `now` or `later`."""
    at = _step_of(run, mapping=mapping)
    return [
        (name, "done" if index < at else "now" if index == at else "later")
        for index, name in enumerate(STEPS)
    ]


def _step_of(run: ImportRun | None, *, mapping: bool) -> int:
    if run is None:
        return 0
    if mapping or run.state in (ImportState.UPLOADED, ImportState.UNREADABLE):
        return 1
    return 3 if run.state == ImportState.ACCEPTED else 2
