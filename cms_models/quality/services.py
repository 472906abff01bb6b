"""The only writers of quality frameworks."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from cms_models.accounts.models import User
from cms_models.audit.services import save_record
from cms_models.publication.services import mark_published
from cms_models.quality.domain import weights_refusal
from cms_models.quality.models import QualityFramework, QualityStandard


def draft_framework(
    *,
    actor: User,
    title: str,
    edition: int,
    introduction: str,
    standards: Sequence[Mapping[str, Any]],
) -> QualityFramework:
    """Save a framework and its standards (domain, code, statement, weight, evidence) as a draft."""
    with transaction.atomic():
        framework = QualityFramework(
            authority=actor.authority, title=title, edition=edition, introduction=introduction
        )
        framework.full_clean(exclude=["authority"])
        save_record(actor=actor, record_=framework, expected_version=None)
        for order, standard in enumerate(standards):
            row = QualityStandard(
                authority=actor.authority, framework=framework, order=order, **standard
            )
            row.full_clean(exclude=["authority", "framework"])
            save_record(actor=actor, record_=row, expected_version=None)
    return framework


def publish_framework(*, actor: User, framework: QualityFramework, on: date) -> QualityFramework:
    """Publish a framework to providers; refused with the sum when its weights are not 100."""
    actor.must("publish", QualityFramework)
    refusals = framework_refusals(framework)
    if refusals:
        raise ValidationError(f"{framework} cannot be published. {' '.join(refusals)}")
    framework.published_on = on
    return mark_published(actor=actor, version=framework)


def framework_refusals(framework: QualityFramework) -> list[str]:
    """Return why a framework cannot be published: its weights do not make 100."""
    refusal = weights_refusal([row.weight for row in framework.standards.all()])
    return [refusal] if refusal else []
