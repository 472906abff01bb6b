"""Jobs, imports and the audit."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views import View

from cms_models.accounts.models import User
from cms_models.audit.models import AuditEntry
from cms_models.jobs import services
from cms_models.jobs.models import ExportFile, ImportRun, Job, JobState
from cms_models.jobs.registry import KINDS
from cms_models.rounds.selectors.day import parts_planned
from theme.admin.actions import Action
from theme.admin.base import RecordViewSet
from theme.admin.cells import Cell, Moment, Number, State
from theme.admin.charts import Curve, curve_of_points
from theme.admin.links import page_url
from theme.admin.listing import RecordIndexView
from theme.admin.own_fields.history import Told
from theme.admin.pages import download
from theme.admin.records.allocation import PROPOSE
from theme.admin.records.care import EXPORT_AWARDS
from theme.admin.records.rates import REPRICE
from theme.admin.records.rounds import MAKE, PLAN
from theme.admin.showing import RecordInspectView


def kind_label(job: Job) -> str:
    """Return what a job is called."""
    return KINDS[job.kind].label if job.kind in KINDS else job.kind


def _cancel(user: User, record: Job, data: dict[str, Any]) -> str:
    services.cancel(actor=user, row=record)
    return f"{record} stops at its next step."


def _again(user: User, record: Job, data: dict[str, Any]) -> str:
    services.run_again(actor=user, row=record)
    return f"{record} is waiting for the worker again."


def result_rows(job: Job) -> list[tuple[str, Any]]:
    """Return a job's result as label and value: plain values, without the engine's own cost."""
    return [
        (
            name.replace("_", " ").capitalize(),
            {True: "Yes", False: "No"}[value] if isinstance(value, bool) else value,
        )
        for name, value in job.result.items()
        if name != "cost_milliminutes" and not isinstance(value, dict | list)
    ]


def result_url(job: Job) -> str | None:
    """Return where the outcome of a job is looked at."""
    run = job.result.get("run_id")
    if run and job.kind in ("plan_rounds", "plan_part", "replan"):
        return page_url("rounds_day_page", run) or reverse("planrun:inspect", args=[run])
    if job.result and job.kind == "plan_week":
        return f"{reverse('rounds_day_week')}?date={job.params['first']}"
    if job.result and job.kind == "price_rules":
        return f"{reverse('rounds_day_price')}?date={job.params['on']}"
    if run and job.kind == "allocate":
        return reverse("allocationrun:inspect", args=[run])
    if job.kind == "export_awards" and job.result.get("export_id"):
        return reverse("exportfile:inspect", args=[job.result["export_id"]])
    return None


def parts_told(user: User, job: Job) -> list[dict[str, Any]]:
    """Return the parts of a divided day: what each holds, and how far its job is."""
    return [
        {
            "name": part.name,
            "carers": len(part.carers),
            "visits": len(part.visits),
            "job": part.job,
            "url": reverse("job:inspect", args=[part.job_id]) if part.job_id else "",
        }
        for part in parts_planned(user, job=job)
    ]


def seconds_words(job: Job) -> str:
    """Return how long a job has run or ran."""
    if job.started_at is None:
        return "–"
    seconds = ((job.finished_at or timezone.now()) - job.started_at).total_seconds()
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def curve_told(curve: Curve) -> dict[str, Any]:
    """Return the curve of best cost as a running job's page draws and tabulates it."""
    return {"line": curve.line, "words": curve.words, "rows": list(curve.rows)}


class JobInspectView(RecordInspectView):
    """A job's page: it follows the job while it runs."""

    template_name = "theme/admin/job.html"


class JobStatusView(View):
    """What a job's page asks every two seconds."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Return the job's state, if the user may see it."""
        job = get_object_or_404(Job.objects.visible_to(request.user), pk=pk)
        curve = curve_of_points(job.progress_points)
        return JsonResponse(
            {
                "state": job.state,
                "label": job.get_state_display(),
                "percent": job.progress_percent,
                "note": job.progress_note,
                "elapsed": seconds_words(job),
                "over": job.is_over,
                "curve": curve_told(curve) if curve else None,
            }
        )


