"""What the reports of the brokerage share: lots as rows, packages as subjects."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.brokerage.domain import agreed_week_pence
from cms_models.brokerage.report_domain import Period, Subject
from cms_models.care.models import Award, Setting
from cms_models.market.models import Lot, LotAward
from cms_models.publication.models import PublicationState

NO_LOT = "none"
Row = tuple[str, str]
# What an award's weekly price is reckoned from.
PRICED = (
    *("package_id", "package__package_ref", "package__setting", "package__weekly_minutes"),
    *("package__weekly_pence", "agreed_pence"),
)


def package(key: int, name: str) -> Subject:
    """Return a package as what adds to a number."""
    return Subject("package", key, name)


def place(row: LotAward) -> Subject:
    """Return a place in a lot as what adds to a number."""
    return Subject(
        "place", row.pk, f"{row.provider}, {row.get_tier_display().lower()} in {row.lot}"
    )


def day_of(moment: datetime) -> date:
    """Return the day of a moment as the council counts days."""
    return timezone.localtime(moment).date()


def lots_of(user: User, period: Period) -> list[Lot]:
    """Return the lots in force on some day of a period, by code."""
    return list(
        Lot.objects.visible_to(user)
        .filter(
            framework__state=PublicationState.PUBLISHED,
            framework__starts_on__lt=period.until,
            framework__ends_on__gt=period.first,
        )
        .select_related("framework")
        .order_by("code", "framework__starts_on")
    )


def lot_rows(lots: Iterable[Lot], *, used: Iterable[str] = ()) -> list[Row]:
    """Return a row a lot, and one for packages outside them where `used` has any."""
    rows = [(str(lot.pk), str(lot)) for lot in lots]
    known = {key for key, _ in rows}
    return [*rows, (NO_LOT, "In no lot")] if set(used) - known else rows


def lot_key(lot_id: int | None, known: Iterable[str]) -> str:
    """Return the row of a lot, that of no lot for one that is not among them."""
    key = str(lot_id)
    return key if key in known else NO_LOT


def within(moments: str, period: Period) -> Q:
    """Return the condition that a moment lies in a period, as the council counts days."""
    zone = timezone.get_default_timezone()
    first = datetime.combine(period.first, datetime.min.time(), tzinfo=zone)
    until = datetime.combine(period.until, datetime.min.time(), tzinfo=zone)
    return Q(**{f"{moments}__gte": first, f"{moments}__lt": until})


def in_force(period: Period) -> Q:
    """Return the condition that a place in a lot is in force on some day of a period."""
    return Q(starts_on__lt=period.until) & (Q(ends_on=None) | Q(ends_on__gt=period.first))


def week_pence(award: Mapping[str, Any]) -> int | None:
    """Return what an awarded package costs a week: at the agreed price, else as it is priced."""
    if award["agreed_pence"] is None:
        planned: int | None = award["package__weekly_pence"]
        return planned
    return agreed_week_pence(
        award["agreed_pence"],
        weekly_minutes=award["package__weekly_minutes"],
        by_week=award["package__setting"] != Setting.HOME,
    )


def awards_by(user: User, source: str) -> QuerySet[Award]:
    """Return the awards of one source that a user may see, the newest last."""
    return Award.objects.visible_to(user).filter(source=source).order_by("decided_at", "id")
