"""Reading quality frameworks: the version that was published on a day."""

from datetime import date
from decimal import Decimal
from hashlib import sha256

from django.db.models import QuerySet

from cms_models.accounts.models import Authority, User
from cms_models.publication.models import PublicationState
from cms_models.quality.domain import domain_weights
from cms_models.quality.models import QualityFramework, QualityStandard

PARTS = ("standards__criteria", "kpis")


def framework_on(
    *, user: User, on: date, title: str | None = None, edition: int | None = None
) -> QualityFramework | None:
    """Return the framework published last on or before a day (QA-01), or the edition named."""
    found = QualityFramework.objects.visible_to(user).filter(
        state=PublicationState.PUBLISHED, published_on__lte=on
    )
    if title is not None:
        found = found.filter(title=title)
    if edition is not None:
        found = found.filter(edition=edition)
    return found.order_by("-published_on", "-edition", "title").prefetch_related(*PARTS).first()


def published_frameworks(authority: Authority) -> QuerySet[QualityFramework]:
    """Return a council's published versions, the newest first: open to everybody."""
    return QualityFramework.objects.filter(
        authority=authority, state=PublicationState.PUBLISHED
    ).order_by("-published_on", "-edition", "title")


def edition_asked(
    authority: Authority, *, slug: str | None = None, edition: int | None = None
) -> QualityFramework | None:
    """Return the published version of a title and number, or the one published last."""
    for row in published_frameworks(authority).prefetch_related(*PARTS):
        if slug in (None, row.slug) and edition in (None, row.edition):
            return row
    return None


def by_domain(framework: QualityFramework) -> dict[str, list[QualityStandard]]:
    """Return a framework's standards by domain (aim), both in order; needs standards prefetched."""
    found: dict[str, list[QualityStandard]] = {}
    for standard in framework.standards.all():
        found.setdefault(standard.domain, []).append(standard)
    return found


def weights_by_domain(framework: QualityFramework) -> dict[str, Decimal]:
    """Return what each domain weighs: the sum of its standards."""
    return domain_weights(list(framework.standards.all()))


def contents_token(framework: QualityFramework) -> str:
    """Return a mark of what a framework asks now; another save of any part changes it."""
    rows = [
        (framework.pk, framework.version),
        *framework.standards.order_by("pk").values_list("pk", "version"),
        *framework.standards.order_by("criteria__pk").values_list(
            "criteria__pk", "criteria__version"
        ),
        *framework.kpis.order_by("pk").values_list("pk", "version"),
    ]
    return sha256(f"{framework.state} {rows}".encode()).hexdigest()[:16]
