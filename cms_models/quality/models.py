"""Quality frameworks, published to providers."""

from datetime import date
from typing import TYPE_CHECKING, ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from cms_models.accounts.models import TenantModel, TenantQuerySet, User
from cms_models.market.models import providers_of
from cms_models.publication.models import PublicationState, Publishable

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class QualityFrameworkQuerySet(TenantQuerySet):
    """Frameworks: staff see drafts too, a provider its council's published ones."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Return the frameworks this user may see."""
        if providers_of(user) and isinstance(user, User):
            return self.filter(authority_id=user.authority_id, state=PublicationState.PUBLISHED)
        return super().visible_to(user)


class QualityFramework(Publishable):
    """A version of what a council asks of its providers."""

    title = models.CharField(max_length=120)
    edition = models.PositiveSmallIntegerField(default=1)
    introduction = models.TextField(blank=True)
    published_on = models.DateField(null=True, blank=True, editable=False)

    objects = QualityFrameworkQuerySet.as_manager()

    class Meta:
        ordering = ["title", "-edition"]
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "title", "edition"], name="one_edition_a_number"
            )
        ]

    @property
    def begins_on(self) -> date | None:
        """The day it was published; None before: it holds from its approval."""
        return self.published_on

    def __str__(self) -> str:
        return f"{self.title}, version {self.edition}"


class QualityStandard(TenantModel):
    """One standard of a framework: its domain (aim), statement, weight and evidence asked."""

    part_of: ClassVar = "framework"

    framework = models.ForeignKey(
        QualityFramework, on_delete=models.CASCADE, related_name="standards"
    )
    order = models.PositiveSmallIntegerField(default=0)
    domain = models.CharField(max_length=120)
    code = models.CharField(max_length=20)
    statement = models.TextField()
    weight = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    evidence = models.TextField(blank=True)

    class Meta:
        ordering = ["framework", "order", "code"]
        constraints = [
            models.UniqueConstraint(fields=["framework", "code"], name="one_standard_a_code")
        ]

    def __str__(self) -> str:
        return f"{self.code}: {self.statement[:60]}"
