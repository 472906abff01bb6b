"""Reading the market: lots in force, their providers and free capacity."""

from collections.abc import Iterable
from datetime import date

from django.db.models import QuerySet

from cms_models.accounts.models import Authority
from cms_models.market.domain import cascade_words
from cms_models.market.models import Framework, Lot, LotAward, Skill


def lots_in_force(authority: Authority, *, on: date) -> list[Lot]:
    """Return the lots of the frameworks in force on a day."""
    return list(
        Lot.objects.filter(
            authority=authority, framework__starts_on__lte=on, framework__ends_on__gt=on
        ).select_related("framework")
    )


def awards_of(lots: list[Lot]) -> QuerySet[LotAward]:
    """Return the places in some lots, in order of offer."""
    return (
        LotAward.objects.filter(lot__in=lots)
        .select_related("lot", "provider")
        .order_by("lot__code", "tier", "rank", "provider__ref")
    )


def cascade_of(lot: Lot, *, on: date) -> str:
    """Return how a lot offers work on a day, such as "no lead: starts at additional" (PR-07)."""
    awards = [row.terms for row in lot.awards.select_related("provider")]
    return cascade_words(awards, on=on)


def skill_codes(authority: Authority) -> frozenset[str]:
    """Return the council's vocabulary of skills."""
    return frozenset(Skill.objects.filter(authority=authority).values_list("code", flat=True))


def lot_overlap(
    framework: Framework,
    *,
    code: str,
    pathways: Iterable[str],
    zones: Iterable[str],
    apart_from: int | None,
) -> str | None:
    """Return why a lot cannot cover these pathways and zones, None when no other lot does."""
    for other in framework.lots.exclude(pk=apart_from):
        both = set(other.pathways) & set(pathways), set(other.zones) & set(zones)
        if all(both):
            return (
                f"Lot {code}: pathway {min(both[0])} in zone {min(both[1])} is already in {other}."
            )
    return None
