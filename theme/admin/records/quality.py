"""Quality frameworks and their standards."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import reverse

from cms_models.accounts.models import User
from cms_models.publication.models import PublicationState
from cms_models.quality.models import QualityFramework, QualityStandard
from theme.admin.base import RecordViewSet
from theme.admin.cells import Cell, Day, Number, State
from theme.admin.forms import RecordForm
from theme.admin.review.actions import review_actions
from theme.admin.showing import Related


class QualityFrameworkForm(RecordForm):
    """A framework's title, version and introduction."""

    class Meta(RecordForm.Meta):
        model = QualityFramework
        fields: ClassVar = ["title", "edition", "introduction"]
        labels: ClassVar = {"edition": "Version number"}


STANDARD_CELLS: Sequence[Cell] = (
    Cell("code", "Code", sort_key="code"),
    Cell("domain", "Domain", sort_key="domain"),
    Cell("statement", "Statement"),
    Number("weight", "Weight", sort_key="weight"),
)


class QualityFrameworkViewSet(RecordViewSet):
    """Quality frameworks: an approved version stays, a new version follows it."""

    model = QualityFramework
    icon = "clipboard-list"
    record_form = QualityFrameworkForm
    cells: Sequence[Cell] = (
        Cell("title", "Title", sort_key="title"),
        Number("edition", "Version", sort_key="edition"),
        State("state", "State", sort_key="state"),
        Day("published_on", "In force from", sort_key="published_on"),
    )
    detail_cells: Sequence[Cell] = (*cells, Cell("introduction", "Introduction"))
    list_filter = ["state"]
    search_fields = ["title"]
    introduction = "What the council asks of its providers. Its weights add up to 100."
    empty = "No quality framework yet. Add one, then its standards, then ask for approval."
    actions = review_actions()

    def locked_because(self, record: QualityFramework) -> str:
        """Refuse to edit what was submitted or what providers were told."""
        return record.locked_because

    def related(self, user: User, record: QualityFramework) -> list[Related]:
        """Show the framework's standards."""
        draft = record.state == PublicationState.DRAFT and user.may("add", QualityStandard)
        return [
            Related(
                "Standards",
                STANDARD_CELLS,
                list(QualityStandard.objects.visible_to(user).filter(framework=record)),
                "No standards yet.",
                url=lambda row: reverse("qualitystandard:inspect", args=[row.pk]),
                add_url=reverse("qualitystandard:add") if draft else "",
            )
        ]


class QualityStandardForm(RecordForm):
    """A standard of a draft framework."""

    class Meta(RecordForm.Meta):
        model = QualityStandard
        fields: ClassVar = [
            "framework",
            "order",
            "domain",
            "code",
            "statement",
            "weight",
            "evidence",
        ]

    def offered(self, name: str, model: Any) -> QuerySet:
        """Offer drafts only: an approved framework stays as it is."""
        return super().offered(name, model).filter(state=PublicationState.DRAFT)


class QualityStandardViewSet(RecordViewSet):
    """The standards of every framework."""

    model = QualityStandard
    icon = "circle-check"
    record_form = QualityStandardForm
    related_fields = ("framework",)
    cells: Sequence[Cell] = (
        *STANDARD_CELLS,
        Cell("framework", "Framework", sort_key="framework__title"),
    )
    detail_cells: Sequence[Cell] = (*cells, Cell("evidence", "Evidence asked"))
    list_filter = ["framework", "domain"]
    search_fields = ["code", "domain", "statement"]
    empty = "No standards yet. Add a quality framework first."

    def locked_because(self, record: QualityStandard) -> str:
        """Refuse to edit a standard of a framework that was submitted or approved."""
        return record.framework.locked_because
