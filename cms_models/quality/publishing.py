"""How a quality framework goes live: on the day it is approved."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.publication.models import PublicationState
from cms_models.publication.registry import Publication, declare
from cms_models.quality.domain import part_changes, standard_changes
from cms_models.quality.models import QualityFramework, QualityStandard
from cms_models.quality.services import framework_refusals, publish_framework


def _publish(*, actor: User, record: QualityFramework) -> Any:
    return publish_framework(actor=actor, framework=record, on=timezone.localdate())


def _take_back(*, actor: User, record: QualityFramework) -> None:
    """Nothing: it is in force from its approval, so it is never taken back."""


def _changes(record: QualityFramework) -> Sequence[str]:
    """Say what differs from the edition of the same title before it."""
    earlier = QualityFramework.objects.filter(
        authority=record.authority,
        title=record.title,
        edition__lt=record.edition,
        state=PublicationState.PUBLISHED,
    )
    before = earlier.order_by("-edition").first()
    heading = f"{record} replaces version {before.edition}." if before else f"{record} is new."
    parts = part_changes(before.contents if before else None, record.contents)
    return [heading, *standard_changes(_stated(before), _stated(record)), *parts]


def _stated(framework: QualityFramework | None) -> dict[str, tuple[str, Any]]:
    """Return code → statement and weight of a framework's standards; nothing for none."""
    rows = QualityStandard.objects.filter(framework=framework) if framework else ()
    return {row.code: (row.statement, row.weight) for row in rows}


declare(Publication(QualityFramework, framework_refusals, _publish, _take_back, _changes))
