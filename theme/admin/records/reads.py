"""Who was shown whose personal data."""

from collections.abc import Sequence

from cms_models.accounts.models import User
from cms_models.audit.models import PersonalRead
from cms_models.audit.selectors import reads_of
from cms_models.care.models import Person
from theme.admin.base import RecordViewSet
from theme.admin.cells import Cell, Moment
from theme.admin.showing import Related

READS_SHOWN = 50
READ_CELLS: Sequence[Cell] = (
    Moment("at", "When", sort_key="at"),
    Cell("reader", "Who read", sort_key="reader__username"),
    Cell("where", "Page", sort_key="where"),
    Cell("people", "People shown", lambda row: len(row.subject_ids)),
)


class PersonalReadViewSet(RecordViewSet):
    """Pages that showed personal data: one line each, never what they said."""

    model = PersonalRead
    icon = "view"
    related_fields = ("reader",)
    cells = READ_CELLS
    detail_cells: Sequence[Cell] = (
        *READ_CELLS,
        Cell(
            "subject_ids",
            "Numbers of the people's records",
            lambda row: ", ".join(str(pk) for pk in row.subject_ids),
        ),
    )
    search_fields = ["reader__username", "reader__last_name", "where"]
    introduction = (
        "Which page showed personal data to whom, and of how many people. A person's own page "
        "lists who was shown theirs."
    )
    empty = "Nobody has been shown personal data yet."


def reads_shown(user: User, person: Person) -> list[Related]:
    """Return who was shown a person's data lately, for those who may know."""
    if not user.may_view(PersonalRead):
        return []
    rows = list(reads_of(user=user, person_id=person.pk)[:READS_SHOWN])
    return [Related("Shown to", READ_CELLS, rows, "Nobody yet.")]
