"""What providers state of themselves, and the register they are matched with."""

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models

from cms_models.accounts.models import TenantModel, TenantQuerySet
from cms_models.market.models.structure import Lot, Provider, providers_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from cms_models.accounts.models import User


class CqcLocation(TenantModel):
    """A line of the CQC's register as the council loaded it: who is registered, and how rated."""

    location_id = models.CharField("CQC location ID", max_length=20)
    provider_id = models.CharField("CQC provider ID", max_length=20, blank=True)
    name = models.CharField(max_length=200)
    provider_name = models.CharField(max_length=200, blank=True)
    postcode = models.CharField(max_length=8, blank=True)
    services = models.JSONField(default=list, blank=True)
    rating = models.CharField("latest overall rating", max_length=30, blank=True)
    rated_on = models.DateField(null=True, blank=True)
    care_home_beds = models.PositiveSmallIntegerField(null=True, blank=True)
    registered = models.BooleanField(default=True)
    read_on = models.DateField("as the CQC published it on")

    class Meta:
        verbose_name = "CQC location"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "location_id"], name="one_line_a_cqc_location"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.location_id})"


class ApplicationState(models.TextChoices):
    """How far somebody who registers as a provider has got."""

    STARTED = "started", "E-mail address not confirmed"
    CONFIRMED = "confirmed", "E-mail address confirmed"
    SUBMITTED = "submitted", "Waiting for the council"
    ACCEPTED = "accepted", "Accepted"
    REFUSED = "refused", "Refused"


class ProviderApplication(TenantModel):
    """Somebody registers as a provider: an e-mail address is enough, and it costs nothing (BR-08).

    The link in the e-mail carries a secret of which only the digest is kept.
    """

    email = models.EmailField("e-mail address")
    state = models.CharField(
        max_length=9, choices=ApplicationState.choices, default=ApplicationState.STARTED
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    link_ends_at = models.DateTimeField(editable=False)
    name = models.CharField(max_length=120, blank=True)
    cqc_location_id = models.CharField("CQC location ID", max_length=20, blank=True)
    words = models.TextField(blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    provider = models.ForeignKey(
        Provider, null=True, blank=True, on_delete=models.PROTECT, related_name="applications"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_words = models.TextField(blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.name or self.email


class OwnedQuerySet(TenantQuerySet):
    """What belongs to one provider: staff see all of theirs by role, a provider its own."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Return the rows this user may see."""
        own = providers_of(user)
        return self.filter(provider_id__in=own) if own else super().visible_to(user)


class DocumentKind(models.TextChoices):
    """What a council asks a provider for."""

    INSURANCE = "insurance", "Public liability insurance"
    DSPT = "dspt", "Data Security and Protection Toolkit"
    SAFEGUARDING = "safeguarding", "Safeguarding policy"
    CONTINUITY = "continuity", "Business continuity plan"
    OTHER = "other", "Another document"


class ProviderDocument(TenantModel):
    """A document a provider keeps with the council, valid until a day."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="documents")
    kind = models.CharField(max_length=12, choices=DocumentKind.choices)
    name = models.CharField("file name", max_length=120)
    content = models.BinaryField()
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    expires_on = models.DateField(
        "valid until", null=True, blank=True, help_text="First day it is no longer valid."
    )
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    replaced = models.BooleanField(default=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "-created_at"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.provider}"


class DeclaredCapacity(TenantModel):
    """Carer-minutes a week a provider says it can take in a lot, from a day on."""

    provider = models.ForeignKey(
        Provider, on_delete=models.CASCADE, related_name="declared_capacities"
    )
    lot = models.ForeignKey(Lot, on_delete=models.CASCADE, related_name="declared_capacities")
    minutes_per_week = models.PositiveIntegerField()
    from_day = models.DateField()
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    words = models.CharField(max_length=200, blank=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "declared capacities"
        ordering = ["-from_day", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "lot", "from_day"], name="one_capacity_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} in {self.lot}: {self.minutes_per_week} min a week"


class HomeKind(models.TextChoices):
    """What a care home is registered for."""

    RESIDENTIAL = "residential", "Residential"
    NURSING = "nursing", "Nursing"


class CareHome(TenantModel):
    """A care home of a provider's."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="homes")
    name = models.CharField(max_length=120)
    cqc_location_id = models.CharField("CQC location ID", max_length=20, blank=True)
    postcode = models.CharField(max_length=8)
    kinds = models.JSONField(default=list)
    beds = models.PositiveSmallIntegerField(null=True, blank=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["provider", "name"], name="one_home_a_name")]

    def __str__(self) -> str:
        return self.name


class VacancyQuerySet(TenantQuerySet):
    """Vacancies: staff by role, a provider those of its homes."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Return the rows this user may see."""
        own = providers_of(user)
        return self.filter(home__provider_id__in=own) if own else super().visible_to(user)


class Vacancy(TenantModel):
    """Free beds of one kind in a home, and what a week costs."""

    part_of: ClassVar = "home"

    home = models.ForeignKey(CareHome, on_delete=models.CASCADE, related_name="vacancies")
    kind = models.CharField(max_length=11, choices=HomeKind.choices)
    free = models.PositiveSmallIntegerField("free beds")
    weekly_pence = models.PositiveIntegerField("price a week, in pence")
    as_at = models.DateField()

    objects = VacancyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "vacancies"
        ordering = ["home__name", "kind"]
        constraints = [models.UniqueConstraint(fields=["home", "kind"], name="one_vacancy_a_kind")]

    def __str__(self) -> str:
        return f"{self.free} {self.get_kind_display().lower()} in {self.home}"
