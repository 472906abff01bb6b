"""The only writers of rate cards and budgets."""

from collections.abc import Sequence
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction

from cms_models.accounts.models import User
from cms_models.audit.services import save_record
from cms_models.places.models import PublicationState
from cms_models.rates.domain import Line
from cms_models.rates.models import Budget, RateCard, RateLine, VisitKind


def draft_card(
    *,
    actor: User,
    name: str,
    valid_from: date,
    valid_to: date | None = None,
    lines: Sequence[Line],
) -> RateCard:
    """Save a new rate card and its lines as a draft; nothing is priced by it yet."""
    with transaction.atomic():
        card = RateCard(
            authority=actor.authority, name=name, valid_from=valid_from, valid_to=valid_to
        )
        card.full_clean(exclude=["authority"])
        save_record(actor=actor, record_=card, expected_version=None)
        for line in lines:
            row = RateLine(
                authority=actor.authority,
                card=card,
                pathway=line.pathway or "",
                area=line.area or "",
                visit_kind=line.visit_kind,
                pence_per_hour=line.pence_per_hour,
            )
            row.full_clean(exclude=["authority", "card"])
            save_record(actor=actor, record_=row, expected_version=None)
    return card


def publish_card(*, actor: User, card: RateCard) -> RateCard:
    """Put a card in force from its date; the open card before it ends that day (it stays on file).

    Refused without an hourly line, and where another published card begins on the same day.
    """
    actor.must("publish", RateCard)
    if not card.lines.filter(visit_kind=VisitKind.HOURLY).exists():
        raise ValidationError(f"{card} has no hourly line: add one before publishing.")
    published = RateCard.objects.filter(
        authority=card.authority, state=PublicationState.PUBLISHED
    ).exclude(pk=card.pk)
    same_day = published.filter(valid_from=card.valid_from).first()
    if same_day is not None:
        raise ValidationError(
            f"{same_day} also begins on {card.valid_from:%d/%m/%Y}: choose another day."
        )
    with transaction.atomic():
        for earlier in published.filter(valid_from__lt=card.valid_from, valid_to=None):
            earlier.valid_to = card.valid_from
            save_record(
                actor=actor,
                record_=earlier,
                expected_version=earlier.version,
                reason=f"superseded by {card}",
            )
        later = published.filter(valid_from__gt=card.valid_from).order_by("valid_from").first()
        if later is not None and card.valid_to is None:
            card.valid_to = later.valid_from
        card.state = PublicationState.PUBLISHED
        return save_record(
            actor=actor, record_=card, expected_version=card.version, reason="published"
        )


def set_budget(
    *,
    actor: User,
    name: str,
    starts_on: date,
    ends_on: date,
    pathways: Sequence[str],
    amount_pence: int,
) -> Budget:
    """Add a budget, or change the one of that name and start."""
    row = Budget.objects.filter(authority=actor.authority, name=name, starts_on=starts_on).first()
    version = row.version if row else None
    row = row or Budget(authority=actor.authority, name=name, starts_on=starts_on)
    row.ends_on, row.pathways, row.amount_pence = ends_on, list(pathways), amount_pence
    row.full_clean(exclude=["authority"])
    return save_record(actor=actor, record_=row, expected_version=version)
