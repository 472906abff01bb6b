"""Tenders of lots: what is asked, who bids, and what evaluators made of it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from cms_models.accounts.models import TenantModel, TenantQuerySet, User
from cms_models.market.models import Framework, Lot, Provider
from cms_models.tenders import domain
from cms_models.tenders.domain import BidTerms, PriceBasis, PriceRule, TenderTerms

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class TenderState(models.TextChoices):
    """Where a tender stands."""

    DRAFT = "draft", "Draft"
    OPEN = "open", "Open for bids"
    SCORING = "scoring", "Being scored"
    MODERATED = "moderated", "In moderation"
    DECIDED = "decided", "Decided"


# From here on evaluators see each other's scores.
SCORES_SHOWN = (TenderState.MODERATED, TenderState.DECIDED)


class Tender(TenantModel):
    """A competition for one lot of a framework, or for all its lots alike."""

    framework = models.ForeignKey(Framework, on_delete=models.PROTECT, related_name="tenders")
    lot = models.ForeignKey(
        Lot,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="tenders",
        help_text="Empty where one tender is for every lot of the framework.",
    )
    name = models.CharField(max_length=120)
    state = models.CharField(
        max_length=10, choices=TenderState.choices, default=TenderState.DRAFT, editable=False
    )
    price_rule = models.CharField(
        max_length=10,
        choices=[
            (PriceRule.PASS_FAIL.value, "passed or failed at the ceiling"),
            (PriceRule.LOWEST.value, "scored: lowest price / price × weight"),
        ],
        default=PriceRule.PASS_FAIL.value,
    )
    price_basis = models.CharField(
        "price is",
        max_length=10,
        choices=[
            (PriceBasis.HOURLY.value, "an hourly rate"),
            (PriceBasis.TOTAL.value, "one sum"),
            (PriceBasis.WHOLE_LIFE.value, "one-off cost + years × annual cost"),
        ],
        default=PriceBasis.HOURLY.value,
    )
    ceiling_pence = models.PositiveBigIntegerField(
        "price ceiling", null=True, blank=True, help_text="A bid above it fails and is not scored."
    )
    quality_weight = models.DecimalField(
        "quality weighs",
        max_digits=5,
        decimal_places=2,
        default=Decimal(100),
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text="Percent; the price weighs the rest.",
    )
    most_score = models.PositiveSmallIntegerField(
        "highest score",
        default=100,
        validators=[MinValueValidator(1)],
        help_text="The council's scale runs from 0 to this.",
    )
    contract_years = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1)], help_text="For one-off + years × annual cost."
    )
    award_cap_pence = models.PositiveBigIntegerField(
        "most that may be awarded",
        null=True,
        blank=True,
        help_text="A dearer bid cannot win without a higher approval.",
    )
    lead_places = models.PositiveSmallIntegerField(
        default=1, help_text="So many of the best become lead; 0 for a lot without a lead."
    )
    additional_places = models.PositiveSmallIntegerField(
        default=0, help_text="So many after them become additional providers."
    )
    published_on = models.DateField(null=True, blank=True)
    closes_on = models.DateField(null=True, blank=True, help_text="The last day for bids.")
    letters_on = models.DateField(null=True, blank=True, editable=False)
    standstill_ends_on = models.DateField(null=True, blank=True, editable=False)
    decision_reason = models.TextField(blank=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
    )
    places_given = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["-created_at", "name"]
        constraints = [
            models.UniqueConstraint(fields=["authority", "name"], name="one_tender_a_name"),
            models.CheckConstraint(
                condition=Q(closes_on=None)
                | Q(published_on=None)
                | Q(closes_on__gte=models.F("published_on")),
                name="tender_period",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def price_weight(self) -> Decimal:
        """What the price weighs, in percent."""
        return domain.HUNDRED - self.quality_weight

    @property
    def places_from(self) -> date | None:
        """The first day places may be given: the day after the standstill (PR-04)."""
        return self.standstill_ends_on and self.standstill_ends_on + timedelta(days=1)

    @property
    def terms(self) -> TenderTerms:
        """The tender as the pure rules want it."""
        return TenderTerms(
            PriceRule(self.price_rule),
            Decimal(self.quality_weight),
            Decimal(self.most_score),
            tuple(one.terms for one in self.criteria.all()),
            self.ceiling_pence,
        )


class Criterion(TenantModel):
    """A question by which quality is judged, with its weight of 100."""

    tender = models.ForeignKey(Tender, on_delete=models.CASCADE, related_name="criteria")
    code = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    weight = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.01")), MaxValueValidator(100)],
    )
    least_score = models.DecimalField(
        max_digits=6, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )

    class Meta:
        verbose_name_plural = "criteria"
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["tender", "code"], name="one_criterion_a_code")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def terms(self) -> domain.Criterion:
        """The criterion as the pure rules want it."""
        return domain.Criterion(self.code, str(self), self.weight, self.least_score)


class Bid(TenantModel):
    """An offer to deliver the lot at a price; `price_pence` is what is compared."""

    tender = models.ForeignKey(Tender, on_delete=models.CASCADE, related_name="bids")
    bidder = models.CharField(max_length=120)
    provider = models.ForeignKey(
        Provider,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="bids",
        help_text="Empty while the bidder is not one of the council's providers.",
    )
    price_pence = models.PositiveBigIntegerField()
    one_off_pence = models.PositiveBigIntegerField(null=True, blank=True)
    annual_pence = models.PositiveBigIntegerField(null=True, blank=True)
    tie_order = models.PositiveSmallIntegerField(
        "order among equal bids", null=True, blank=True, editable=False
    )

    class Meta:
        ordering = ["bidder"]
        constraints = [models.UniqueConstraint(fields=["tender", "bidder"], name="one_bid_each")]

    def __str__(self) -> str:
        return self.bidder

    @property
    def terms(self) -> BidTerms:
        """The bid with its agreed scores, as the pure rules want it."""
        agreed = {one.criterion.code: one.score for one in self.agreed_scores.all()}
        return BidTerms(self.bidder, self.price_pence, agreed)


class ScoreQuerySet(TenantQuerySet):
    """Scores: an evaluator's own, and everybody's once scoring is closed."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Return the scores this user may see."""
        seen = super().visible_to(user)
        shown = Q(bid__tender__state__in=SCORES_SHOWN)
        return seen.filter(shown | Q(evaluator_id=getattr(user, "pk", None)))


