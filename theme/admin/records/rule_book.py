"""Editions of the rule book."""

from collections.abc import Sequence

from django.db import models
from django.urls import reverse
from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.jobs.models import Job
from cms_models.rulebook.models import RuleBookEdition
from cms_models.rulebook.services import draw_up
from theme.admin.actions import Action
from theme.admin.base import RecordViewSet
from theme.admin.cells import Cell, Day, Moment


def _draw_up(user: User, record: None, data: dict) -> str:
    edition = draw_up(actor=user, on=timezone.localdate())
    if edition is None:
        return "The rules in force say nothing new: the latest edition stands."
    return f"{edition} is published."


class RuleBookEditionViewSet(RecordViewSet):
    """The rule book, an edition a row: drawn up by the machine, open to everybody."""

    model = RuleBookEdition
    icon = "doc-full"
    heavy_fields = ("chapters",)
    related_fields = ("authority",)
    cells: Sequence[Cell] = (
        Cell("edition", "Edition", str, sort_key="number"),
        Day("valid_from", "In force from", sort_key="valid_from"),
        Moment("created_at", "Drawn up", sort_key="created_at"),
        Cell("digest", "Check sum", lambda row: row.digest[:12]),
    )
    introduction = (
        "The rules in force in plain English, at an address anybody may open. A new edition is "
        "drawn up every day on which they say something new."
    )
    empty = "No edition yet: draw one up."
    list_actions = (
        Action(
            "draw-up", "Draw up now", _draw_up, model=Job, explanation="Nothing new, no edition."
        ),
    )

    def record_url(self, user: User, record: models.Model) -> str:
        """Open the public page of the edition."""
        return reverse("rule_book", args=[record.authority.code, record.number])
