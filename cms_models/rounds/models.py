"""Carers, shifts, dated visits, and the rounds proposed and published for a day."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q

from cms_models.accounts.models import TenantModel, TenantQuerySet
from cms_models.care.models import CarePackage, Person, VisitPattern, VisitPriority
from cms_models.care.patterns import DAYS, MINUTES_PER_DAY, clock
from cms_models.jobs.models import Job
from cms_models.market.models import providers_of
from cms_models.rates.models import VisitKind

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from cms_models.accounts.models import User


class TravelMode(models.TextChoices):
    """How a carer gets about."""

    CAR = "car", "Car"
    WALK = "walk", "On foot"
    CYCLE = "cycle", "Bicycle"


class Carer(TenantModel):
    """Somebody of the in-house service who visits people."""

    ref = models.CharField("carer ref", max_length=30)
    first_name = models.CharField(max_length=60)
    last_name = models.CharField(max_length=60)
    gender = models.CharField(max_length=10, blank=True)
    home_postcode = models.CharField(max_length=8)
    latitude = models.FloatField(editable=False)
    longitude = models.FloatField(editable=False)
    skills = models.JSONField(default=list, blank=True)
    contract_minutes_per_week = models.PositiveIntegerField(default=0)
    travel_mode = models.CharField(max_length=6, choices=TravelMode.choices, default=TravelMode.CAR)
    team = models.CharField(max_length=60, blank=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["last_name", "first_name", "id"]
        constraints = [models.UniqueConstraint(fields=["authority", "ref"], name="one_carer_a_ref")]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}"


class Shift(TenantModel):
    """A carer's weekly shift in minutes after midnight, in force on `[valid_from, valid_to)`."""

    carer = models.ForeignKey(Carer, on_delete=models.CASCADE, related_name="shifts")
    weekday = models.PositiveSmallIntegerField(choices=list(enumerate(DAYS)))
    starts_minutes = models.PositiveSmallIntegerField(
        validators=[MaxValueValidator(MINUTES_PER_DAY)]
    )
    ends_minutes = models.PositiveSmallIntegerField(validators=[MaxValueValidator(MINUTES_PER_DAY)])
    valid_from = models.DateField()
    valid_to = models.DateField(
        null=True, blank=True, help_text="First day no longer in force; empty for no end."
    )

    class Meta:
        ordering = ["carer", "weekday", "starts_minutes"]
        constraints = [
            models.UniqueConstraint(
                fields=["carer", "weekday", "starts_minutes", "valid_from"],
                name="one_shift_a_start",
            ),
            models.CheckConstraint(
                condition=Q(ends_minutes__gt=F("starts_minutes")), name="shift_length"
            ),
        ]

    def __str__(self) -> str:
        return (
            f"{self.carer}, {DAYS[self.weekday]} "
            f"{clock(self.starts_minutes)}–{clock(self.ends_minutes)}"
        )


class CarerAbsence(TenantModel):
    """A carer who is not there from a minute of a day until its end, and why."""

    carer = models.ForeignKey(Carer, on_delete=models.CASCADE, related_name="absences")
    on = models.DateField("day", db_index=True)
    from_minutes = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(MINUTES_PER_DAY)]
    )
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-on", "carer"]
        constraints = [
            models.UniqueConstraint(fields=["carer", "on"], name="one_absence_a_carer_a_day")
        ]

    def __str__(self) -> str:
        since = f" from {clock(self.from_minutes)}" if self.from_minutes else ""
        return f"{self.carer}, {self.on:%d/%m/%Y}{since}"


class PreferenceKind(models.TextChoices):
    """What a person and a carer are to each other."""

    USUAL = "usual", "Usual carer"
    REQUIRED = "required", "Required: nobody else visits"
    REFUSED = "refused", "Refused: never visits"


