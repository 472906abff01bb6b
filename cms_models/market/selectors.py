"""Reading the market: lots in force, their providers and free capacity."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from django.db.models import Q, QuerySet

from cms_models.accounts.models import Authority
from cms_models.market.domain import (
    AwardTerms,
    LotTerms,
    cascade_words,
    last_day,
    lead_refusals,
    standstill_refusal,
)
from cms_models.market.models import Framework, Lot, LotAward, Skill
from cms_models.market.structure import Structure, gap_sentences, shared_sentences
from cms_models.places.selectors import zone_map_in_force
from cms_models.publication.models import PublicationState
from cms_models.rates.models import Pathway


def lots_in_force(authority: Authority, *, on: date) -> list[Lot]:
    """Return the lots of the frameworks in force on a day, the newest framework's first.

    Where two cover the same pathway and zone, `domain.lot_for` gives new work to the newest.
    """
    return list(
        Lot.objects.filter(
            authority=authority,
            framework__state=PublicationState.PUBLISHED,
            framework__starts_on__lte=on,
            framework__ends_on__gt=on,
        )
        .select_related("framework")
        .order_by("-framework__starts_on", "framework_id", "code")
    )


def structure_of(framework: Framework) -> Structure:
    """Return a framework's lots over every pathway and the zones of the map of its first day.

    Zones that only a lot names (of another map) are among them.
    """
    lots = tuple(lot.terms for lot in framework.lots.select_related("framework"))
    zone_map = zone_map_in_force(framework.authority, on=framework.starts_on)
    mapped = [zone.code for zone in zone_map.zones.order_by("code")] if zone_map else []
    named = set().union(*(lot.zones for lot in lots)) - set(mapped)
    return Structure(lots, tuple(Pathway.values), (*mapped, *sorted(named)))


def lots_seen(framework: Framework) -> str:
    """Return what an editor saw of a framework's lots, to tell whether it is still so."""
    rows = framework.lots.order_by("pk").values_list("pk", "version")
    return ",".join(f"{pk}.{version}" for pk, version in rows)


def providers_by_lot(lots: Sequence[Lot], *, from_day: date) -> dict[int, set[int]]:
    """Return the ids of the providers that hold a place in each lot on a day or later."""
    held: dict[int, set[int]] = {lot.pk: set() for lot in lots}
    rows = LotAward.objects.filter(lot__in=lots).filter(Q(ends_on=None) | Q(ends_on__gt=from_day))
    for lot_id, provider_id in rows.values_list("lot_id", "provider_id"):
        held[lot_id].add(provider_id)
    return held


def place_refusals(lot: Lot, *, starts_on: date, decided_on: date) -> list[str]:
    """Return why a provider cannot be given a place in a lot from a day: standstill, dates."""
    framework = lot.framework
    found = []
    standstill = standstill_refusal(
        name=str(lot), standstill_ends_on=framework.standstill_ends_on, on=decided_on
    )
    if standstill:
        found.append(standstill)
    over_on = max(framework.ends_on, framework.latest_end_on or framework.ends_on)
    if not framework.starts_on <= starts_on < over_on:
        found.append(
            f"A place in {lot} begins between {framework.starts_on:%d/%m/%Y} and "
            f"{last_day(over_on):%d/%m/%Y}, while {framework} runs; "
            f"not on {starts_on:%d/%m/%Y}."
        )
    return found


def second_lead_refusals(place: LotAward) -> list[str]:
    """Return why a place cannot stand as stated: its lot would have two leads at once."""
    others = place.lot.awards.select_related("provider").exclude(pk=place.pk)
    return [
        words
        for other in others
        for words in lead_refusals(lot=f"Lot {place.lot}", awards=_named([other, place]))
    ]


def two_leads(lot: Lot) -> list[str]:
    """Return when a lot would have two leads at once, and who."""
    return lead_refusals(lot=f"Lot {lot}", awards=_named(awards_of([lot])))


def _named(places: Iterable[LotAward]) -> list[AwardTerms]:
    """Return places as the rules want them, the provider by its name for a sentence."""
    return [
        replace(row.terms, provider=f"{row.provider.name} ({row.provider.ref})") for row in places
    ]


def framework_notes(framework: Framework) -> list[str]:
    """Return what to know before a framework goes live: no lead, too few, gaps, work taken over."""
    lots = list(framework.lots.select_related("framework"))
    places: dict[int, list[LotAward]] = {lot.pk: [] for lot in lots}
    for place in awards_of(lots):
        places[place.lot_id].append(place)
    found = []
    for lot in lots:
        cascade = cascade_words([row.terms for row in places[lot.pk]], on=framework.starts_on)
        if cascade != "starts at lead":
            found.append(f"Lot {lot}: {cascade}.")
        count = len({row.provider_id for row in places[lot.pk]})
        if lot.providers_wanted and count < lot.providers_wanted:
            found.append(f"Lot {lot} has {count} of {lot.providers_wanted} providers wanted.")
    structure = structure_of(framework)
    found += gap_sentences(structure)
    for other in frameworks_beside(framework):
        found += shared_sentences(structure.lots, _lots(other), names=(framework.name, other.name))
    return found


def _lots(framework: Framework) -> list[LotTerms]:
    return [lot.terms for lot in framework.lots.select_related("framework")]


def frameworks_beside(framework: Framework) -> list[Framework]:
    """Return the council's other published frameworks in force at the same time as this one."""
    return list(
        Framework.objects.filter(
            authority=framework.authority_id,
            state=PublicationState.PUBLISHED,
            starts_on__lt=framework.ends_on,
            ends_on__gt=framework.starts_on,
        ).exclude(pk=framework.pk)
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
