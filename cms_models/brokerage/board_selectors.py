"""Reading the brokers' board: every open package as a card, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.audit.selectors import chain_length
from cms_models.brokerage.board_domain import (
    ROUTINE,
    Asked,
    BoardCard,
    BoardFilter,
    in_order,
    stage_of,
)
from cms_models.brokerage.models import (
    HandBack,
    HandBackState,
    Invitation,
    InvitationState,
    Offer,
    OfferState,
    Question,
    Release,
    ReleaseState,
    ReleaseStep,
)
from cms_models.care.models import (
    AllocationProposal,
    Award,
    CarePackage,
    PackageStatus,
    ProposalState,
)

PACKAGE_VALUES = (
    *("pk", "version", "package_ref", "created_at", "last_changed", "starts_on", "setting"),
    *("pathway", "lot_id", "lot__code", "zone__code", "weekly_minutes", "weekly_pence", "skills"),
    *("latitude", "longitude", "decisions_needed", "requirement__urgency"),
    *("requirement__start_by", "requirement__own_decision"),
)
RELEASED_BY = (
    *("released_by_id", "released_by__first_name", "released_by__last_name"),
    "released_by__username",
)

STEP_VALUES = ("number", "closes_at")
RETURNED_VALUES = ("package_id", "provider__name", "decided_at")
# What a card says of the package as it is stored.
SAME_VALUES = (
    *("version", "package_ref", "starts_on", "pathway", "weekly_minutes", "weekly_pence"),
    *("setting", "lot_id", "latitude", "longitude"),
)
ANSWERS = {
    "asked": Count("pk"),
    "opened": Count("pk", filter=Q(opened_at__isnull=False)),
    "declined": Count("pk", filter=Q(state=InvitationState.DECLINED)),
    "lapsed": Count("pk", filter=Q(state=InvitationState.LAPSED)),
}


@dataclass(frozen=True)
class Board:
    """The board as it stood at a stamp: the length of the council's audit chain."""

    stamp: int
    cards: tuple[BoardCard, ...]


def stamp_of(user: User) -> int:
    """Return what changes whenever anything decided does: one query."""
    return chain_length(user.authority)


def board(user: User, *, wanted: BoardFilter, now: datetime) -> Board:
    """Return the cards a user may see of those wanted; the stamp is taken before they are read."""
    stamp = stamp_of(user)
    shown = [card for card in _cards(user, open_packages(user), now) if wanted.shows(card)]
    return Board(stamp, tuple(in_order(shown)))


def card_of(user: User, package: CarePackage, *, now: datetime) -> BoardCard | None:
    """Return one package's card, None where it is not open."""
    rows = open_packages(user).filter(pk=package.pk)
    return next(iter(_cards(user, rows, now)), None)


def open_packages(user: User) -> QuerySet[CarePackage]:
    """Return the packages somebody must still place: without provider, released, handed back."""
    released = Release.objects.filter(package=OuterRef("pk"), state=ReleaseState.OPEN)
    returned = handed_back(user).filter(package=OuterRef("pk"))
    return (
        CarePackage.objects.visible_to(user)
        .exclude(status=PackageStatus.ENDED)
        .filter(Q(status=PackageStatus.REFERRED) | Exists(released) | Exists(returned))
        .order_by("package_ref")
    )


def handed_back(user: User) -> QuerySet[HandBack]:
    """Return the hand-backs accepted whose package nobody else was given since."""
    since = Award.objects.filter(
        package=OuterRef("package"), decided_at__gt=OuterRef("decided_at")
    ).exclude(pk=OuterRef("award"))
    return (
        HandBack.objects.visible_to(user)
        .filter(state=HandBackState.ACCEPTED)
        .filter(~Exists(since))
        .order_by("decided_at")
    )


@dataclass(frozen=True)
class _Beside:
    """What is read of packages besides their own rows, by package or by release."""

    releases: Mapping[int, Mapping[str, Any]]
    steps: Mapping[int, Mapping[str, Any]]
    asked: Mapping[int, Asked]
    proposals: Mapping[int, Mapping[str, Any]]
    returned: Mapping[int, Mapping[str, Any]]


def _cards(user: User, packages: QuerySet[CarePackage], now: datetime) -> list[BoardCard]:
    """Return the cards of some packages: eight queries for any number."""
    chosen = packages.order_by().values("pk")
    steps = ReleaseStep.objects.visible_to(user).filter(release__package__in=chosen, ended_at=None)
    returned = handed_back(user).filter(package__in=chosen)
    beside = _Beside(
        releases=_last_releases(user, chosen),
        steps={row.pop("release_id"): row for row in steps.values("release_id", *STEP_VALUES)},
        asked=_asked(user, chosen),
        proposals=_proposals(user, chosen),
        returned={row["package_id"]: row for row in returned.values(*RETURNED_VALUES)},
    )
    return [_card(row, beside, now) for row in packages.values(*PACKAGE_VALUES)]


def _last_releases(user: User, chosen: QuerySet[Any]) -> dict[int, dict[str, Any]]:
    """Return each package's latest release."""
    rows = Release.objects.visible_to(user).filter(package__in=chosen)
    values = rows.order_by("released_at", "pk").values(
        *("pk", "package_id", "state", "route", "released_at"), *RELEASED_BY
    )
    return {row["package_id"]: row for row in values}


