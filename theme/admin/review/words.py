"""A version under review as the pages name it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.text import capfirst

from cms_models.publication.domain import Standing
from cms_models.publication.models import Publishable

TONES = {
    Standing.DRAFT: "wait",
    Standing.SUBMITTED: "wait",
    Standing.SCHEDULED: "good",
    Standing.IN_FORCE: "good",
    Standing.ENDED: "quiet",
}


@dataclass(frozen=True)
class VersionWords:
    """A version in a list: what it is, where it stands, and where it is reviewed."""

    version: Publishable
    kind: str
    standing: str
    tone: str
    url: str
    changes: Sequence[str] = ()


def kind_words(version: Publishable) -> str:
    """Return what kind of configuration a version is of."""
    return capfirst(str(version._meta.verbose_name))


def review_url(version: Publishable) -> str:
    """Return the address of a version's review."""
    return reverse("review_page", args=[version._meta.model_name, version.pk])


def version_words(version: Publishable, *, on: date, changes: Sequence[str] = ()) -> VersionWords:
    """Return a version as a list shows it, with what changes where that is shown."""
    standing = version.standing(on)
    return VersionWords(
        version,
        kind_words(version),
        standing.words,
        TONES[standing],
        review_url(version),
        changes,
    )