class CarerPreference(TenantModel):
    """A person's carer by choice: usual, required (with others so named) or refused."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="carer_preferences")
    carer = models.ForeignKey(Carer, on_delete=models.CASCADE, related_name="person_preferences")
    kind = models.CharField(max_length=8, choices=PreferenceKind.choices)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["person", "kind", "carer"]
        constraints = [
            models.UniqueConstraint(fields=["person", "carer"], name="one_preference_a_pair")
        ]

    def __str__(self) -> str:
        return f"{self.carer}: {self.get_kind_display().split(':')[0].lower()}"


class VisitState(models.TextChoices):
    """Whether a visit is still wanted."""

    PLANNED = "planned", "Planned"
    CANCELLED = "cancelled", "Cancelled"


class VisitQuerySet(TenantQuerySet):
    """Visits: staff by role, a provider those of the packages it delivers now."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Return the visits this user may see."""
        if providers_of(user):
            return self.filter(package__in=CarePackage.objects.visible_to(user))
        return super().visible_to(user)


class Visit(TenantModel):
    """One attendance on one day; it belongs to the day it starts.

    It is made from a package's pattern, or, without one, added for its day by a person.
    """

    package = models.ForeignKey(CarePackage, on_delete=models.CASCADE, related_name="visits")
    pattern = models.ForeignKey(
        VisitPattern, null=True, blank=True, on_delete=models.CASCADE, related_name="visits"
    )
    on = models.DateField(db_index=True)
    earliest_minutes = models.PositiveSmallIntegerField()
    latest_minutes = models.PositiveSmallIntegerField()
    minutes = models.PositiveSmallIntegerField()
    carers = models.PositiveSmallIntegerField(default=1)
    skills = models.JSONField(default=list, blank=True)
    visit_kind = models.CharField(
        max_length=10, choices=VisitKind.choices, default=VisitKind.HOURLY
    )
    priority = models.CharField(
        max_length=8,
        choices=VisitPriority.choices,
        blank=True,
        help_text="Empty: as the package says.",
    )
    state = models.CharField(max_length=10, choices=VisitState.choices, default=VisitState.PLANNED)

    objects = VisitQuerySet.as_manager()

    class Meta:
        ordering = ["on", "earliest_minutes", "id"]
        constraints = [
            models.UniqueConstraint(fields=["pattern", "on"], name="one_visit_a_pattern_a_day")
        ]
        indexes = [models.Index(fields=["authority", "on", "state"])]

    def __str__(self) -> str:
        return f"{self.package} {self.on:%d/%m/%Y} {clock(self.earliest_minutes)}"


class VisitPin(TenantModel):
    """A coordinator's word that this carer makes this visit; a double-up may have two."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="pins")
    carer = models.ForeignKey(Carer, on_delete=models.CASCADE, related_name="pins")
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["visit", "carer"]
        constraints = [
            models.UniqueConstraint(fields=["visit", "carer"], name="one_pin_a_visit_a_carer")
        ]

    def __str__(self) -> str:
        return f"{self.visit}: {self.carer}"


class PlanState(models.TextChoices):
    """Whether a day's rounds are proposed by the machine or published by a person."""

    PROPOSED = "proposed", "Proposed"
    PUBLISHED = "published", "Published"
    SUPERSEDED = "superseded", "Superseded"


class PlanRun(TenantModel):
    """One proposal of rounds for a day: what was asked, what came out, and who published it."""

    on = models.DateField(db_index=True)
    state = models.CharField(max_length=10, choices=PlanState.choices, default=PlanState.PROPOSED)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    seed = models.PositiveIntegerField(default=1)
    seconds = models.PositiveIntegerField()
    engine = models.CharField(max_length=60)
    travel = models.CharField(max_length=160)
    # The open formats of docs/formats.md, gzipped: the run can be checked and explained anywhere.
    problem = models.BinaryField()
    plan = models.BinaryField()
    totals = models.JSONField(default=dict)
    # What the problem could not say of the records: a pin to a carer off sick, a week's limit.
    notes = models.JSONField(default=list)
    based_on = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="edits"
    )
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    published_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-on", "-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "on"],
                condition=Q(state="published"),
                name="one_published_plan_a_day",
            )
        ]

    def __str__(self) -> str:
        return f"Rounds of {self.on:%d/%m/%Y} #{self.pk}"


