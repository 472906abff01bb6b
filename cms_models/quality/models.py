"""Quality frameworks, published to providers."""

from datetime import date
from typing import TYPE_CHECKING, ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.text import slugify

from cms_models.accounts.models import TenantModel, TenantQuerySet, User
from cms_models.market.models import providers_of
from cms_models.publication.models import PublicationState, Publishable
from cms_models.quality.domain import Contents, CriterionTerms, KpiTerms, StandardTerms

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


def a_weight(help_text: str) -> models.DecimalField:
    """Return a field for a weight in percent."""
    return models.DecimalField(
        max_digits=5,
        decimal_places=2,
        default=0,
        help_text=help_text,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )


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

    @property
    def contents(self) -> Contents:
        """All that it asks, as the pure rules want it."""
        standards = self.standards.prefetch_related("criteria")
        return Contents(
            self.introduction,
            tuple(one.terms for one in standards),
            tuple(one.terms for one in self.kpis.all()),
        )

    @property
    def slug(self) -> str:
        """Its title as an address says it."""
        return slugify(self.title) or "framework"

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
    weight = a_weight("Its share of the whole framework.")
    evidence = models.TextField(blank=True)

    class Meta:
        ordering = ["framework", "order", "code"]
        constraints = [
            models.UniqueConstraint(fields=["framework", "code"], name="one_standard_a_code")
        ]

    def __str__(self) -> str:
        return f"{self.code}: {self.statement[:60]}"

    @property
    def terms(self) -> StandardTerms:
        """The standard as the pure rules want it."""
        return StandardTerms(
            self.domain,
            self.code,
            self.statement,
            self.weight,
            self.evidence,
            tuple(one.terms for one in self.criteria.all()),
        )


class QualityCriterion(TenantModel):
    """What an assessor looks at for a standard, its share of the standard, and what shows it."""

    part_of: ClassVar = "standard"

    standard = models.ForeignKey(QualityStandard, on_delete=models.CASCADE, related_name="criteria")
    order = models.PositiveSmallIntegerField(default=0)
    text = models.TextField()
    weight = a_weight("Its share of the standard.")
    evidence = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "quality criteria"
        ordering = ["standard", "order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["standard", "order"], name="one_criterion_a_place")
        ]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def terms(self) -> CriterionTerms:
        """The criterion as the pure rules want it."""
        return CriterionTerms(self.text, self.weight, self.evidence)


class KpiSense(models.TextChoices):
    """On which side of its target an indicator should lie."""

    AT_LEAST = "at_least", "at least"
    AT_MOST = "at_most", "at most"


class KpiDefinition(TenantModel):
    """A key performance indicator of a framework: how it is counted, in words, and its target."""

    part_of: ClassVar = "framework"

    framework = models.ForeignKey(QualityFramework, on_delete=models.CASCADE, related_name="kpis")
    order = models.PositiveSmallIntegerField(default=0)
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    unit = models.CharField(max_length=40)
    sense = models.CharField(max_length=8, choices=KpiSense.choices, default=KpiSense.AT_LEAST)
    target = models.DecimalField(max_digits=9, decimal_places=2, validators=[MinValueValidator(0)])
    formula = models.TextField("formula in words")

    class Meta:
        verbose_name = "KPI definition"
        ordering = ["framework", "order", "code"]
        constraints = [models.UniqueConstraint(fields=["framework", "code"], name="one_kpi_a_code")]

    def __str__(self) -> str:
        return f"{self.code}: {self.name}"

    @property
    def terms(self) -> KpiTerms:
        """The indicator as the pure rules want it."""
        return KpiTerms(self.code, self.name, self.unit, self.sense, self.target, self.formula)
