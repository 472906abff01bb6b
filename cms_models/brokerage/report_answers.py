"""What providers answered: declined and why, the lead's promised share, who was never offered."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from cms_models.accounts.models import User
from cms_models.brokerage.models import DeclineReason, Invitation, InvitationState, Release
from cms_models.brokerage.report_domain import (
    Column,
    Findings,
    How,
    Period,
    Piece,
    Table,
    Unit,
)
from cms_models.brokerage.report_rows import (
    Row,
    day_of,
    in_force,
    lot_key,
    lot_rows,
    lots_of,
    package,
    place,
    within,
)
from cms_models.care.market_selectors import lead_shares_of, referrals_of
from cms_models.market.domain import LeadShare, Tier, promise_words
from cms_models.market.models import Lot, LotAward
from cms_models.publication.models import PublicationState

Asked = Mapping[str, Any]
OFFERED, DECLINED, LAPSED = (
    str(InvitationState.OFFERED),
    str(InvitationState.DECLINED),
    str(InvitationState.LAPSED),
)


def _asked(user: User, period: Period) -> list[dict[str, Any]]:
    """Return the invitations sent in a period with how each was answered, in one query."""
    return list(
        Invitation.objects.visible_to(user)
        .filter(within("sent_at", period))
        .order_by("sent_at", "id")
        .values(
            *("provider_id", "provider__name", "state", "sent_at", "answered_at", "lapsed_at"),
            *("decline_reason", "decline_words", "release__package_id"),
            *("release__package__package_ref", "release__package__lot_id"),
        )
    )


def answer_of(row: Asked) -> str:
    """Return what a provider made of an invitation; one that closed is told by its moments."""
    if row["decline_reason"] or row["state"] == DECLINED:
        return DECLINED
    if row["answered_at"] is not None:
        return OFFERED
    return LAPSED if row["lapsed_at"] is not None else str(row["state"])


def declined(user: User, period: Period, *, now: datetime) -> Findings:
    """Return who declined what and why, of the packages they were asked about in a period."""
    lots, rows = lots_of(user, period), _asked(user, period)
    known = {str(lot.pk) for lot in lots}
    by_lot = list(_answers(rows, lambda row: lot_key(row["release__package__lot_id"], known)))
    by_provider = list(_answers(rows, lambda row: str(row["provider_id"])))
    names = {str(row["provider_id"]): row["provider__name"] for row in rows}
    columns = [
        Column("asked", "Asked"),
        Column(OFFERED, "Offered"),
        Column(DECLINED, "Declined"),
        *(Column(key, label) for key, label in DeclineReason.choices),
        Column(LAPSED, "Did not answer in time"),
        Column("share", "Declined, %", Unit.PERCENT, How.SHARE, of=DECLINED, out_of="asked"),
    ]
    providers = sorted(names.items(), key=lambda item: item[1])
    return Findings(
        tables=[
            Table(
                "lot",
                "Declined and why, by lot",
                "Lot",
                lot_rows(lots, used={piece.row for piece in by_lot}),
                columns,
                by_lot,
                charted=DECLINED,
            ),
            Table(
                "provider",
                "Declined and why, by provider",
                "Provider",
                providers,
                columns,
                by_provider,
                charted=DECLINED,
            ),
        ],
        sentences=["Counted are the packages providers were asked about in the period."],
    )


def _answers(rows: Iterable[Asked], row_of: Callable[[Asked], str]) -> Iterator[Piece]:
    for row in rows:
        subject = package(row["release__package_id"], row["release__package__package_ref"])
        said = f"{row['provider__name']}, asked on {day_of(row['sent_at']):%d/%m/%Y}"
        answer, key = answer_of(row), row_of(row)
        yield Piece(key, "asked", 1, subject, said)
        if answer in (OFFERED, LAPSED):
            yield Piece(key, answer, 1, subject, said)
        elif answer == DECLINED:
            why = ": ".join(filter(None, (said, row["decline_words"])))
            yield Piece(key, DECLINED, 1, subject, why)
            yield Piece(key, row["decline_reason"] or str(DeclineReason.OTHER), 1, subject, why)


def ledger(user: User, period: Period, *, now: datetime) -> Findings:
    """Return what each lot's lead was promised and got, and what it made of its offers (N15)."""
    lots = lots_of(user, period)
    referrals = referrals_of(lots, first=period.first, until=period.until)
    shares = lead_shares_of(lots, referrals)
    pieces = []
    for one in referrals:
        subject = package(one.package_id, one.package_ref)
        said = f"to {one.provider_name} on {one.day:%d/%m/%Y}"
        pieces.append(Piece(str(one.lot_id), "referrals", 1, subject, said))
        if one.to_lead:
            pieces.append(Piece(str(one.lot_id), "to_lead", 1, subject, said))
    leads = _leads(user, lots)
    pieces += _of_the_leads(user, period, leads)
    return Findings(
        tables=[
            Table(
                "lot",
                "The lead's share of new referrals against what was promised",
                "Lot",
                lot_rows(lots),
                [
                    Column("referrals", "New referrals"),
                    Column("to_lead", "To the lead"),
                    Column(
                        "share",
                        "Lead's share, %",
                        Unit.PERCENT,
                        How.SHARE,
                        of="to_lead",
                        out_of="referrals",
                    ),
                    Column("asked", "Lead asked"),
                    Column(OFFERED, "Lead offered"),
                    Column(DECLINED, "Lead declined"),
                    Column(LAPSED, "Lead timed out"),
                ],
                pieces,
                charted="share",
                saying=("Lead", "Promised", "Kept"),
                said={
                    str(lot.pk): (_names(lot, leads, period), *_promise(shares[lot.pk]))
                    for lot in lots
                },
                note="A new referral is an award by its day. A majority is more than half: exactly "
                "50.00 % is none.",
            )
        ],
        sentences=[
            f"{lot}: {shares[lot.pk].words}" for lot in lots if shares[lot.pk].kept is False
        ],
    )