class Round(TenantModel):
    """One carer's shift in a plan: an ordered list of stops."""

    run = models.ForeignKey(PlanRun, on_delete=models.CASCADE, related_name="rounds")
    carer = models.ForeignKey(Carer, on_delete=models.PROTECT, related_name="rounds")
    shift_starts_minutes = models.PositiveSmallIntegerField()
    shift_ends_minutes = models.PositiveSmallIntegerField()
    leaves_home_minutes = models.PositiveSmallIntegerField()
    back_home_minutes = models.PositiveSmallIntegerField()
    travel_minutes = models.PositiveSmallIntegerField()
    contact_minutes = models.PositiveSmallIntegerField()
    # The paid break: after how many stops, when it begins, how long; none where it is 0 minutes.
    break_after_stops = models.PositiveSmallIntegerField(default=0)
    break_starts_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    break_minutes = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["run", "carer", "shift_starts_minutes"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "carer", "shift_starts_minutes"], name="one_round_a_shift"
            )
        ]

    def __str__(self) -> str:
        return f"{self.carer}, {clock(self.shift_starts_minutes)}–{clock(self.shift_ends_minutes)}"


class Stop(models.Model):
    """A visit in a round: when the carer arrives, starts and leaves (minutes after midnight)."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="stops")
    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="stops")
    position = models.PositiveSmallIntegerField()
    arrive_minutes = models.PositiveSmallIntegerField()
    start_minutes = models.PositiveSmallIntegerField()
    leave_minutes = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["round", "position"]
        constraints = [
            models.UniqueConstraint(fields=["round", "visit"], name="one_stop_a_visit_a_round")
        ]

    def __str__(self) -> str:
        return f"{clock(self.start_minutes)} {self.visit.package}"


class UnplacedVisit(TenantModel):
    """A visit that no round of a plan holds, with the reasons and what would help."""

    run = models.ForeignKey(PlanRun, on_delete=models.CASCADE, related_name="unplaced")
    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="unplaced")
    reasons = models.JSONField(default=list)
    relaxations = models.JSONField(default=list)

    class Meta:
        ordering = ["run", "visit"]
        constraints = [
            models.UniqueConstraint(fields=["run", "visit"], name="one_reason_row_a_visit")
        ]

    def __str__(self) -> str:
        return f"{self.visit}: {'; '.join(self.reasons)}"


class PlanBatch(TenantModel):
    """A day divided into parts, each planned by a job of its own and joined into one plan run."""

    on = models.DateField(db_index=True)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    seed = models.PositiveIntegerField(default=1)
    seconds = models.PositiveIntegerField()
    travel = models.CharField(max_length=160)
    notes = models.JSONField(default=list)
    # The whole day as it was when it was divided: every part plans a piece of this very problem.
    problem = models.BinaryField()
    run = models.ForeignKey(
        PlanRun, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name_plural = "plan batches"
        ordering = ["-on", "-id"]

    def __str__(self) -> str:
        return f"Parts of {self.on:%d/%m/%Y} #{self.pk}"


class PlanPart(models.Model):
    """One part of a divided day: who and what is in it, its job, and its plan once it is done."""

    batch = models.ForeignKey(PlanBatch, on_delete=models.CASCADE, related_name="parts")
    name = models.CharField(max_length=60)
    carers = models.JSONField()
    visits = models.JSONField()
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    plan = models.BinaryField(null=True)

    class Meta:
        ordering = ["batch", "id"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "name"], name="one_part_a_name_a_batch")
        ]

    def __str__(self) -> str:
        return f"{self.batch}, {self.name}"
