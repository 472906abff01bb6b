"""Reading the rule book: an edition, and what the rules say on any day."""

from datetime import date

from django.db import models

from cms_models.accounts.models import Authority
from cms_models.fields.selectors import rule_values
from cms_models.market.models import LotAward
from cms_models.market.selectors import lots_in_force
from cms_models.places.selectors import centres, zone_map_in_force
from cms_models.rates.domain import NoRate, card_in_force
from cms_models.rates.selectors import published_cards
from cms_models.rulebook.domain import Chapter, Configuration, LotEntry, written
from cms_models.rulebook.models import RuleBookEdition


def configuration_on(authority: Authority, *, on: date) -> Configuration:
    """Return what is in force on a day, past or to come, as the book says it."""
    cards = published_cards(authority)
    try:
        card = card_in_force(cards, on=on)
    except NoRate:
        card = None
    zone_map = zone_map_in_force(authority, on=on)
    zones = zone_map.zones.order_by("code").values_list("code", "name") if zone_map else []
    coming = sorted((one for one in cards if one.valid_from > on), key=lambda one: one.valid_from)
    return Configuration(
        council=authority.name,
        on=on,
        card=card,
        next_cards=tuple(coming),
        centres=tuple(sorted(centre.name for centre in centres(authority))),
        zones=tuple(zones),
        zone_map=str(zone_map or ""),
        lots=tuple(_lots(authority, on=on)),
        rules=rule_values(authority, on=on),
    )


def _lots(authority: Authority, *, on: date) -> list[LotEntry]:
    lots = lots_in_force(authority, on=on)
    held: dict[int, list[LotAward]] = {lot.pk: [] for lot in lots}
    for row in LotAward.objects.filter(lot__in=lots).select_related("provider"):
        held[row.lot_id].append(row)
    return [
        LotEntry(
            lot.terms,
            tuple(row.terms for row in held[lot.pk]),
            {row.provider.ref: row.provider.name for row in held[lot.pk]},
        )
        for lot in lots
    ]


def book_on(authority: Authority, *, on: date) -> tuple[Chapter, ...]:
    """Return what the rules say on a day, by today's knowledge."""
    return written(configuration_on(authority, on=on))


def edition_asked(
    editions: models.QuerySet[RuleBookEdition],
    *,
    number: int | None = None,
    on: date | None = None,
) -> RuleBookEdition | None:
    """Return the edition of a number, or the one in force on a day, or the latest."""
    if number is not None:
        return editions.filter(number=number).first()
    if on is not None:
        editions = editions.filter(valid_from__lte=on)
    return editions.order_by("-number").first()


def edition_before(edition: RuleBookEdition) -> RuleBookEdition | None:
    """Return the edition that this one followed."""
    return (
        RuleBookEdition.objects.filter(authority=edition.authority, number__lt=edition.number)
        .order_by("-number")
        .first()
    )
