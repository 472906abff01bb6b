"""The wizard's forms: what a file is, and which of its headings is which column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html

from cms_models.accounts.models import User
from cms_models.jobs.imports import FILE_BYTES_MOST
from cms_models.jobs.models import ImportRun
from importers.columns import Column, suggested_mapping
from importers.kinds import columns_of
from theme.admin.imports.words import kinds_for, words_of

ENDINGS = (".csv", ".xlsx", ".json", ".geojson", ".gz", ".zip")


class UploadForm(forms.Form):
    """What a file holds, and the file; its bytes are kept, never parsed here."""

    kind = forms.ChoiceField(
        label="What does the file hold?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one.", "invalid_choice": "Choose one of these."},
    )
    file = forms.FileField(
        label="File",
        error_messages={"required": "Choose the file to send.", "empty": "The file is empty."},
        help_text="CSV, XLSX, JSON or GeoJSON, also packed as .gz, "
        f"at most {FILE_BYTES_MOST // 2**20} MB.",
        widget=forms.FileInput(attrs={"accept": ",".join(ENDINGS)}),
    )

    def __init__(self, *args: Any, for_user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [
            (kind.name, _choice(kind.name, kind.label)) for kind in kinds_for(for_user)
        ]

    def clean_file(self) -> UploadedFile:
        """Refuse a file too large or of another kind, before a byte of it is read."""
        sent: UploadedFile = self.cleaned_data["file"]
        if sent.size > FILE_BYTES_MOST:
            raise ValidationError(
                f"{sent.name} is {sent.size / 2**20:.1f} MB; at most {FILE_BYTES_MOST // 2**20} MB "
                "can be sent: split it."
            )
        if not sent.name.lower().endswith(ENDINGS):
            raise ValidationError(
                f"{sent.name} is none of {', '.join(ENDINGS)}: save it as CSV or XLSX first."
            )
        return sent


def _choice(name: str, label: str) -> str:
    words = words_of(name)
    return format_html(
        '<span class="theme-choice"><b>{}</b> <span>{}</span> <code>{}</code></span>',
        label,
        words.explanation,
        words.file,
    )


@dataclass(frozen=True)
class ColumnLine:
    """A row of the mapping page: a column of Homeward's and the field that names its heading."""

    column: Column
    field: forms.BoundField

    @property
    def needs(self) -> str:
        """Whether the file must have the column, and whether each row must fill it."""
        if not self.column.required:
            return "May be left out"
        return "Needed in every row" if self.column.needed else "Column needed, cells may be empty"


class MappingForm(forms.Form):
    """Which heading of a file is which column; saved as file heading → column name."""

    def __init__(self, *args: Any, run: ImportRun, for_user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns: Sequence[Column] = columns_of(run.kind, for_user, on=timezone.localdate())
        self.headings: list[str] = run.headings
        chosen = suggested_mapping(self.headings, self.columns) | run.mapping
        heading_of = {name: heading for heading, name in chosen.items() if name}
        # A heading is chosen by its position: it may be any text at all.
        choices = [("", "– not in this file –"), *self._numbered()]
        for column in self.columns:
            heading = heading_of.get(column.name)
            self.fields[column.name] = forms.ChoiceField(
                label=column.heading,
                choices=choices,
                required=False,
                initial=str(self.headings.index(heading)) if heading in self.headings else "",
            )

    def _numbered(self) -> list[tuple[str, str]]:
        return [(str(position), heading) for position, heading in enumerate(self.headings)]

    @property
    def lines(self) -> list[ColumnLine]:
        """The columns with their fields."""
        return [ColumnLine(column, self[column.name]) for column in self.columns]

    def _chosen(self, name: str) -> str:
        return str(self[name].value() or "")

    @cached_property
    def missing(self) -> list[str]:
        """The columns the file must have that no heading is chosen for."""
        return [
            column.heading
            for column in self.columns
            if column.required and not self._chosen(column.name)
        ]

    @cached_property
    def unused(self) -> list[str]:
        """The file's headings no column takes."""
        taken = {self._chosen(column.name) for column in self.columns}
        return [heading for number, heading in self._numbered() if number not in taken]

    def clean(self) -> Mapping[str, Any]:
        """Refuse a heading taken twice and a required column without one."""
        data = super().clean()
        taken: dict[str, Column] = {}
        for column in self.columns:
            number = data.get(column.name, "")
            if not number:
                if column.required and column.name not in self.errors:
                    self.add_error(column.name, f"Choose the heading that holds {column.heading}.")
                continue
            if number in taken:
                self.add_error(
                    column.name,
                    f"“{self.headings[int(number)]}” is already {taken[number].heading}: "
                    "choose one of them.",
                )
            taken.setdefault(number, column)
        return data

    @property
    def mapping(self) -> dict[str, str]:
        """The choice as it is saved; headings left out are named too, so that none is guessed."""
        names = {
            self.headings[int(number)]: name for name, number in self.cleaned_data.items() if number
        }
        return {heading: names.get(heading, "") for heading in self.headings}
