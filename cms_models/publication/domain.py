"""The steps of a review, and where a configuration stands between draft and the day it ends."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Standing(StrEnum):
    """What a reader is told of a version of the configuration on a day."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    SCHEDULED = "scheduled"
    IN_FORCE = "in_force"
    ENDED = "ended"

    @property
    def words(self) -> str:
        """The standing as people read it."""
        return _WORDS[self]


_WORDS = {
    Standing.DRAFT: "Draft",
    Standing.SUBMITTED: "Waiting for approval",
    Standing.SCHEDULED: "Approved, not yet in force",
    Standing.IN_FORCE: "In force",
    Standing.ENDED: "No longer in force",
}


def standing(*, state: str, valid_from: date | None, valid_to: date | None, on: date) -> Standing:
    """Return where a version stands on a day; its period is `[valid_from, valid_to)`."""
    if state in (Standing.DRAFT, Standing.SUBMITTED):
        return Standing(state)
    if valid_from is not None and on < valid_from:
        return Standing.SCHEDULED
    if valid_to is not None and on >= valid_to:
        return Standing.ENDED
    return Standing.IN_FORCE


class Act(StrEnum):
    """What somebody may do to a version under review, besides commenting on it."""

    SUBMIT = "submit"
    SEND_BACK = "send_back"
    APPROVE = "approve"
    WITHDRAW = "withdraw"


@dataclass(frozen=True)
class Step:
    """One step of a review: the state it starts from, the verb a role needs, what must be said.

    `otherwise` is what a refusal says of a version in any other state; `why` is asked for where a
    step needs a reason.
    """

    starts_from: str
    verb: str
    otherwise: str
    why: str = ""


PUBLISHED = "published"
STEPS: Mapping[Act, Step] = {
    Act.SUBMIT: Step(Standing.DRAFT, "change", "is no draft any more"),
    Act.SEND_BACK: Step(
        Standing.SUBMITTED,
        "change",
        "does not wait for approval",
        "Say what has to change before it can be approved.",
    ),
    Act.APPROVE: Step(Standing.SUBMITTED, "publish", "does not wait for approval"),
    Act.WITHDRAW: Step(PUBLISHED, "publish", "is not approved", "Say why it is taken back."),
}


@dataclass(frozen=True)
class Term:
    """An approved version among those that follow each other: its first day and its own end."""

    key: int
    valid_from: date
    own_end: date | None


@dataclass(frozen=True)
class Ending:
    """The first day a version is no longer in force, and the version that ended it, if one did."""

    valid_to: date | None
    ended_by: int | None


def succession(terms: Iterable[Term]) -> dict[int, Ending]:
    """Return how each version ends: on its own end, or sooner on the first day of the next.

    So no two are in force on one day, and where no end is stated no day is without one.
    """
    order = sorted(terms, key=lambda term: term.valid_from)
    endings = {}
    for term, following in zip(order, [*order[1:], None], strict=True):
        cut = following is not None and (
            term.own_end is None or following.valid_from < term.own_end
        )
        endings[term.key] = (
            Ending(following.valid_from, following.key)
            if following is not None and cut
            else Ending(term.own_end, None)
        )
    return endings


def lock_words(*, name: str, state: str) -> str:
    """Return why a version cannot be edited in this state, nothing while it is a draft."""
    if state == Standing.DRAFT:
        return ""
    if state == Standing.SUBMITTED:
        return (
            f"{name} waits for approval, so it stays as it was submitted. Send it back to change "
            "it."
        )
    return (
        f"{name} is approved, so it stays as it is. Draft another version with a first day of "
        "its own."
    )


def withdrawal_refusal(*, name: str, valid_from: date | None, on: date) -> str | None:
    """Return why an approved version cannot be taken back any more, None while it can."""
    if valid_from is not None and on < valid_from:
        return None
    since = f" since {valid_from:%d/%m/%Y}" if valid_from else ""
    return (
        f"{name} is in force{since}: what was decided by it stands. "
        "Draft another version to replace it."
    )


def back_dating_words(*, valid_from: date | None, on: date) -> str:
    """Return what approving a version for a day that is past does, nothing for a day to come.

    The rule for money already asked for is here in words, because there is no invoice to hold yet.
    """
    if valid_from is None or valid_from >= on:
        return ""
    days = (on - valid_from).days
    return (
        f"Its first day is {days} {'day' if days == 1 else 'days'} past. The version before it and "
        "what was reckoned by it stay on file; what was already invoiced stays as it was "
        "invoiced, and a difference is an adjustment of its own."
    )
