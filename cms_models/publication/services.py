"""The steps of a review: draft → submitted → approved by another person → in force on its day."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone

from cms_models.accounts.models import Authority, User
from cms_models.accounts.roles import Role
from cms_models.accounts.services import system_actor
from cms_models.audit.services import StaleEdit, picture, record, save_record
from cms_models.jobs.models import Job
from cms_models.jobs.services import enqueue
from cms_models.publication.domain import STEPS, Act, Step, Term, succession, withdrawal_refusal
from cms_models.publication.models import (
    CutShort,
    DatedPublishable,
    PublicationState,
    Publishable,
    ReviewAct,
    ReviewNote,
)
from cms_models.publication.registry import publication_of
from cms_models.publication.selectors import begun_unnoticed

PRICING_JOB = "resolve_packages"


def comment(*, actor: User, version: Publishable, text: str) -> ReviewNote:
    """Say something about a version under review; everybody who sees it may."""
    if not type(version).objects.visible_to(actor).filter(pk=version.pk).exists():
        raise ValidationError(f"{version} is not yours to comment on.")
    if not text.strip():
        raise ValidationError("Write what you want to say.")
    with transaction.atomic():
        note = _note(actor, version, ReviewAct.COMMENTED, text)
        record(actor=actor, action="comment", subject=version, after={"text": note.text})
    return note


def submit(
    *, actor: User, version: Publishable, text: str = "", seen: int | None = None
) -> Publishable:
    """Ask another person to approve a draft; refused with every fault that stands in the way."""
    with _step(Act.SUBMIT, actor=actor, version=version, text=text, seen=seen):
        _refuse_faults(version)
        version.state = PublicationState.SUBMITTED
        version.submitted_by, version.submitted_at = actor, timezone.now()
        _save(actor, version, reason=f"submitted: {text.strip()}".removesuffix(": "))
        _note(actor, version, ReviewAct.SUBMITTED, text)
    return version


def send_back(
    *, actor: User, version: Publishable, text: str, seen: int | None = None
) -> Publishable:
    """Make a submitted version a draft again, saying why; its own submitter may do so too."""
    with _step(Act.SEND_BACK, actor=actor, version=version, text=text, seen=seen):
        _to_draft(actor, version, reason=text)
        _note(actor, version, ReviewAct.RETURNED, text)
    return version


def approve(
    *, actor: User, version: Publishable, text: str = "", seen: int | None = None
) -> Publishable:
    """Put a submitted version in force from its day; never by the person who submitted it.

    `seen` is the version number of what the person looked at: approving something else is refused.
    Where its day is today or past, packages are priced by it at once, as a job.
    """
    with _step(Act.APPROVE, actor=actor, version=version, text=text, seen=seen):
        if actor.role == Role.SYSTEM:
            raise ValidationError("Approving is a person's act: the machine only proposes.")
        if version.submitted_by_id == actor.pk:
            raise ValidationError(
                f"You submitted {version} yourself: somebody else has to approve it."
            )
        version.approved_by, version.approved_at = actor, timezone.now()
        publication_of(version).publish(actor=actor, record=version)
        _note(actor, version, ReviewAct.APPROVED, text)
        if text.strip():
            record(actor=actor, action="approve", subject=version, reason=text.strip())
        if publication_of(version).prices and _has_begun(version, on=timezone.localdate()):
            _price_again(version)
    return version


def withdraw(
    *, actor: User, version: Publishable, text: str, today: date, seen: int | None = None
) -> Publishable:
    """Make an approved version a draft again before its first day; what it ended runs on."""
    with _step(Act.WITHDRAW, actor=actor, version=version, text=text, seen=seen):
        refusal = withdrawal_refusal(name=str(version), valid_from=version.begins_on, on=today)
        if refusal:
            raise ValidationError(refusal)
        publication_of(version).take_back(actor=actor, record=version)
        _to_draft(actor, version, reason=text)
        _note(actor, version, ReviewAct.WITHDRAWN, text)
    return version


def mark_published(*, actor: User, version: Publishable) -> Publishable:
    """Save a version as published, with who approved it: the last step of every `publish`."""
    with transaction.atomic():
        version.state = PublicationState.PUBLISHED
        version.approved_by = version.approved_by or actor
        version.approved_at = version.approved_at or timezone.now()
        _save(actor, version, reason="published")
        if _has_begun(version, on=timezone.localdate()):
            _came_into_force(version)
    return version


def come_into_force(*, authority: Authority, on: date) -> list[Publishable]:
    """Keep in the audit that approved versions have begun by a day; each only once.

    Nothing has to be switched: what is in force is read by date. The day's own job resolves and
    prices every package by it.
    """
    with transaction.atomic():
        hold_configuration(authority)
        begun = begun_unnoticed(authority, on=on)
        for version in begun:
            _came_into_force(version)
    return begun


def hold_configuration(authority: Authority) -> None:
    """Keep other approvals of a council out until the caller's transaction ends."""
    # Not the audit's head, which every save takes last: taking it first could lock each other out.
    Authority.objects.select_for_update(no_key=True).get(pk=authority.pk)


def end_earlier(*, actor: User, version: DatedPublishable, others: models.QuerySet[Any]) -> None:
    """Let a version that is being published take its place among the published ones.

    What began before it ends on its first day, and it ends itself where a later one begins.
    """
    published = list(_published(others, apart_from=version))
    _settle(actor, [*published, version], reason=f"superseded by {version}", unsaved=version)


