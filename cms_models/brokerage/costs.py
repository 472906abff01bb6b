"""Who pays what of a package's week: the council, another funder, or the person (BR-06, BR-07)."""

from dataclasses import dataclass
from decimal import Decimal

from cms_models.brokerage.domain import (
    SELF_FUNDER,
    agreed_week_pence,
    arrangement_fee,
    funder_shares,
)
from cms_models.care.models import Award, CarePackage, Setting
from cms_models.fields.selectors import rule_value

SHARED, CHC = "Shared", "CHC"


@dataclass(frozen=True)
class WeekShares:
    """A package's week in pence, and who pays which part of it; None while it has no price.

    `fee_pence` is what a self-funder pays once for the arranging: as awarded, or by today's rule.
    """

    week_pence: int | None
    council_pence: int | None
    other_pence: int
    other: str
    fee_pence: int | None

    @property
    def sentence(self) -> str:
        """How the week is paid, in a sentence; empty where the council pays all of it."""
        if not self.other:
            return ""
        if self.week_pence is None or self.council_pence is None:
            return f"{self.other} pays for it, in part or whole; the week has no price yet."
        said = (
            f"£{self.week_pence / 100:,.2f} = £{self.other_pence / 100:,.2f} {self.other} "
            f"+ £{self.council_pence / 100:,.2f} the council."
        )
        if self.fee_pence is None:
            return said
        return f"{said} The person pays £{self.fee_pence / 100:,.2f} once for the arranging."


def week_shares(package: CarePackage, award: Award | None = None) -> WeekShares:
    """Return who pays what of a package's week under an award, or at the rates in force.

    A funder's share of a shared package is the local authority's part.
    """
    week = package.weekly_pence
    if award is not None and award.agreed_pence is not None:
        week = agreed_week_pence(
            award.agreed_pence,
            weekly_minutes=package.weekly_minutes,
            by_week=package.setting != Setting.HOME,
        )
    fee = award.arrangement_fee_pence if award is not None else _fee(package)
    other = {SELF_FUNDER: "the person", CHC: "the NHS", SHARED: "the NHS"}.get(package.funder, "")
    if week is None:
        return WeekShares(None, None, 0, other, fee)
    # The council's part is the one rounded, as the sandbox does.
    percent = package.funder_share_percent if package.funder == SHARED else Decimal(0)
    ours, theirs = funder_shares(week, percent) if other else (week, 0)
    return WeekShares(week, ours, theirs, other, fee)


def _fee(package: CarePackage) -> int | None:
    pence = int(rule_value(package.authority, "brokerage.arrangement_fee_pence"))
    return arrangement_fee(funder=package.funder, fee_pence=pence)
