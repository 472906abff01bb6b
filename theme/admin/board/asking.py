"""What an address asks of the board: the view, and filters that a saved view keeps."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cms_models.accounts.models import User
from cms_models.brokerage.board_domain import AGES, BoardFilter, Stage
from cms_models.brokerage.board_selectors import choices_of
from cms_models.brokerage.models import Urgency
from cms_models.rates.models import Pathway
from theme.admin.pages import whole_number

VIEWS = {"kanban": "Kanban", "list": "List", "map": "Map"}
SAVED_AS = "board"


@dataclass(frozen=True)
class Select:
    """A filter as the form shows it."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    chosen: str


def view_asked(sent: Mapping[str, str]) -> str:
    """Return which drawing of the board is asked for."""
    asked = sent.get("view", "")
    return asked if asked in VIEWS else next(iter(VIEWS))


def filter_asked(sent: Mapping[str, str]) -> BoardFilter:
    """Return the filters of an address; what it cannot mean asks for everything."""
    stage, urgency = sent.get("stage", ""), sent.get("urgency", "")
    return BoardFilter(
        zone=sent.get("zone", ""),
        lot=whole_number(sent.get("lot", "")),
        pathway=sent.get("pathway", ""),
        urgency=urgency if urgency in Urgency.values else "",
        age=whole_number(sent.get("age", "")),
        stage=stage if stage in set(Stage) else "",
        broker=whole_number(sent.get("broker", "")),
    )


def selects(user: User, wanted: BoardFilter) -> list[Select]:
    """Return the filters with what they offer now."""
    found = choices_of(user)
    pathways = dict(Pathway.choices)
    offered: tuple[tuple[str, str, Any, Any], ...] = (
        ("zone", "Zone", [(code, code) for code in found.zones], wanted.zone),
        ("lot", "Lot", found.lots, wanted.lot),
        (
            "pathway",
            "Pathway",
            [(code, pathways.get(code, code)) for code in found.pathways],
            wanted.pathway,
        ),
        ("urgency", "Urgency", Urgency.choices, wanted.urgency),
        ("stage", "Status", [(one.value, one.words) for one in Stage], wanted.stage),
        ("age", "Waiting", AGES.items(), wanted.age),
        ("broker", "Broker", found.brokers, wanted.broker),
    )
    return [
        Select(
            name, label, tuple((str(value), words) for value, words in options), str(chosen or "")
        )
        for name, label, options, chosen in offered
    ]
