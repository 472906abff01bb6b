"""The only writers of rate cards, their lines, bank holidays and budgets."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from cms_models.accounts.models import User
from cms_models.audit.services import StaleEdit, delete_record, record, save_record
from cms_models.publication.models import PublicationState
from cms_models.publication.services import end_earlier, mark_published, reopen_earlier
from cms_models.rates.calendar import Holiday, govuk_holidays
from cms_models.rates.domain import Line, pounds
from cms_models.rates.models import BankHoliday, Budget, RateCard, RateLine, VisitKind
from cms_models.rates.selectors import card_of, faults_in, lines_token
from cms_models.rates.uplift import Uplift, uplifted_lines

FAULTS_NAMED = 20
LINES_MOST = 200
# Empty text where the pure rules say None: any.
TEXTS = frozenset({"pathway", "area", "day_type"})


def draft_card(
    *,
    actor: User,
    name: str,
    valid_from: date,
    valid_to: date | None = None,
    lines: Sequence[Line],
    corrects: RateCard | None = None,
    reason: str = "",
) -> RateCard:
    """Save a new rate card and its lines as a draft; nothing is priced by it yet."""
    actor.must("add", RateCard)
    with transaction.atomic():
        card = RateCard(
            authority=actor.authority,
            name=name,
            valid_from=valid_from,
            valid_to=valid_to,
            corrects=corrects,
        )
        card.full_clean(exclude=["authority"])
        save_record(actor=actor, record_=card, expected_version=None)
        for line in lines:
            _save_line(actor, RateLine(authority=actor.authority, card=card), line)
        if reason:
            record(actor=actor, action="draft_from", subject=card, after={}, reason=reason)
    return card


def copy_card(*, actor: User, card: RateCard, name: str, valid_from: date) -> RateCard:
    """Draft a new card with the lines of another, to supersede on a date of its own."""
    return draft_card(
        actor=actor,
        name=name,
        valid_from=valid_from,
        lines=card_of(card).lines,
        reason=f"copied from {card}",
    )


def correct_card(
    *, actor: User, card: RateCard, name: str, valid_from: date, valid_to: date | None = None
) -> RateCard:
    """Draft a correction of a published card with its lines, from a day within its period."""
    if card.state != PublicationState.PUBLISHED:
        raise ValidationError(f"{card} is no published card: change the draft itself.")
    refusals = _period_refusals(card, valid_from=valid_from, valid_to=valid_to)
    if refusals:
        raise ValidationError(refusals)
    return draft_card(
        actor=actor,
        name=name,
        valid_from=valid_from,
        valid_to=valid_to,
        lines=card_of(card).lines,
        corrects=card,
        reason=f"corrects {card}",
    )


def uplift_card(
    *, actor: User, card: RateCard, name: str, valid_from: date, by: Uplift
) -> RateCard:
    """Draft a new card whose lines are another's after an uplift."""
    try:
        lines = uplifted_lines(card_of(card).lines, by=by)
    except ValueError as refusal:
        raise ValidationError(str(refusal)) from refusal
    return draft_card(
        actor=actor,
        name=name,
        valid_from=valid_from,
        lines=lines,
        reason=f"{card} {by.words}",
    )


def set_lines(
    *, actor: User, card: RateCard, opened: str, lines: Sequence[tuple[int | None, Line]]
) -> list[RateLine]:
    """Make a draft's lines these: (id of a stored line or None, the line); the rest goes.

    `opened` is `lines_token` of what the editor saw. Raises StaleEdit, and writes nothing, when
    somebody saved a line in between.
    """
    actor.must("change", RateLine)
    if len(lines) > LINES_MOST:
        raise ValidationError(f"A card has at most {LINES_MOST} lines; these are {len(lines)}.")
    with transaction.atomic():
        card = RateCard.objects.select_for_update().get(pk=card.pk)
        if card.state != PublicationState.DRAFT:
            raise ValidationError(card.locked_because)
        before = {line.pk: line for line in card.lines.all()}
        was = [line.terms for line in before.values()]
        if opened != lines_token(card):
            raise StaleEdit(record=card, theirs=lines_in_words(card_of(card).lines))
        kept = {pk for pk, _ in lines if pk in before}
        for pk, line in before.items():
            if pk not in kept:
                delete_record(actor=actor, record_=line)
        for pk, line in lines:
            row = before.get(pk or 0) or RateLine(authority=card.authority, card=card)
            _save_line(actor, row, line)
        _record_lines(actor, card, was)
    return list(card.lines.all())


def lines_in_words(lines: Iterable[Line]) -> dict[str, str]:
    """Return lines as case and rate in words; a case said twice is numbered."""
    said: Counter[str] = Counter()
    found = {}
    for line in lines:
        said[line.words] += 1
        number = f" ({said[line.words]})" if said[line.words] > 1 else ""
        found[f"{line.words}{number}"] = f"{pounds(line.pence_per_hour)}/h"
    return found


