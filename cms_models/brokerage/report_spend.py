"""Packages given back, bought on the spot, and awarded off the platform."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q

from cms_models.accounts.models import User
from cms_models.brokerage.models import HandBack, HandBackReason, HandBackState
from cms_models.brokerage.report_domain import (
    Column,
    Findings,
    Listing,
    Period,
    Piece,
    Subject,
    Table,
    Unit,
    pence_of_days,
)
from cms_models.brokerage.report_rows import (
    PRICED,
    Row,
    awards_by,
    day_of,
    package,
    week_pence,
    within,
)
from cms_models.care.models import AwardSource

OUTSIDE = "Outside every zone"


def hand_backs(user: User, period: Period, *, now: datetime) -> Findings:
    """Return the packages providers asked to give back in a period, why, and what was decided."""
    rows = list(
        HandBack.objects.visible_to(user)
        .filter(within("submitted_at", period))
        .order_by("submitted_at", "id")
        .values(
            *("package_id", "package__package_ref", "package__weekly_minutes", "reason", "state"),
            *("provider_id", "provider__name", "submitted_at", "decision_words"),
        )
    )
    providers = {(str(row["provider_id"]), row["provider__name"]) for row in rows}
    return Findings(
        tables=[
            _hand_backs(
                ("reason", "Hand-backs, by reason", "Reason"),
                list(HandBackReason.choices),
                [(row["reason"], row) for row in rows],
            ),
            _hand_backs(
                ("provider", "Hand-backs, by provider", "Provider"),
                sorted(providers, key=lambda one: one[1]),
                [(str(row["provider_id"]), row) for row in rows],
            ),
        ],
        sentences=["Counted by the day they were submitted."],
    )


def _hand_backs(
    named: tuple[str, str, str],
    rows: list[Row],
    found: Iterable[tuple[str, Mapping[str, Any]]],
) -> Table:
    pieces = []
    for key, row in found:
        subject = package(row["package_id"], row["package__package_ref"])
        said = f"{row['provider__name']}, {day_of(row['submitted_at']):%d/%m/%Y}"
        pieces.append(Piece(key, "all", 1, subject, said))
        told = ": ".join(filter(None, (said, row["decision_words"])))
        pieces.append(Piece(key, row["state"], 1, subject, told))
        if row["state"] == HandBackState.ACCEPTED:
            pieces.append(Piece(key, "minutes", row["package__weekly_minutes"], subject, told))
    columns = [
        Column("all", "Asked for"),
        *(Column(key, label) for key, label in HandBackState.choices),
        Column("minutes", "Hours a week given back", Unit.MINUTES),
    ]
    return Table(*named, rows, columns, pieces, charted="all")


def spot(user: User, period: Period, *, now: datetime) -> Findings:
    """Return what spot purchases of a period cost, by zone and by provider."""
    rows = list(
        awards_by(user, str(AwardSource.SPOT))
        .filter(starts_on__lt=period.until)
        .filter(Q(ends_on=None) | Q(ends_on__gt=period.first))
        .values(
            *PRICED,
            *("provider_id", "provider__name", "starts_on", "ends_on", "reason"),
            *("package__zone__code", "package__zone__name"),
        )
    )
    unpriced = sum(week_pence(row) is None for row in rows)
    sentences = ["Spot purchases with a day of care in the period; days × the week's price ÷ 7."]
    if unpriced:
        sentences.append(
            f"{unpriced} of them {'has' if unpriced == 1 else 'have'} no price: agree one to "
            "count it."
        )
    by_zone = [(row["package__zone__code"] or "", row) for row in rows]
    zones = {(row["package__zone__code"] or "", _zone_name(row)) for row in rows}
    providers = {(str(row["provider_id"]), row["provider__name"]) for row in rows}
    by_provider = [(str(row["provider_id"]), row) for row in rows]
    return Findings(
        tables=[
            _spend(("zone", "Spot spend, by zone", "Zone"), sorted(zones), by_zone, period),
            _spend(
                ("provider", "Spot spend, by provider", "Provider"),
                sorted(providers, key=lambda one: one[1]),
                by_provider,
                period,
            ),
        ],
        sentences=sentences,
    )


def _zone_name(row: Mapping[str, Any]) -> str:
    code = row["package__zone__code"]
    return f"{code} {row['package__zone__name']}" if code else OUTSIDE


def _spend(
    named: tuple[str, str, str],
    rows: list[Row],
    found: Iterable[tuple[str, Mapping[str, Any]]],
    period: Period,
) -> Table:
    pieces = []
    for key, row in found:
        subject, said = _bought(row)
        pieces.append(Piece(key, "packages", 1, subject, said))
        pieces.append(Piece(key, "minutes", row["package__weekly_minutes"], subject, said))
        pence = week_pence(row)
        if pence is None:
            continue
        days = period.days_of(row["starts_on"], row["ends_on"])
        pieces.append(Piece(key, "week", pence, subject, said))
        spent = pence_of_days(pence, days=days)
        pieces.append(Piece(key, "period", spent, subject, f"{said}; {days} days"))
    columns = [
        Column("packages", "Packages"),
        Column("minutes", "Hours a week", Unit.MINUTES),
        Column("week", "£ a week", Unit.PENCE),
        Column("period", "£ in the period", Unit.PENCE),
    ]
    return Table(*named, rows, columns, pieces, charted="period")


def _bought(row: Mapping[str, Any]) -> tuple[Subject, str]:
    subject = package(row["package_id"], row["package__package_ref"])
    return subject, f"{row['provider__name']}: {row['reason']}"


def off_platform(user: User, period: Period, *, now: datetime) -> Findings:
    """Return the awards made off the platform in a period, each with its reason (BR-09)."""
    rows = list(
        awards_by(user, str(AwardSource.OFF_PLATFORM))
        .filter(within("decided_at", period))
        .values(
            *PRICED,
            *("provider_id", "provider__name", "reason", "decided_at"),
            *("decided_by__first_name", "decided_by__last_name", "decided_by__username"),
        )
    )
    pieces = []
    for row in rows:
        key, (subject, said) = str(row["provider_id"]), _bought(row)
        pieces.append(Piece(key, "packages", 1, subject, said))
        pieces.append(Piece(key, "minutes", row["package__weekly_minutes"], subject, said))
        pence = week_pence(row)
        if pence is not None:
            pieces.append(Piece(key, "week", pence, subject, said))
    providers = {(str(row["provider_id"]), row["provider__name"]) for row in rows}
    return Findings(
        tables=[
            Table(
                "provider",
                "Awarded off the platform, by provider",
                "Provider",
                sorted(providers, key=lambda one: one[1]),
                [
                    Column("packages", "Packages"),
                    Column("minutes", "Hours a week", Unit.MINUTES),
                    Column("week", "£ a week", Unit.PENCE),
                ],
                pieces,
                charted="packages",
            )
        ],
        listings=[
            Listing(
                "awards",
                "Each award off the platform",
                ("Package", "Provider", "Reason", "Decided by", "On"),
                [_listed(row) for row in rows],
            )
        ],
        sentences=["An award off the platform is kept only with a reason."],
    )


def _listed(row: Mapping[str, Any]) -> tuple[Subject, tuple[str, ...]]:
    names = (row["decided_by__first_name"], row["decided_by__last_name"])
    who = " ".join(filter(None, names)) or row["decided_by__username"]
    subject = package(row["package_id"], row["package__package_ref"])
    told = (row["provider__name"], row["reason"], who, f"{day_of(row['decided_at']):%d/%m/%Y}")
    return subject, (subject.name, *told)
