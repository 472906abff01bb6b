"""The only writers of quality frameworks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction

from cms_models.accounts.models import TenantModel, User
from cms_models.audit.services import StaleEdit, delete_record, record, save_record
from cms_models.publication.models import PublicationState
from cms_models.publication.services import mark_published
from cms_models.quality.domain import (
    Contents,
    CriterionTerms,
    KpiTerms,
    StandardTerms,
    contents_refusals,
    weights_refusals,
)
from cms_models.quality.models import (
    KpiDefinition,
    QualityCriterion,
    QualityFramework,
    QualityStandard,
)
from cms_models.quality.selectors import contents_token

STANDARDS_MOST = 60
CRITERIA_MOST = 160
KPIS_MOST = 30


def draft_framework(
    *,
    actor: User,
    title: str,
    edition: int,
    introduction: str,
    standards: Sequence[Mapping[str, Any]],
    kpis: Sequence[Mapping[str, Any]] = (),
) -> QualityFramework:
    """Save a framework with its standards, their criteria and its indicators as a draft."""
    contents = Contents(
        introduction,
        tuple(_standard_of(one) for one in standards),
        tuple(KpiTerms(**one) for one in kpis),
    )
    return _draft(actor, title=title, edition=edition, contents=contents)


def _standard_of(stated: Mapping[str, Any]) -> StandardTerms:
    criteria = tuple(CriterionTerms(**one) for one in stated.get("criteria", ()))
    return StandardTerms(**{**stated, "criteria": criteria})


def _draft(
    actor: User, *, title: str, edition: int, contents: Contents, reason: str = ""
) -> QualityFramework:
    actor.must("add", QualityFramework)
    _refuse_bad(contents)
    with transaction.atomic():
        framework = QualityFramework(
            authority=actor.authority,
            title=title,
            edition=edition,
            introduction=contents.introduction,
        )
        framework.full_clean(exclude=["authority"])
        save_record(actor=actor, record_=framework, expected_version=None)
        _write(actor, framework, contents)
        if reason:
            record(actor=actor, action="draft_from", subject=framework, after={}, reason=reason)
    return framework


def next_edition(*, actor: User, framework: QualityFramework) -> QualityFramework:
    """Draft the next version of a framework with the contents of this one."""
    editions = QualityFramework.objects.filter(
        authority=actor.authority, title=framework.title
    ).order_by("-edition")
    last = editions.first()
    if last is not None and last.state != PublicationState.PUBLISHED:
        raise ValidationError(f"{last} is not published yet: change that one.")
    return _draft(
        actor,
        title=framework.title,
        edition=(last or framework).edition + 1,
        contents=framework.contents,
        reason=f"copied from {framework}",
    )


def set_contents(
    *, actor: User, framework: QualityFramework, opened: str, contents: Contents
) -> QualityFramework:
    """Make a draft ask exactly this; the weights may still be on their way to 100.

    `opened` is `contents_token` of what the editor saw. Raises StaleEdit, and writes nothing, when
    somebody saved in between.
    """
    actor.must("change", QualityFramework)
    _refuse_bad(contents)
    with transaction.atomic():
        held = QualityFramework.objects.select_for_update().get(pk=framework.pk)
        if held.state != PublicationState.DRAFT:
            raise ValidationError(held.locked_because)
        was = held.contents
        if opened != contents_token(held):
            raise StaleEdit(record=held, theirs=was.in_words)
        version, held.introduction = held.version, contents.introduction
        save_record(actor=actor, record_=held, expected_version=version)
        _write(actor, held, contents)
        _record_change(actor, held, was.in_words, contents.in_words)
    return held


def _refuse_bad(contents: Contents) -> None:
    refusals = contents_refusals(contents)
    counts = (
        ("standards", len(contents.standards), STANDARDS_MOST),
        ("criteria", sum(len(one.criteria) for one in contents.standards), CRITERIA_MOST),
        ("indicators", len(contents.kpis), KPIS_MOST),
    )
    refusals += [
        f"A framework has at most {most} {name}; these are {count}."
        for name, count, most in counts
        if count > most
    ]
    if refusals:
        raise ValidationError(refusals)


def _record_change(
    actor: User, framework: QualityFramework, was: Mapping[str, str], now: Mapping[str, str]
) -> None:
    """Say on the framework itself what changed, beside what is kept of each part."""
    changed = [name for name in {**was, **now} if was.get(name) != now.get(name)]
    if changed:
        record(
            actor=actor,
            action="change_contents",
            subject=framework,
            before={name: was.get(name) for name in changed},
            after={name: now.get(name) for name in changed},
        )


def _write(actor: User, framework: QualityFramework, contents: Contents) -> None:
    """Write standards by their code, their criteria by place and the indicators by their code."""
    stored = {row.code: row for row in framework.standards.all()}
    _remove(actor, stored, [one.code for one in contents.standards])
    for order, one in enumerate(contents.standards):
        row = stored.get(one.code) or QualityStandard(
            authority=framework.authority, framework=framework
        )
        _save(actor, row, one, order=order)
        _write_criteria(actor, row, one.criteria)
    kpis = {row.code: row for row in framework.kpis.all()}
    _remove(actor, kpis, [one.code for one in contents.kpis])
    for order, kpi in enumerate(contents.kpis):
        definition = kpis.get(kpi.code) or KpiDefinition(
            authority=framework.authority, framework=framework
        )
        _save(actor, definition, kpi, order=order)


def _write_criteria(
    actor: User, standard: QualityStandard, criteria: Sequence[CriterionTerms]
) -> None:
    stored = {str(row.order): row for row in standard.criteria.all()}
    _remove(actor, stored, [str(place) for place in range(len(criteria))])
    for order, one in enumerate(criteria):
        row = stored.get(str(order)) or QualityCriterion(
            authority=standard.authority, standard=standard
        )
        _save(actor, row, one, order=order)


def _remove(actor: User, stored: Mapping[str, models.Model], kept: Iterable[str]) -> None:
    staying = set(kept)
    for code, row in stored.items():
        if code not in staying:
            delete_record(actor=actor, record_=row)


def _save(
    actor: User, row: TenantModel, terms: StandardTerms | CriterionTerms | KpiTerms, *, order: int
) -> None:
    version = row.version if row.pk else None
    row.order = order  # type: ignore[attr-defined]
    for item in fields(terms):
        if item.name != "criteria":
            setattr(row, item.name, getattr(terms, item.name))
    row.full_clean(exclude=["authority", "framework", "standard"])
    save_record(actor=actor, record_=row, expected_version=version)


def publish_framework(*, actor: User, framework: QualityFramework, on: date) -> QualityFramework:
    """Publish a framework to providers; refused with the sum when its weights are not 100."""
    actor.must("publish", QualityFramework)
    refusals = framework_refusals(framework)
    if refusals:
        raise ValidationError(f"{framework} cannot be published. {' '.join(refusals)}")
    framework.published_on = on
    return mark_published(actor=actor, version=framework)


def framework_refusals(framework: QualityFramework) -> list[str]:
    """Return why a framework cannot be published: which of its weights do not make 100 (QA-03)."""
    return weights_refusals(framework.contents.standards)
