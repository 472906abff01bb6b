"""A card of the board in words, as kanban, list and map show it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from cms_models.brokerage.board_domain import BoardCard, Stage
from cms_models.brokerage.models import Route, Urgency
from cms_models.care.domain import hours_words
from cms_models.care.models import Setting
from cms_models.rates.domain import pounds
from cms_models.rates.models import Pathway

A_COLUMN = 60
A_LIST = 300
ROUTES, URGENCIES = dict(Route.choices), dict(Urgency.choices)
PATHWAYS, SETTINGS = dict(Pathway.choices), dict(Setting.choices)
# Where a broker may move a card; an award is made on the package's own page.
MOVES: dict[Stage, tuple[Stage, ...]] = {
    Stage.NEEDED: (Stage.RELEASED,),
    Stage.RETURNED: (Stage.RELEASED,),
    Stage.UNPLACED: (Stage.RELEASED,),
    Stage.RELEASED: (Stage.NEEDED,),
    Stage.OFFERED: (Stage.NEEDED,),
}
MOVE_WORDS = {
    Stage.RELEASED: "Release it to the lot's tiers",
    Stage.NEEDED: "Withdraw the release",
}


@dataclass(frozen=True)
class Shown:
    """A card with everything about it in words."""

    card: BoardCard
    age: str
    week: str
    where: str
    what: str
    clock: str
    answers: str
    moves: tuple[tuple[str, str], ...]

    @property
    def seen(self) -> str:
        """What a form says its sender saw: another broker's move makes it stale."""
        card = self.card
        return f"{card.version}.{card.release_id or 0}.{card.asked.offers}.{card.stage}"

    @property
    def urgency(self) -> str:
        """The urgency in words."""
        return str(URGENCIES.get(self.card.urgency, ""))

    @property
    def hooks(self) -> dict[str, Any]:
        """What the page's scripts read of the card."""
        return {
            "card": self.card.package_id,
            "stage": self.card.stage.value,
            "digest": self.card.digest,
        }


def shown(card: BoardCard, *, now: datetime) -> Shown:
    """Return a card in words."""
    place = [f"zone {card.zone}" if card.zone else "no zone"]
    place += [f"lot {card.lot}" if card.lot else "in no lot"]
    what = [str(PATHWAYS.get(card.pathway, card.pathway))]
    if card.setting != Setting.HOME:
        what.append(str(SETTINGS[card.setting]).lower())
    # A place in a home has no hours of its own.
    week = [hours_words(card.weekly_minutes)] if card.weekly_minutes else []
    if card.weekly_pence is not None:
        week.append(pounds(card.weekly_pence))
    return Shown(
        card=card,
        age=age_words(card.age_days),
        week=", ".join(week),
        where=", ".join(place),
        what=", ".join(what),
        clock=clock_words(card, now=now),
        answers=card.asked.words if card.release_id else "",
        moves=tuple((stage.value, MOVE_WORDS[stage]) for stage in MOVES[card.stage]),
    )


def age_words(days: int) -> str:
    """Return how long a package waits."""
    return {0: "today", 1: "1 day"}.get(days, f"{days} days")


def clock_words(card: BoardCard, *, now: datetime) -> str:
    """Return which step of a release runs, and until when; nothing where none is open."""
    if not card.release_id:
        return ""
    route = str(ROUTES[card.route])
    if card.closes_at is None:
        return route
    until = timezone.localtime(card.closes_at)
    step = f", step {card.step}" if card.step else ""
    ends = "ended" if card.late else "until"
    return f"{route}{step}, {ends} {until:%d/%m %H:%M}"


@dataclass(frozen=True)
class Column:
    """A column of the kanban with the cards shown of it."""

    stage: Stage
    total: int
    cards: Sequence[Shown]

    @property
    def more(self) -> int:
        """How many are not shown here."""
        return self.total - len(self.cards)


def columns(cards: Iterable[BoardCard], *, now: datetime) -> list[Column]:
    """Return the kanban: every column, its first cards."""
    found = list(cards)
    made = []
    for stage in Stage:
        own = [card for card in found if card.stage == stage]
        made.append(Column(stage, len(own), [shown(card, now=now) for card in own[:A_COLUMN]]))
    return made


def on_page(cards: Sequence[BoardCard], *, view: str) -> list[BoardCard]:
    """Return the cards that a view of the board draws, in the order it draws them."""
    if view != "kanban":
        return list(cards[:A_LIST])
    return [card for stage in Stage for card in [c for c in cards if c.stage == stage][:A_COLUMN]]


def map_spots(cards: Iterable[BoardCard]) -> list[dict[str, Any]]:
    """Return where packages lie and how each is drawn."""
    return [
        {
            "id": card.package_id,
            "ref": card.package_ref,
            "stage": card.stage.value,
            "at": [round(card.latitude, 5), round(card.longitude, 5)],
            "words": f"{card.package_ref}: {card.stage.words.lower()}, {age_words(card.age_days)}",
            "url": reverse("board_package", args=[card.package_id]),
        }
        for card in cards
    ]


def counts_of(cards: Iterable[BoardCard]) -> dict[str, int]:
    """Return how many packages stand where."""
    found = list(cards)
    return {stage.value: sum(card.stage == stage for card in found) for stage in Stage}