def reopen_earlier(*, actor: User, version: DatedPublishable, others: models.QuerySet[Any]) -> None:
    """Undo `end_earlier`: what this version ended runs on, and its own end is as it was stated."""
    own_ends = _own_ends([version])
    version.valid_to, version.ended_by = own_ends[version.pk], None
    CutShort.objects.filter(**_subject(version)).delete()
    published = list(_published(others, apart_from=version))
    _settle(actor, published, reason=f"{version} was taken back")


def _published(
    others: models.QuerySet[Any], *, apart_from: DatedPublishable
) -> models.QuerySet[Any]:
    return others.filter(state=PublicationState.PUBLISHED).exclude(pk=apart_from.pk)


def _settle(
    actor: User,
    versions: list[DatedPublishable],
    *,
    reason: str,
    unsaved: DatedPublishable | None = None,
) -> None:
    """Give each version the end that its place among the others asks for; `unsaved` is not saved.

    An end that somebody stated is kept aside while a later version cuts it short.
    """
    own_ends = _own_ends(versions)
    by_key = {version.pk: version for version in versions}
    endings = succession(
        Term(version.pk, version.valid_from, own_ends[version.pk]) for version in versions
    )
    for key, ending in endings.items():
        version = by_key[key]
        if (version.valid_to, version.ended_by_id) == (ending.valid_to, ending.ended_by):
            continue
        _keep_own_end(version, own_end=own_ends[key], cut=ending.ended_by is not None)
        version.valid_to = ending.valid_to
        version.ended_by = by_key[ending.ended_by] if ending.ended_by else None
        if version is not unsaved:
            _save(actor, version, reason=reason)


def _own_ends(versions: list[DatedPublishable]) -> dict[int, date | None]:
    """Return version id → the end stated for it, whatever has ended it since."""
    label = versions[0]._meta.label_lower if versions else ""
    cut = dict(
        CutShort.objects.filter(
            subject_type=label, subject_id__in=[version.pk for version in versions]
        ).values_list("subject_id", "own_end")
    )
    return {
        version.pk: cut.get(version.pk, None if version.ended_by_id else version.valid_to)
        for version in versions
    }


def _keep_own_end(version: DatedPublishable, *, own_end: date | None, cut: bool) -> None:
    if cut and own_end is not None:
        CutShort.objects.get_or_create(
            **_subject(version), defaults={"authority": version.authority, "own_end": own_end}
        )
    if not cut:
        CutShort.objects.filter(**_subject(version)).delete()


def _subject(version: Publishable) -> dict[str, Any]:
    return {"subject_type": version._meta.label_lower, "subject_id": version.pk}


@contextmanager
def _step(
    act: Act, *, actor: User, version: Publishable, text: str, seen: int | None
) -> Iterator[None]:
    """Check that the actor may take a step from here, and hold the version until it is taken."""
    step = STEPS[act]
    actor.must(step.verb, type(version))
    with transaction.atomic():
        stored = _held(version)
        _refuse_other_state(stored, step)
        expected = version.version if seen is None else seen
        if stored.version != expected or version.version != stored.version:
            raise StaleEdit(record=version, theirs=picture(stored))
        if step.why and not text.strip():
            raise ValidationError(step.why)
        yield


def _held(version: Publishable) -> Publishable:
    """Return a version as stored; the council's other approvals wait until the transaction ends."""
    hold_configuration(version.authority)
    stored: Publishable = type(version).objects.select_for_update().get(pk=version.pk)
    return stored


def _refuse_other_state(stored: Publishable, step: Step) -> None:
    if stored.state == step.starts_from:
        return
    by = f" by {stored.approved_by}" if stored.approved_by else ""
    raise ValidationError(
        f"{stored} {step.otherwise}: it is “{stored.get_state_display().lower()}”{by}."
    )


def _has_begun(version: Publishable, *, on: date) -> bool:
    return version.begins_on is not None and version.begins_on <= on


def _price_again(version: Publishable) -> Job:
    """Queue the pricing of every package by a version approved for today; once a version."""
    return enqueue(
        actor=system_actor(authority=version.authority),
        kind=PRICING_JOB,
        params={"on": timezone.localdate()},
        idempotency_key=f"{PRICING_JOB}:{version._meta.label_lower}:{version.pk}:{version.version}",
    )


def _came_into_force(version: Publishable) -> None:
    actor = system_actor(authority=version.authority)
    begins = f"from {version.begins_on:%d/%m/%Y}"
    _note(actor, version, ReviewAct.IN_FORCE, begins)
    record(actor=actor, action="in_force", subject=version, reason=begins)


def _to_draft(actor: User, version: Publishable, *, reason: str) -> None:
    version.state = PublicationState.DRAFT
    version.submitted_by = version.submitted_at = None
    version.approved_by = version.approved_at = None
    _save(actor, version, reason=reason)


def _save(actor: User, version: Publishable, *, reason: str) -> None:
    save_record(actor=actor, record_=version, expected_version=version.version, reason=reason)


def _refuse_faults(version: Publishable) -> None:
    faults = list(publication_of(version).faults(version))
    if faults:
        raise ValidationError([f"{version} cannot be put in force.", *faults])


def _note(actor: User, version: Publishable, act: Any, text: str) -> ReviewNote:
    note = ReviewNote(
        authority=version.authority,
        act=act,
        text=text.strip(),
        author=actor,
        **_subject(version),
    )
    note.full_clean(exclude=["authority"])
    note.save()
    return note
