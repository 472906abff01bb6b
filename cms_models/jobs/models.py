"""What runs in the background, and the files that came in: rows a person can look at."""

from typing import Any

from django.conf import settings
from django.db import models

from cms_models.accounts.models import TenantModel, TenantQuerySet
from cms_models.jobs.import_kinds import kinds_of


class JobState(models.TextChoices):
    """Where a job stands."""

    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    INTERRUPTED = "interrupted", "Interrupted"
    CANCELLED = "cancelled", "Cancelled"


class Job(TenantModel):
    """One piece of background work: the truth about it, whatever the queue believes.

    A worker takes the lease by a conditional update and renews it while it works; a lease that
    runs out means the worker died, and the job says so and can be run again.
    """

    kind = models.CharField(max_length=40, db_index=True)
    params = models.JSONField(default=dict)
    state = models.CharField(
        max_length=12, choices=JobState.choices, default=JobState.QUEUED, db_index=True
    )
    progress_percent = models.PositiveSmallIntegerField(default=0)
    progress_note = models.CharField(max_length=200, blank=True)
    progress_points = models.JSONField(default=list)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    idempotency_key = models.CharField(max_length=120, unique=True, null=True, blank=True)
    worker = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    cancel_requested = models.BooleanField(default=False)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.kind.replace('_', ' ').capitalize()} #{self.pk}"

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to this job unless somebody runs it again."""
        return self.state not in (JobState.QUEUED, JobState.RUNNING)


class ImportState(models.TextChoices):
    """Where an import stands: a dry run comes first, a person accepts."""

    UPLOADED = "uploaded", "Uploaded"
    CHECKED = "checked", "Checked"
    ACCEPTED = "accepted", "Accepted"
    DISCARDED = "discarded", "Discarded"
    UNREADABLE = "unreadable", "Cannot be read"


class ImportRunQuerySet(TenantQuerySet):
    """Imports: staff see those of the records they may see (a file of people holds names)."""

    def visible_to(self, user: Any) -> "ImportRunQuerySet":
        """Return the imports whose rows this user may read."""
        runs = super().visible_to(user)
        kinds = [kind.name for kind in kinds_of(user).values() if kind.read_by(user)]
        return runs.filter(kind__in=kinds)


class ImportRun(TenantModel):
    """A file somebody sent, what it would change, and what was done about it."""

    profile = models.CharField(max_length=30, default="mosaic")
    kind = models.CharField(max_length=30, db_index=True)
    filename = models.CharField(max_length=200)
    # In the database, not on a disk: the worker that reads it may be another machine.
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64, db_index=True)
    size_bytes = models.PositiveIntegerField()
    mapping = models.JSONField(default=dict)
    headings = models.JSONField(default=list)
    state = models.CharField(
        max_length=12, choices=ImportState.choices, default=ImportState.UPLOADED
    )
    totals = models.JSONField(default=dict)
    problem = models.TextField(blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    check_job = models.ForeignKey(
        Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    accept_job = models.ForeignKey(
        Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    accepted_at = models.DateTimeField(null=True, blank=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        verbose_name = "import"
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.filename} ({self.kind})"


class RowOutcome(models.TextChoices):
    """What a row of an import would do, or did."""

    NEW = "new", "New"
    UPDATED = "updated", "Updated"
    UNCHANGED = "unchanged", "Unchanged"
    REJECTED = "rejected", "Rejected"


class ImportRowQuerySet(models.QuerySet):
    """Rows of imports, seen with their import."""

    def visible_to(self, user: Any) -> "ImportRowQuerySet":
        """Return the rows of imports the user may see."""
        return self.filter(run__in=ImportRun.objects.visible_to(user))


class ImportRow(models.Model):
    """What one row of a file would change, or why it was refused; unchanged rows are counted only.

    `differences` is a list of {column, before, after}; `errors` a list of {column, message};
    `cells` the row as sent, kept for rejected rows so that they go back in the sender's columns.
    """

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    outcome = models.CharField(max_length=10, choices=RowOutcome.choices)
    key = models.CharField(max_length=120)
    differences = models.JSONField(default=list)
    errors = models.JSONField(default=list)
    cells = models.JSONField(default=list)

    objects = ImportRowQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        indexes = [models.Index(fields=["run", "outcome", "number"])]

    def __str__(self) -> str:
        return f"row {self.number}: {self.outcome}"


class ExportFileQuerySet(TenantQuerySet):
    """Files that went out: they name people by number, so who may see people sees them."""

    def visible_to(self, user: Any) -> "ExportFileQuerySet":
        """Return the files this user may read."""
        files = super().visible_to(user)
        return files if user.has_perm("care.view_person") else files.none()


class ExportFile(TenantModel):
    """A file made for another system, kept as it was sent."""

    kind = models.CharField(max_length=30, db_index=True)
    filename = models.CharField(max_length=200)
    # In the database, as imports are: the worker that writes it may be another machine.
    content = models.BinaryField()
    rows = models.PositiveIntegerField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    objects = ExportFileQuerySet.as_manager()

    class Meta:
        verbose_name = "export"
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.filename