class Score(TenantModel):
    """What one evaluator gave a bid for one criterion."""

    bid = models.ForeignKey(Bid, on_delete=models.CASCADE, related_name="scores")
    criterion = models.ForeignKey(Criterion, on_delete=models.CASCADE, related_name="scores")
    evaluator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    score = models.DecimalField(max_digits=6, decimal_places=2)
    comment = models.TextField(blank=True)

    objects = ScoreQuerySet.as_manager()

    class Meta:
        ordering = ["bid", "criterion", "evaluator"]
        constraints = [
            models.UniqueConstraint(
                fields=["bid", "criterion", "evaluator"], name="one_score_an_evaluator"
            )
        ]

    def __str__(self) -> str:
        return f"{self.evaluator}: {self.bid}, {self.criterion}"


class ModeratedScore(TenantModel):
    """The score agreed for a bid and criterion, by whom, and why where it is not the mean."""

    bid = models.ForeignKey(Bid, on_delete=models.CASCADE, related_name="agreed_scores")
    criterion = models.ForeignKey(Criterion, on_delete=models.CASCADE, related_name="agreed_scores")
    score = models.DecimalField(max_digits=6, decimal_places=2)
    reason = models.TextField(blank=True)
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["bid", "criterion"]
        constraints = [
            models.UniqueConstraint(fields=["bid", "criterion"], name="one_agreed_score")
        ]

    def __str__(self) -> str:
        return f"{self.bid}, {self.criterion}: {self.score}"
