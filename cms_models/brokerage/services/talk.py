"""What is asked and answered of an open package, and messages between council and provider."""

from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from cms_models.accounts.models import User
from cms_models.audit.services import record
from cms_models.brokerage.free_text import personal_data_in
from cms_models.brokerage.models import (
    Invitation,
    InvitationState,
    Message,
    Question,
    ReleaseState,
)
from cms_models.brokerage.refusals import AlreadyAnswered, TooLate
from cms_models.brokerage.services.offers import moment, require_acts_for
from cms_models.brokerage.services.releases import locked
from cms_models.brokerage.services.requirements import (
    refuse_personal_data,
    refuse_providers_words,
    require_keepable,
    require_own,
)
from cms_models.care.models import Award, CarePackage
from cms_models.market.models import Provider, providers_of
from cms_models.notices.models import EventKind
from cms_models.notices.services import tell

LONGEST_QUESTION, LONGEST_ANSWER, LONGEST_MESSAGE = 500, 1000, 4000


def ask(*, actor: User, invitation: Invitation, text: str, now: datetime) -> Question:
    """Ask about an open package; once answered everybody asked reads it, and nobody who asked."""
    require_acts_for(actor, invitation.provider)
    words = _checked(text, "question", LONGEST_QUESTION)
    with transaction.atomic():
        release = locked(invitation.release)
        row = Invitation.objects.select_related("provider").get(pk=invitation.pk)
        _refuse_closed(release.state, row, now)
        refuse_providers_words(iter([("Question", words)]))
        question = Question.objects.create(
            authority_id=row.authority_id,
            release=release,
            provider=row.provider,
            text=words,
            asked_by=actor,
            asked_at=now,
        )
        record(
            actor=actor,
            action="ask",
            subject=release.package,
            after={"provider": row.provider.name, "question": words, "asked_at": now},
        )
    return question


def _refuse_closed(state: str, row: Invitation, now: datetime) -> None:
    offered = row.state == InvitationState.OFFERED
    if state != ReleaseState.OPEN or not (offered or row.state == InvitationState.OPEN):
        raise TooLate(f"{row.release.package} is no longer open to {row.provider}.")
    if not offered and now >= row.closes_at:
        raise TooLate(f"The time to answer ran out on {moment(row.closes_at)}.")


def answer(*, actor: User, question: Question, text: str, now: datetime) -> Question:
    """Answer a question once, to everybody who was asked about the package."""
    actor.must("change", Question)
    require_own(actor, question.release.package)
    words = _checked(text, "answer", LONGEST_ANSWER)
    with transaction.atomic():
        release = locked(question.release)
        row = Question.objects.select_for_update(of=("self",)).get(pk=question.pk)
        if row.answered_at is not None:
            raise AlreadyAnswered(f"It was answered on {moment(row.answered_at)}: “{row.answer}”")
        if release.state != ReleaseState.OPEN:
            raise TooLate(f"{release.package} is no longer open: nobody reads the answer.")
        _refuse_naming(release.package, row)
        refuse_personal_data(release.package, iter([("Answer", words)]))
        row.answer, row.answered_by, row.answered_at = words, actor, now
        row.version += 1
        row.save()
        record(
            actor=actor,
            action="answer",
            subject=release.package,
            after={"question": row.text, "answer": words, "answered_at": now},
        )
        asked = release.invitations.filter(
            state__in=[InvitationState.OPEN, InvitationState.OFFERED]
        )
        for invitation in asked.select_related("provider"):
            tell(
                actor=actor,
                provider=invitation.provider,
                kind=EventKind(EventKind.QUESTION_ANSWERED),
                package=release.package,
                payload={"invitation": str(invitation.public_id)},
            )
    return row


def _refuse_naming(package: CarePackage, question: Question) -> None:
    """Refuse to show everybody a question that names the person; who asked is not told."""
    names = (package.person.first_name, package.person.last_name)
    found = personal_data_in(question.text, names=names)
    if found:
        way = "An answer would show it to everybody asked: write to the provider instead."
        raise ValidationError([f"Question: {sentence} {way}" for sentence in found])


def send_message(
    *, actor: User, provider: Provider, package: CarePackage | None, text: str, now: datetime
) -> Message:
    """Write to a provider, or as one to the council, about a package or about none.

    Only who delivers a package is written to about the person: any other text is checked.
    """
    from_provider = provider.pk in providers_of(actor)
    if not from_provider:
        actor.must("change", Message)
        if provider.authority_id != actor.authority_id:
            raise PermissionDenied("That provider belongs to another council.")
    words = _checked(text, "message", LONGEST_MESSAGE)
    _refuse_about(actor, provider, package, words, from_provider=from_provider)
    with transaction.atomic():
        row = Message.objects.create(
            authority_id=provider.authority_id,
            provider=provider,
            package=package,
            text=words,
            from_provider=from_provider,
            sent_by=actor,
            sent_at=now,
        )
        record(
            actor=actor,
            action="send_message",
            subject=package or provider,
            after={"provider": provider.name, "message": row.pk, "from_provider": from_provider},
        )
        if not from_provider:
            tell(
                actor=actor,
                provider=provider,
                kind=EventKind(EventKind.MESSAGE_SENT),
                package=package,
                payload={"message": str(row.public_id)},
            )
    return row


def _refuse_about(
    actor: User,
    provider: Provider,
    package: CarePackage | None,
    words: str,
    *,
    from_provider: bool,
) -> None:
    """Refuse a package the provider has nothing to do with, and personal data it may not read."""
    if package is None:
        found = [] if from_provider else personal_data_in(words)
        if found:
            way = "Write about the package it delivers, or take it out."
            raise ValidationError([f"Message: {sentence} {way}" for sentence in found])
        return
    require_own(actor, package)
    delivers = Award.objects.filter(package=package, provider=provider, current=True).exists()
    invited = Invitation.objects.filter(release__package=package, provider=provider).exists()
    if not delivers and not invited:
        raise ValidationError(f"{provider} has nothing to do with that package.")
    if not delivers and not from_provider:
        refuse_personal_data(package, iter([("Message", words)]))


def mark_read(*, actor: User, provider: Provider, now: datetime) -> int:
    """Keep when the other side's messages were read; returns how many were new."""
    own_side = provider.pk in providers_of(actor)
    if not own_side:
        actor.must("change", Message)
        if provider.authority_id != actor.authority_id:
            raise PermissionDenied("That provider belongs to another council.")
    unread = Message.objects.filter(provider=provider, from_provider=not own_side, read_at=None)
    return unread.update(read_at=now)


def _checked(text: str, what: str, longest: int) -> str:
    words = text.strip()
    require_keepable(words)
    if not words:
        raise ValidationError(f"The {what} is empty: write it first.")
    if len(words) > longest:
        raise ValidationError(f"The {what} has at most {longest} characters.")
    return words
