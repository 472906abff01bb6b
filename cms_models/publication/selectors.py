"""Reading reviews: what waits, what is coming, and what was said."""

from datetime import date

from django.db import models

from cms_models.accounts.models import Authority, User
from cms_models.publication.models import (
    DatedPublishable,
    PublicationState,
    Publishable,
    ReviewAct,
    ReviewNote,
)
from cms_models.publication.registry import PUBLICATIONS


def notes_of(version: Publishable, *, user: User) -> models.QuerySet[ReviewNote]:
    """Return the steps of a version's review, oldest first, for a user who may see the version."""
    if not type(version).objects.visible_to(user).filter(pk=version.pk).exists():
        return ReviewNote.objects.none()
    return ReviewNote.objects.filter(
        authority_id=version.authority_id,
        subject_type=version._meta.label_lower,
        subject_id=version.pk,
    ).select_related("author")


def waiting_for_approval(user: User) -> list[Publishable]:
    """Return every submitted version this user may see, the one to begin first in front."""
    found: list[Publishable] = []
    for kind in PUBLICATIONS.values():
        rows = kind.model.objects.visible_to(user)  # type: ignore[attr-defined]
        found += rows.filter(state=PublicationState.SUBMITTED).select_related("submitted_by")
    return sorted(found, key=lambda row: (str(row.begins_on or ""), str(row)))


def drafts_of(user: User) -> list[Publishable]:
    """Return every draft this user may see and change, the one saved last in front."""
    found: list[Publishable] = []
    for kind in PUBLICATIONS.values():
        if user.may("change", kind.model):
            rows = kind.model.objects.visible_to(user)  # type: ignore[attr-defined]
            found += rows.filter(state=PublicationState.DRAFT)
    return sorted(found, key=lambda row: row.updated_at, reverse=True)


def beginning_from(user: User, *, day: date) -> list[Publishable]:
    """Return the approved versions that begin on a day or after it, the soonest in front."""
    found = [row for row in _approved(user) if row.begins_on is not None and row.begins_on >= day]
    return sorted(found, key=lambda row: (row.begins_on or day, str(row)))


def _approved(user: User) -> list[Publishable]:
    found: list[Publishable] = []
    for kind in PUBLICATIONS.values():
        rows = kind.model.objects.visible_to(user)  # type: ignore[attr-defined]
        rows = rows.filter(state=PublicationState.PUBLISHED)
        found += rows.select_related("authority", "submitted_by", "approved_by")
    return found


def begun_unnoticed(authority: Authority, *, on: date) -> list[Publishable]:
    """Return a council's approved versions that have begun by a day without a note of it."""
    found: list[Publishable] = []
    for kind in PUBLICATIONS.values():
        noticed = ReviewNote.objects.filter(
            subject_type=kind.label, act=ReviewAct.IN_FORCE, authority=authority
        ).values("subject_id")
        rows = kind.model.objects.filter(  # type: ignore[attr-defined]
            authority=authority, state=PublicationState.PUBLISHED
        )
        begun = rows.exclude(pk__in=noticed).select_related("authority")
        found += [row for row in begun if row.begins_on is not None and row.begins_on <= on]
    return found


def superseded_by(version: Publishable) -> list[Publishable]:
    """Return the versions that this one ended."""
    if not isinstance(version, DatedPublishable):
        return []
    ended = type(version).objects.filter(ended_by=version)
    return list(ended.select_related("authority"))
