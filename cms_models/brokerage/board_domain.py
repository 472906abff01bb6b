"""Where an open package stands on the brokers' board, and what one asks the board for."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import blake2b


class Stage(StrEnum):
    """A column of the board, in the order of the work."""

    NEEDED = "needed"
    RETURNED = "returned"
    RELEASED = "released"
    OFFERED = "offered"
    UNPLACED = "unplaced"

    @property
    def words(self) -> str:
        """The column as people read it."""
        return {
            Stage.NEEDED: "Needs a provider",
            Stage.RETURNED: "Handed back",
            Stage.RELEASED: "Released",
            Stage.OFFERED: "Offers in",
            Stage.UNPLACED: "Nobody took it",
        }[self]


# Least days that a package has waited, as the filter offers them.
AGES = {2: "2 days or more", 7: "1 week or more", 28: "4 weeks or more"}
ROUTINE = "routine"


def stage_of(*, release_state: str, offers: int, handed_back: bool) -> Stage:
    """Return the column of a package by its last release (empty for none) and open offers."""
    if release_state == "open":
        return Stage.OFFERED if offers else Stage.RELEASED
    if release_state == "unplaced":
        return Stage.UNPLACED
    return Stage.RETURNED if handed_back else Stage.NEEDED


@dataclass(frozen=True)
class Asked:
    """How far the providers asked in an open release got."""

    asked: int = 0
    opened: int = 0
    declined: int = 0
    lapsed: int = 0
    offers: int = 0
    questions: int = 0

    @property
    def words(self) -> str:
        """The answers so far in a sentence."""
        parts = [f"{self.asked} asked", f"{self.opened} opened it"]
        parts += [f"{self.declined} declined"] if self.declined else []
        parts += [f"{self.lapsed} did not answer in time"] if self.lapsed else []
        return ", ".join(parts)


@dataclass(frozen=True)
class BoardCard:
    """An open package as the board shows it: nothing in it says who the person is."""

    package_id: int
    version: int
    package_ref: str
    stage: Stage
    waiting_since: date
    age_days: int
    urgency: str
    start_by: date | None
    starts_on: date
    zone: str
    lot_id: int | None
    lot: str
    pathway: str
    setting: str
    weekly_minutes: int
    weekly_pence: int | None
    skills: tuple[str, ...]
    latitude: float
    longitude: float
    needs_decision: bool
    release_id: int | None
    route: str
    step: int | None
    closes_at: datetime | None
    late: bool
    asked: Asked
    broker_id: int | None
    broker: str
    proposed: str
    unplaced_reason: str
    relaxation: str
    handed_back_by: str

    @property
    def digest(self) -> str:
        """A short mark that differs whenever anything on the card does."""
        return blake2b(repr(asdict(self)).encode(), digest_size=6).hexdigest()


@dataclass(frozen=True)
class BoardFilter:
    """What of the board one wants to see; an empty value asks for everything."""

    zone: str = ""
    lot: int = 0
    pathway: str = ""
    urgency: str = ""
    age: int = 0
    stage: str = ""
    broker: int = 0

    def shows(self, card: BoardCard) -> bool:
        """Return whether a card is wanted."""
        return (
            self.zone in ("", card.zone)
            and self.lot in (0, card.lot_id)
            and self.pathway in ("", card.pathway)
            and self.urgency in ("", card.urgency)
            and card.age_days >= self.age
            and self.stage in ("", card.stage)
            and self.broker in (0, card.broker_id)
        )


URGENCY_ORDER = {"urgent": 0, "soon": 1, ROUTINE: 2}


def in_order(cards: Iterable[BoardCard]) -> list[BoardCard]:
    """Return cards as a broker works through them: urgent first, then who has waited longest."""
    return sorted(
        cards,
        key=lambda card: (
            URGENCY_ORDER.get(card.urgency, len(URGENCY_ORDER)),
            -card.age_days,
            card.package_ref,
        ),
    )
