"""Reading quality frameworks: the version that was published on a day."""

from datetime import date

from cms_models.accounts.models import User
from cms_models.publication.models import PublicationState
from cms_models.quality.models import QualityFramework, QualityStandard


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
    return (
        found.order_by("-published_on", "-edition", "title").prefetch_related("standards").first()
    )


def by_domain(framework: QualityFramework) -> dict[str, list[QualityStandard]]:
    """Return a framework's standards by domain (aim), both in order; needs standards prefetched."""
    found: dict[str, list[QualityStandard]] = {}
    for standard in framework.standards.all():
        found.setdefault(standard.domain, []).append(standard)
    return found