class JobViewSet(RecordViewSet):
    """Background work, each piece with its state, progress, result and error."""

    model = Job
    icon = "cogs"
    inspect_view_class = JobInspectView
    related_fields = ("started_by",)
    cells: Sequence[Cell] = (
        Cell("job", "Job", lambda row: f"{kind_label(row)} #{row.pk}", sort_key="id"),
        State("state", "State", sort_key="state"),
        Number("progress_percent", "Progress %"),
        Cell("progress_note", "Doing"),
        Cell("started_by", "Started by"),
        Moment("created_at", "Asked for", sort_key="created_at"),
        Moment("finished_at", "Ended", sort_key="finished_at"),
    )
    detail_cells: Sequence[Cell] = (
        Cell("started_by", "Started by"),
        Moment("created_at", "Asked for"),
        Moment("started_at", "Began"),
        Moment("finished_at", "Ended"),
        Number("attempts", "Attempts"),
    )
    list_filter = ["state", "kind"]
    search_fields = ["kind", "progress_note"]
    introduction = "Long work runs in the background. A job that was interrupted can be run again."
    empty = "No jobs yet. The buttons above start some."
    list_actions = (PROPOSE, PLAN, MAKE, REPRICE)
    actions = (
        Action(
            "cancel",
            "Cancel",
            _cancel,
            shown=lambda record: not record.is_over and not record.cancel_requested,
            serious=True,
        ),
        Action(
            "again",
            "Run again",
            _again,
            shown=lambda record: record.is_over and record.state != JobState.DONE,
        ),
    )

    def more(self, user: User, record: Job) -> dict[str, Any]:
        """Add the curve, the result and where the page asks for news."""
        curve: Curve | None = curve_of_points(record.progress_points)
        return {
            "title": f"{kind_label(record)} #{record.pk}",
            "curve": curve,
            "result_rows": result_rows(record),
            "result_url": result_url(record),
            "parts": parts_told(user, record),
            "elapsed": seconds_words(record),
            "status_url": reverse("job:status", args=[record.pk]),
        }

    def get_urlpatterns(self) -> list[URLPattern]:
        """Add the address the page asks for news."""
        return [
            *super().get_urlpatterns(),
            path("status/<int:pk>/", JobStatusView.as_view(), name="status"),
        ]


class ImportRunViewSet(RecordViewSet):
    """Files that came in."""

    model = ImportRun
    icon = "upload"
    related_fields = ("uploaded_by", "check_job", "accept_job")
    heavy_fields = ("content",)
    cells: Sequence[Cell] = (
        Cell("filename", "File", sort_key="filename"),
        Cell("kind", "Holds", lambda row: row.kind.replace("_", " "), sort_key="kind"),
        State("state", "State", sort_key="state"),
        Number("new", "New", lambda row: row.totals.get("new")),
        Number("updated", "Updated", lambda row: row.totals.get("updated")),
        Number("rejected", "Rejected", lambda row: row.totals.get("rejected")),
        Cell("uploaded_by", "Sent by"),
        Moment("created_at", "Sent", sort_key="created_at"),
    )
    detail_cells: Sequence[Cell] = (
        *cells,
        Cell("problem", "Problem"),
        Number("size_bytes", "Bytes"),
        Cell("sha256", "SHA-256"),
        Cell("check_job", "Dry run"),
        Cell("accept_job", "Acceptance"),
        Moment("accepted_at", "Accepted"),
    )
    list_filter = ["state", "kind"]
    search_fields = ["filename"]
    introduction = "A file is checked row by row first; nothing changes until a person accepts it."
    empty = "No files yet. Upload an extract to begin."

    def record_url(self, user: User, record: ImportRun) -> str | None:
        """Lead to the import's own page."""
        return page_url("import_page", record.pk)

    def get_index_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Lead from the list to the wizard."""
        given = super().get_index_view_kwargs(**kwargs)
        return {**given, "add_url_name": "import_upload", "add_item_label": "Import a file"}


class ExportDownloadView(View):
    """The file itself, as it was made."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send the file, if the user may read it."""
        file = get_object_or_404(ExportFile.objects.visible_to(request.user), pk=pk)
        return download(file.filename, bytes(file.content))


