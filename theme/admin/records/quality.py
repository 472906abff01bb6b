"""Quality frameworks and their standards."""

from collections.abc import Sequence
from typing import ClassVar

from cms_models.accounts.models import User
from cms_models.quality.models import QualityFramework, QualityStandard
from theme.admin.base import RecordViewSet
from theme.admin.cells import Cell, Day, Number, State
from theme.admin.forms import RecordForm
from theme.admin.links import page_url
from theme.admin.review.actions import review_actions


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
    empty = "No quality framework yet. Add one, open it to say what it asks, then ask for approval."
    actions = review_actions()

    def locked_because(self, record: QualityFramework) -> str:
        """Refuse to edit what was submitted or what providers were told."""
        return record.locked_because

    def record_url(self, user: User, record: QualityFramework) -> str | None:
        """Lead to the page where all of it is read and edited."""
        return page_url("quality_page", record.pk)

    def after_action(self, user: User, record: QualityFramework | None) -> str:
        """Lead back to that page, or to the list."""
        own = page_url("quality_page", record.pk) if record is not None else None
        return own or super().after_action(user, record)


class QualityStandardViewSet(RecordViewSet):
    """The standards of every framework; they are edited on their framework's page."""

    model = QualityStandard
    icon = "circle-check"
    related_fields = ("framework",)
    cells: Sequence[Cell] = (
        *STANDARD_CELLS,
        Cell("framework", "Framework", sort_key="framework__title"),
    )
    detail_cells: Sequence[Cell] = (*cells, Cell("evidence", "Evidence asked"))
    list_filter = ["framework", "domain"]
    search_fields = ["code", "domain", "statement"]
    empty = "No standards yet. Add a quality framework first."

    def record_url(self, user: User, record: QualityStandard) -> str | None:
        """Lead to the framework that asks it."""
        return page_url("quality_page", record.framework_id)