def _record_lines(actor: User, card: RateCard, before: Sequence[Line]) -> None:
    """Say on the card itself which lines changed, beside what is kept of each line."""
    was = lines_in_words(before)
    now = lines_in_words(line.terms for line in RateLine.objects.filter(card=card))
    changed = [name for name in {**was, **now} if was.get(name) != now.get(name)]
    if changed:
        record(
            actor=actor,
            action="change_lines",
            subject=card,
            before={name: was.get(name) for name in changed},
            after={name: now.get(name) for name in changed},
        )


def _save_line(actor: User, row: RateLine, line: Line) -> RateLine:
    version = row.version if row.pk else None
    for item in fields(line):
        value = getattr(line, item.name)
        setattr(row, item.name, "" if value is None and item.name in TEXTS else value)
    row.full_clean(exclude=["authority", "card"])
    return save_record(actor=actor, record_=row, expected_version=version)


def card_refusals(card: RateCard) -> list[str]:
    """Return why a card cannot be put in force, in sentences: lines, gaps, overlaps, days."""
    found = [] if _has_hourly(card) else [f"{card} has no hourly line: add one before publishing."]
    faults = faults_in(card).sentences
    found += [f"{sentence[:1].upper()}{sentence[1:]}." for sentence in faults[:FAULTS_NAMED]]
    if len(faults) > FAULTS_NAMED:
        found.append(f"And {len(faults) - FAULTS_NAMED} more gaps and overlaps.")
    if card.corrects is not None:
        return found + _period_refusals(
            card.corrects, valid_from=card.valid_from, valid_to=card.valid_to
        )
    published = _cards_of(card).filter(state=PublicationState.PUBLISHED)
    same_day = published.exclude(pk=card.pk).filter(valid_from=card.valid_from).first()
    if same_day is None:
        return found
    return [
        *found,
        f"{same_day} also begins on {card.valid_from:%d/%m/%Y}: choose another day, or draft a "
        "correction of it.",
    ]


def _has_hourly(card: RateCard) -> bool:
    return card.lines.filter(visit_kind=VisitKind.HOURLY).exists()


def _period_refusals(corrected: RateCard, *, valid_from: date, valid_to: date | None) -> list[str]:
    """Return why a correction does not lie within the period of what it corrects."""
    if corrected.state != PublicationState.PUBLISHED:
        return [f"{corrected} is not published, so there is nothing to correct: change it itself."]
    begins, ends = corrected.valid_from, corrected.over_on
    if valid_from < begins or (ends is not None and valid_from >= ends):
        until = f" to {ends:%d/%m/%Y} (first day not in force)" if ends else " on"
        return [
            f"A correction of {corrected} begins within its period, from {begins:%d/%m/%Y}{until}; "
            f"{valid_from:%d/%m/%Y} lies outside."
        ]
    if valid_to is not None and ends is not None and valid_to > ends:
        return [f"{corrected} ends before {ends:%d/%m/%Y}: a correction of it ends by then too."]
    return []


def publish_card(*, actor: User, card: RateCard) -> RateCard:
    """Put a card in force from its date; the open card before it ends that day (it stays on file).

    A correction ends nothing: the card it corrects stays as it was known. Refused with every fault.
    """
    actor.must("publish", RateCard)
    refusals = card_refusals(card)
    if refusals:
        raise ValidationError(refusals)
    with transaction.atomic():
        if card.corrects_id is None:
            end_earlier(actor=actor, version=card, others=_cards_of(card))
        return mark_published(actor=actor, version=card)


def take_back_card(*, actor: User, card: RateCard) -> None:
    """Let the card that this one ended run on; the card becomes a draft in the caller's step."""
    reopen_earlier(actor=actor, version=card, others=_cards_of(card))


def _cards_of(card: RateCard) -> QuerySet[RateCard]:
    """Return the council's cards that supersede one another: corrections stand beside them."""
    return RateCard.objects.filter(authority=card.authority, corrects=None)


def set_bank_holidays(*, actor: User, holidays: Iterable[Holiday]) -> int:
    """Add bank holidays, or rename those of a day already known; return how many changed.

    A day that is not named stays: the council's own days are taken back one by one.
    """
    actor.must("change", BankHoliday)
    known = {row.on: row for row in BankHoliday.objects.filter(authority=actor.authority)}
    changed = 0
    with transaction.atomic():
        for holiday in holidays:
            row = known.get(holiday.on) or BankHoliday(authority=actor.authority, on=holiday.on)
            if row.pk and row.name == holiday.name:
                continue
            row.name = holiday.name
            row.full_clean(exclude=["authority"])
            version = row.version if row.pk else None
            save_record(actor=actor, record_=row, expected_version=version)
            changed += 1
    return changed


def fill_bank_holidays(*, actor: User) -> int:
    """Add the bank holidays of England and Wales that ship with the product; return how many."""
    return set_bank_holidays(actor=actor, holidays=govuk_holidays())


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