def _asked(user: User, chosen: QuerySet[Any]) -> Mapping[int, Asked]:
    """Return how far providers got, by open release."""
    live = {"release__package__in": chosen, "release__state": ReleaseState.OPEN}
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    invitations = Invitation.objects.visible_to(user).filter(**live).order_by()
    for row in invitations.values("release_id").annotate(**ANSWERS):
        counts[row.pop("release_id")] |= row
    offers = Offer.objects.visible_to(user).filter(
        invitation__release__package__in=chosen, state=OfferState.OPEN
    )
    questions = Question.objects.visible_to(user).filter(**live, answered_at=None)
    for name, rows in (
        ("offers", offers.values_list("invitation__release_id")),
        ("questions", questions.values_list("release_id")),
    ):
        for release_id, number in rows.order_by().annotate(number=Count("pk")):
            counts[release_id][name] = number
    return {release_id: Asked(**found) for release_id, found in counts.items()}


def _proposals(user: User, chosen: QuerySet[Any]) -> dict[int, dict[str, Any]]:
    """Return the engine's latest undecided word on each package."""
    rows = AllocationProposal.objects.visible_to(user).filter(
        package__in=chosen, state__in=[ProposalState.PROPOSED, ProposalState.UNPLACED]
    )
    values = rows.order_by("created_at", "pk").values(
        "package_id", "provider__name", "unplaced_reason", "relaxation"
    )
    return {row["package_id"]: row for row in values}


def _card(row: Mapping[str, Any], beside: _Beside, now: datetime) -> BoardCard:
    release = beside.releases.get(row["pk"], {})
    returned = beside.returned.get(row["pk"])
    proposal = beside.proposals.get(row["pk"], {})
    since = _waiting_since(row, returned)
    return BoardCard(
        **{name: row[name] for name in SAME_VALUES},
        **_release_values(release, returned, beside, now),
        package_id=row["pk"],
        waiting_since=since,
        age_days=max(0, (timezone.localdate(now) - since).days),
        urgency=row["requirement__urgency"] or ROUTINE,
        start_by=row["requirement__start_by"],
        zone=row["zone__code"] or "",
        lot=row["lot__code"] or "",
        skills=tuple(row["skills"]),
        needs_decision=bool(row["decisions_needed"]) and not row["requirement__own_decision"],
        proposed=proposal.get("provider__name") or "",
        unplaced_reason=proposal.get("unplaced_reason", ""),
        relaxation=proposal.get("relaxation", ""),
        handed_back_by=returned["provider__name"] if returned else "",
    )


def _release_values(
    release: Mapping[str, Any],
    returned: Mapping[str, Any] | None,
    beside: _Beside,
    now: datetime,
) -> dict[str, Any]:
    """Return what a card says of the last release; a closed one leaves its column and broker."""
    state = release.get("state", "")
    is_open = state == ReleaseState.OPEN
    answers = beside.asked.get(release["pk"], Asked()) if is_open else Asked()
    step = beside.steps.get(release["pk"], {}) if is_open else {}
    closes_at = step.get("closes_at")
    if returned and release and not is_open and release["released_at"] < returned["decided_at"]:
        state = ""  # that release was of an earlier time
    stage = stage_of(release_state=state, offers=answers.offers, handed_back=bool(returned))
    return {
        "stage": stage,
        "release_id": release.get("pk") if is_open else None,
        "route": release.get("route", "") if is_open else "",
        "step": step.get("number"),
        "closes_at": closes_at,
        "late": closes_at is not None and closes_at <= now,
        "asked": answers,
        "broker_id": release.get("released_by_id"),
        "broker": _name(release),
    }


def _waiting_since(row: Mapping[str, Any], returned: Mapping[str, Any] | None) -> date:
    """Return the day from which a package waits: its hand-back, or its referral."""
    if returned:
        return timezone.localdate(returned["decided_at"])
    registered = timezone.localdate(row["created_at"])
    return min(registered, row["last_changed"] or registered)


def _name(release: Mapping[str, Any]) -> str:
    full = (
        f"{release.get('released_by__first_name', '')} {release.get('released_by__last_name', '')}"
    )
    return full.strip() or release.get("released_by__username", "")


@dataclass(frozen=True)
class Choices:
    """What the board's filters offer."""

    zones: tuple[str, ...]
    lots: tuple[tuple[int, str], ...]
    pathways: tuple[str, ...]
    brokers: tuple[tuple[int, str], ...]


def choices_of(user: User) -> Choices:
    """Return the zones, lots and pathways of open packages, and who released any: two queries."""
    rows = open_packages(user).order_by()
    found = list(rows.values_list("zone__code", "lot_id", "lot__code", "pathway").distinct())
    released = Release.objects.visible_to(user).order_by().values(*RELEASED_BY).distinct()
    brokers = sorted((_name(row), row["released_by_id"]) for row in released)
    return Choices(
        zones=_sorted(row[0] for row in found),
        lots=tuple(sorted({(row[1], row[2]) for row in found if row[1]}, key=lambda one: one[1])),
        pathways=_sorted(row[3] for row in found),
        brokers=tuple((pk, name) for name, pk in brokers),
    )


def _sorted(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({value for value in values if value}))