def _download_link(row: ExportFile) -> SafeString:
    address = reverse("exportfile:download", args=[row.pk])
    return format_html('<a href="{}">Download {}</a>', address, row.filename)


class ExportFileViewSet(RecordViewSet):
    """Files that went out."""

    model = ExportFile
    icon = "download"
    related_fields = ("made_by",)
    heavy_fields = ("content",)
    cells: Sequence[Cell] = (
        Cell("filename", "File", sort_key="filename"),
        Cell("kind", "Holds", sort_key="kind"),
        Number("rows", "Rows"),
        Cell("made_by", "Made by"),
        Moment("created_at", "Made", sort_key="created_at"),
    )
    detail_cells: Sequence[Cell] = (*cells, Cell("download", "File", _download_link))
    list_filter = ["kind"]
    search_fields = ["filename"]
    introduction = "Files made for Mosaic, kept as they were sent."
    empty = "No files yet. Export the awards from the list of awards."
    list_actions = (EXPORT_AWARDS,)

    def get_urlpatterns(self) -> list[URLPattern]:
        """Add the file's own address."""
        return [
            *super().get_urlpatterns(),
            path("download/<int:pk>/", ExportDownloadView.as_view(), name="download"),
        ]


class EntryInspectView(RecordInspectView):
    """An entry's page: before and after, side by side."""

    template_name = "theme/admin/audit_entry.html"


class EntryIndexView(RecordIndexView):
    """The trail, its changes in the words its reader may read."""

    def told_to_reader(self, cells: Sequence[Cell]) -> list[Cell]:
        """Return the cells with the changes told to this user."""
        told = Told(self.user)
        changes = Cell("changes", "Changes", told.words)
        return [changes if cell.name == "changes" else cell for cell in cells]

    @cached_property
    def shown_cells(self) -> list[Cell]:
        """The columns of the list."""
        return self.told_to_reader(super().shown_cells)

    @cached_property
    def exported_cells(self) -> list[Cell]:
        """The columns of an export."""
        return self.told_to_reader(super().exported_cells)


class AuditEntryViewSet(RecordViewSet):
    """The council's chain of decisions, newest first."""

    model = AuditEntry
    icon = "history"
    index_view_class = EntryIndexView
    inspect_view_class = EntryInspectView
    related_fields = ("actor",)
    cells: Sequence[Cell] = (
        Cell("sequence", "No.", sort_key="sequence"),
        Moment("at", "When", sort_key="at"),
        Cell("actor", "Who", sort_key="actor__username"),
        Cell("action", "What", lambda row: row.action.replace("_", " ").capitalize()),
        Cell("subject_label", "Record", sort_key="subject_label"),
        Cell("changes", "Changes", lambda row: ""),
        Cell("reason", "Reason"),
    )
    detail_cells: Sequence[Cell] = (
        *(cell for cell in cells if cell.name != "changes"),
        Cell("subject_type", "Kind of record"),
        Cell("hash", "Hash"),
        Cell("previous_hash", "Hash of the entry before"),
    )
    list_filter = ["action", "subject_type"]
    search_fields = ["subject_label", "reason", "action"]
    introduction = (
        "Every decision, who took it and why. Entries are chained: none can be changed or removed "
        "without it showing (manage.py verify_audit)."
    )
    empty = "Nothing has been decided yet."

    def more(self, user: User, record: AuditEntry) -> dict[str, Any]:
        """Add the changes as rows of before and after."""
        return {"changes": Told(user).rows(record)}
