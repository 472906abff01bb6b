"""What comes into force, day by day, with what changes."""

from datetime import date
from itertools import groupby
from typing import Any

from django import forms
from django.utils import timezone
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.widgets import AdminDateInput

from cms_models.publication.registry import publication_of
from cms_models.publication.selectors import beginning_from
from theme.admin.review.gate import ReviewGate
from theme.admin.review.words import VersionWords, version_words


class FromForm(forms.Form):
    """The first day shown."""

    day = forms.DateField(
        label="From", widget=AdminDateInput, help_text="An earlier day shows what began since."
    )


class ReviewCalendar(ReviewGate, WagtailAdminTemplateMixin, TemplateView):
    """Approved versions by their first day, from today or another day on."""

    template_name = "theme/review/calendar.html"
    page_title = "What comes into force"
    header_icon = "calendar-check"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way home."""
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """List the days and the versions that begin on each."""
        today = timezone.localdate()
        form = FromForm({"day": self.request.GET.get("day", f"{today:%d/%m/%Y}")})
        first = form.cleaned_data["day"] if form.is_valid() else today
        return super().get_context_data(
            form=form,
            media=form.media,
            first=first,
            today=today,
            days=days_from(self.request.user, first=first, today=today),
            **kwargs,
        )


def days_from(user: Any, *, first: date, today: date) -> list[tuple[date, list[VersionWords]]]:
    """Return each day from one on with the versions that begin on it and what they change."""
    rows = [
        version_words(row, on=today, changes=publication_of(row).changes(row))
        for row in beginning_from(user, day=first)
    ]
    by_day = groupby(rows, key=lambda row: row.version.begins_on or first)
    return [(day, list(some)) for day, some in by_day]