def _promise(share: LeadShare) -> tuple[str, str]:
    words = {True: "kept", False: "not kept", None: "–"}[share.kept]
    return promise_words(share.promise, share.promised_percent), words


def _leads(user: User, lots: Sequence[Lot]) -> list[LotAward]:
    """Return the leads' places in some lots, the earliest first."""
    places = LotAward.objects.visible_to(user).filter(lot__in=lots, tier=Tier.LEAD)
    return list(places.select_related("provider").order_by("starts_on", "id"))


def _names(lot: Lot, leads: Sequence[LotAward], period: Period) -> str:
    """Return who led a lot in a period, one after the other."""
    held = (
        one
        for one in leads
        if one.lot_id == lot.pk
        and one.starts_on < period.until
        and (one.ends_on is None or one.ends_on > period.first)
    )
    return ", ".join(dict.fromkeys(one.provider.name for one in held)) or "no lead"


def _of_the_leads(user: User, period: Period, leads: Sequence[LotAward]) -> Iterator[Piece]:
    """Yield what leads made of the packages of their lots they were asked about."""
    for row in _asked(user, period):
        lot_id, day = row["release__package__lot_id"], day_of(row["sent_at"])
        led = any(
            one.lot_id == lot_id
            and one.provider_id == row["provider_id"]
            and one.terms.in_force(day)
            for one in leads
        )
        if led:
            of_lots = _answers([row], lambda asked: str(asked["release__package__lot_id"]))
            yield from (piece for piece in of_lots if piece.column in LEADS_COLUMNS)


LEADS_COLUMNS = ("asked", OFFERED, DECLINED, LAPSED)


def never_offered(user: User, period: Period, *, now: datetime) -> Findings:
    """Return the providers that hold a place and were asked about nothing in a period."""
    asked = {row["provider_id"] for row in _asked(user, period)}
    places = [
        row
        for row in LotAward.objects.visible_to(user)
        .filter(in_force(period), lot__framework__state=PublicationState.PUBLISHED)
        .select_related("provider", "lot")
        if row.provider_id not in asked
    ]
    releases = _releases(user, period)
    pieces = [Piece(str(row.provider_id), "places", 1, place(row)) for row in places]
    pieces += _missed(places, releases)
    rows: list[Row] = sorted(
        {(str(row.provider_id), row.provider.name) for row in places}, key=lambda one: one[1]
    )
    count = len(rows)
    return Findings(
        tables=[
            Table(
                "provider",
                "Providers never offered a package",
                "Provider",
                rows,
                [
                    Column("places", "Places held"),
                    Column("released", "Packages released in its lots"),
                    Column("left_out", "Of them left out with a reason"),
                ],
                pieces,
                charted="released",
            )
        ],
        sentences=[
            f"{count} provider{'' if count == 1 else 's'} with a place in a lot "
            f"{'was' if count == 1 else 'were'} asked about nothing in the period."
        ],
    )


def _releases(user: User, period: Period) -> list[dict[str, Any]]:
    return list(
        Release.objects.visible_to(user)
        .filter(within("released_at", period))
        .order_by("released_at", "id")
        .values(
            *("package_id", "package__package_ref", "package__lot_id", "released_at", "left_out"),
        )
    )


def _missed(places: Sequence[LotAward], releases: Sequence[Asked]) -> Iterator[Piece]:
    """Yield the releases in the lots of each provider, and why it was left out of them."""
    in_lot: dict[int, dict[str, int]] = {}
    for row in places:
        in_lot.setdefault(row.lot_id, {})[row.provider.ref] = row.provider_id
    for one in releases:
        subject = package(one["package_id"], one["package__package_ref"])
        said = f"released on {day_of(one['released_at']):%d/%m/%Y}"
        reasons = {str(row.get("provider")): row.get("why", "") for row in one["left_out"]}
        for ref, key in in_lot.get(one["package__lot_id"], {}).items():
            yield Piece(str(key), "released", 1, subject, said)
            if ref in reasons:
                yield Piece(str(key), "left_out", 1, subject, str(reasons[ref]))
