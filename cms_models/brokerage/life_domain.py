"""Rules of a package's life: amendments, suspensions, hand-backs, and who is to be moved when."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from cms_models.market.stating import pretence_refusal

MOST_EVIDENCE_BYTES = 10_000_000
EVIDENCE_KINDS = ("pdf", "docx", "odt", "txt", "png", "jpg", "jpeg")


@dataclass(frozen=True)
class Pause:
    """Care paused on `[starts_on, ends_on)`; no end while nobody knows when it resumes."""

    starts_on: date
    ends_on: date | None

    def covers(self, day: date) -> bool:
        """Return whether care is paused on a day."""
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)

    def overlaps(self, other: "Pause") -> bool:
        """Return whether two pauses share a day."""
        before = self.ends_on is not None and self.ends_on <= other.starts_on
        after = other.ends_on is not None and other.ends_on <= self.starts_on
        return not before and not after

    @property
    def words(self) -> str:
        """The pause as people read it."""
        if self.ends_on is None:
            return f"from {self.starts_on:%d/%m/%Y} with no end yet"
        return f"from {self.starts_on:%d/%m/%Y}, care again on {self.ends_on:%d/%m/%Y}"


def suspension_refusal(
    pause: Pause, *, others: Iterable[Pause], care_starts_on: date, care_ends_on: date | None
) -> str:
    """Return why care cannot be paused so, nothing when it can."""
    if pause.ends_on is not None and pause.ends_on <= pause.starts_on:
        return "Care resumes after the first day of the suspension: choose a later day."
    if pause.starts_on < care_starts_on:
        return f"Care began on {care_starts_on:%d/%m/%Y}: suspend it from then or later."
    if care_ends_on is not None and pause.starts_on >= care_ends_on:
        return f"Care ends on {care_ends_on - timedelta(days=1):%d/%m/%Y}, before the suspension."
    other = next((one for one in others if one.overlaps(pause)), None)
    return f"Care is already suspended {other.words}: resume it first." if other else ""


def first_unpaid_day(pause: Pause, *, paid_days: int) -> date | None:
    """Return the first day of a suspension that is not paid, None where it ends before."""
    unpaid = pause.starts_on + timedelta(days=paid_days)
    return None if pause.ends_on is not None and unpaid >= pause.ends_on else unpaid


def amendment_refusal(
    *, from_day: date, today: date, care_starts_on: date, care_ends_on: date | None
) -> str:
    """Return why a week cannot change from a day, nothing when it can."""
    if from_day < today:
        return "Amend from today or a later day: visits of past days were made by their own week."
    if from_day < care_starts_on:
        return f"Care begins on {care_starts_on:%d/%m/%Y}: amend it from then or later."
    if care_ends_on is not None and from_day >= care_ends_on:
        return f"Care ends on {care_ends_on - timedelta(days=1):%d/%m/%Y}, before the amendment."
    return ""


def asks_again(before: Sequence[str], after: Sequence[str]) -> bool:
    """Return whether an amended week needs an individual decision that its old one did not ask.

    Each reason is a sentence with the hours in it, so that more hours ask again (AL-08).
    """
    return bool(set(after) - set(before))


def hand_back_ends_on(*, accepted_on: date, notice_days: int, care_ends_on: date | None) -> date:
    """Return the first day the provider no longer owes the care.

    The notice counts from the day after acceptance, as the council's own does (AL-10, AL-13).
    """
    ends_on = accepted_on + timedelta(days=notice_days + 1)
    return ends_on if care_ends_on is None else min(ends_on, care_ends_on)


def not_allowed_words(reason: str) -> str:
    """Return what a provider is told at once whose reason is none of the allowed (AL-12)."""
    return (
        f"“{reason}” is not an allowed reason to hand a package back. The care continues as "
        "agreed, and the contract managers have been told."
    )


def reason_allowed(reason: str, *, rules: Mapping[str, Any]) -> bool:
    """Return whether the council's rules allow a package to be handed back for a reason."""
    return bool(rules[f"brokerage.hand_back_{reason}"])


def evidence_refusal(name: str, content: bytes) -> str:
    """Return why a document cannot be taken as evidence, nothing when it can."""
    kind = name.rpartition(".")[2].lower()
    if kind not in EVIDENCE_KINDS:
        return f"“{name}” cannot be taken: attach one of {', '.join(EVIDENCE_KINDS)}."
    if not content:
        return f"“{name}” is empty."
    if len(content) > MOST_EVIDENCE_BYTES:
        return f"“{name}” is larger than {MOST_EVIDENCE_BYTES // 1_000_000} MB: attach less."
    return pretence_refusal(name=name, content=content) or ""


def transfer_refusal(
    *, on: date, today: date, award_starts_on: date, care_ends_on: date | None
) -> str:
    """Return why a package cannot change its provider on a day, nothing when it can."""
    if on < today:
        return "Choose today or a later day: who delivered on past days is settled."
    if on < award_starts_on:
        return (
            f"The present provider begins on {award_starts_on:%d/%m/%Y}: transfer the package "
            "from that day or later."
        )
    if care_ends_on is not None and on >= care_ends_on:
        return f"Care ends on {care_ends_on - timedelta(days=1):%d/%m/%Y}, before the transfer."
    return ""


def last_day_owed(ends_on: date) -> date:
    """Return the last day a provider owes the care, of the first on which it does not."""
    return ends_on - timedelta(days=1)


def days_left(ends_on: date, *, today: date) -> int:
    """Return how many days of care a provider still owes after today."""
    return max(0, (last_day_owed(ends_on) - today).days)


@dataclass(frozen=True)
class HandedBack:
    """One hand-back as the ledger counts it."""

    provider: str
    reason: str
    allowed: bool
    state: str
    ends_on: date | None
    placed_again: bool


@dataclass(frozen=True)
class LedgerRow:
    """A provider's hand-backs: how many for each reason, allowed or not, and what still runs.

    `fewest_days_left` is of the notices that run and have nobody to follow; None where none does.
    """

    provider: str
    by_reason: Mapping[str, int]
    allowed: int
    not_allowed: int
    waiting: int
    accepted: int
    refused: int
    fewest_days_left: int | None

    @property
    def total(self) -> int:
        """All of them."""
        return self.allowed + self.not_allowed


def ledger(hand_backs: Iterable[HandedBack], *, today: date) -> list[LedgerRow]:
    """Return the ledger of hand-backs by provider, most first (N08)."""
    of_provider: dict[str, list[HandedBack]] = defaultdict(list)
    for one in hand_backs:
        of_provider[one.provider].append(one)
    rows = [_ledger_row(name, some, today) for name, some in of_provider.items()]
    return sorted(rows, key=lambda row: (-row.total, row.provider))


def _ledger_row(provider: str, some: Sequence[HandedBack], today: date) -> LedgerRow:
    by_reason: dict[str, int] = defaultdict(int)
    for one in some:
        by_reason[one.reason] += 1
    left = [
        days_left(one.ends_on, today=today)
        for one in some
        if one.state == "accepted" and one.ends_on and one.ends_on > today and not one.placed_again
    ]
    states = [one.state for one in some]
    return LedgerRow(
        provider,
        dict(by_reason),
        allowed=sum(one.allowed for one in some),
        not_allowed=sum(not one.allowed for one in some),
        waiting=states.count("submitted"),
        accepted=states.count("accepted"),
        refused=states.count("refused"),
        fewest_days_left=min(left, default=None),
    )
