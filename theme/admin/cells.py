"""Cells: one statement of a record's value serves the list, the record's page and the export."""

import operator
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from wagtail.admin.ui.tables import Column

from cms_models.care.domain import hours_words
from cms_models.care.patterns import clock
from importers.cells import safe_text

NOTHING = "–"


def value_at(instance: models.Model, path: str) -> Any:
    """Return the value at a dotted path, None where a link on the way is empty.

    A field with choices gives its label.
    """
    *links, last = path.split(".")
    for link in links:
        instance = getattr(instance, link)
        if instance is None:
            return None
    label = getattr(instance, f"get_{last}_display", None)
    return label() if label else getattr(instance, last)


class Cell(Column):
    """A text value; `value` is a dotted path or a function of the record."""

    tone = ""

    def __init__(
        self,
        name: str,
        label: str,
        value: str | Callable[[Any], Any] | None = None,
        *,
        sort_key: str | None = None,
    ) -> None:
        super().__init__(name, label=label, sort_key=sort_key, classname=self.tone or None)
        self.value = value or name

    def raw(self, instance: Any) -> Any:
        """Return the value as stored."""
        return (
            value_at(instance, self.value) if isinstance(self.value, str) else self.value(instance)
        )

    def show(self, value: Any) -> Any:
        """Return the value as people read it."""
        return str(value)

    def get_value(self, instance: Any) -> Any:
        """Return what the cell holds, a dash for nothing."""
        value = self.raw(instance)
        return NOTHING if value is None or value == "" else self.show(value)

    def export(self, instance: Any) -> Any:
        """Return what a spreadsheet gets: never a formula."""
        value = self.raw(instance)
        plain = "" if value is None else self.plain(value)
        return safe_text(plain) if isinstance(plain, str) else plain

    def plain(self, value: Any) -> Any:
        """Return the value as a spreadsheet keeps it."""
        return value if isinstance(value, int | float | Decimal | date) else str(value)


class Pounds(Cell):
    """Pence, shown in pounds; exported as a number of pounds."""

    tone = "theme-number"

    def show(self, value: int) -> str:
        """Return pounds and pence."""
        return f"£{Decimal(value) / 100:,.2f}"

    def plain(self, value: int) -> Decimal:
        """Return pounds as a number."""
        return Decimal(value) / 100


class Hours(Cell):
    """Minutes, shown as hours; exported as a number of hours."""

    tone = "theme-number"

    def show(self, value: int) -> str:
        """Return hours and minutes in words."""
        return hours_words(int(value))

    def plain(self, value: int) -> Decimal:
        """Return hours to two decimals."""
        return (Decimal(value) / 60).quantize(Decimal("0.01"))


class Number(Cell):
    """A count or a measurement, right-aligned."""

    tone = "theme-number"

    def show(self, value: Any) -> str:
        """Return the number with its thousands set apart."""
        return f"{value:,}"


class Clock(Cell):
    """Minutes after midnight, shown as a time of day."""

    tone = "theme-number"

    def show(self, value: int) -> str:
        """Return HH:MM."""
        return clock(value)

    def plain(self, value: int) -> str:
        """Return HH:MM."""
        return clock(value)


class Day(Cell):
    """A date."""

    tone = "theme-day"

    def show(self, value: date) -> str:
        """Return the date as the council writes it."""
        return f"{value:%d/%m/%Y}"


class Moment(Cell):
    """A date and time, in London time."""

    tone = "theme-day"

    def show(self, value: datetime) -> str:
        """Return the local date and time."""
        return f"{timezone.localtime(value):%d/%m/%Y %H:%M}"

    def plain(self, value: datetime) -> str:
        """Return the local date and time."""
        return self.show(value)


class YesNo(Cell):
    """A yes or a no."""

    def show(self, value: bool) -> str:
        """Return yes or no."""
        return "Yes" if value else "No"

    plain = show


class Several(Cell):
    """A list of words or sentences."""

    def show(self, value: Iterable[Any]) -> str:
        """Return the words joined by commas."""
        return ", ".join(str(item) for item in value) or NOTHING

    def plain(self, value: Iterable[Any]) -> str:
        """Return the words joined by semicolons."""
        return "; ".join(str(item) for item in value)


class Sentences(Several):
    """Sentences, one a line."""

    def show(self, value: Iterable[Any]) -> Any:
        """Return a list of sentences."""
        items = [(item,) for item in value]
        if not items:
            return NOTHING
        return format_html(
            '<ul class="theme-sentences">{}</ul>', format_html_join("", "<li>{}</li>", items)
        )


TONES = {
    "good": {"published", "active", "done", "awarded", "accepted", "yes"},
    "wait": {
        "draft",
        "submitted",
        "queued",
        "running",
        "referred",
        "proposed",
        "uploaded",
        "checked",
    },
    "bad": {"failed", "interrupted", "unplaced", "unreadable", "closed"},
}


def badge(code: str, label: str) -> Any:
    """Return a state as a coloured tag; the words carry the meaning, the colour only helps."""
    tone = next((tone for tone, codes in TONES.items() if code in codes), "quiet")
    return format_html('<span class="theme-badge theme-badge--{}">{}</span>', tone, label)


class State(Cell):
    """A field with choices, shown as a tag."""

    def get_value(self, instance: Any) -> Any:
        """Return the tag of the state."""
        code = operator.attrgetter(str(self.value))(instance)
        return badge(str(code), self.raw(instance)) if code else NOTHING
