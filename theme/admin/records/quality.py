"""Quality frameworks and their standards."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.places.models import PublicationState
from cms_models.quality import services
from cms_models.quality.models import QualityFramework, QualityStandard
from theme.admin.actions import Action
from theme.admin.base import RecordViewSet
from theme.admin.cells import Cell, Day, Number, State
from theme.admin.forms import RecordForm
from theme.admin.showing import Related


def _publish(user: User, record: QualityFramework, data: dict[str, Any]) -> str:
    services.publish_framework(actor=user, framework=record, on=timezone.localdate())
    return f"{record} is published: providers read it over the API from now on."


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
    """Quality frameworks: a published version stays, a new version follows it."""

    model = QualityFramework
    icon = "clipboard-list"
    record_form = QualityFrameworkForm
    cells: Sequence[Cell] = (
        Cell("title", "Title", sort_key="title"),
        Number("edition", "Version", sort_key="edition"),
        State("state", "State", sort_key="state"),
        Day("published_on", "Published", sort_key="published_on"),
    )
    detail_cells: Sequence[Cell] = (*cells, Cell("introduction", "Introduction"))
    list_filter = ["state"]
    search_fields = ["title"]
    introduction = "What the council asks of its providers. Its weights add up to 100."
    empty = "No quality framework yet. Add one, then its standards, then publish it."
    actions = (
        Action(
            "publish",
            "Publish this version",
            _publish,
            verb="publish",
            shown=lambda record: record.state == PublicationState.DRAFT,
            explanation="Providers read it from then on. Refused while the weights are not 100.",
        ),
    )

    def locked_because(self, record: QualityFramework) -> str:
        """Refuse to edit what providers were told."""
        if record.state != PublicationState.PUBLISHED:
            return ""
        return f"{record} is published: providers rely on it. Add the next version instead."

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
        """Offer drafts only: a published framework stays as it is."""
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
        """Refuse to edit a standard of a published framework."""
        if record.framework.state != PublicationState.PUBLISHED:
            return ""
        return f"{record.framework} is published, so its standards stay as they are."
