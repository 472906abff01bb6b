"""What a provider reads of the market: itself, its lots and its own places in them."""

from collections import defaultdict
from datetime import date
from typing import Any

from cms_models.accounts.models import User
from cms_models.market.domain import cascade_words
from cms_models.market.models import Lot, LotAward, Provider
from cms_models.market.selectors import awards_of


def own_providers(*, user: User) -> list[dict[str, Any]]:
    """Return the providers the user acts for, by name."""
    return list(
        Provider.objects.visible_to(user).order_by("name", "id").values("ref", "name", "custom")
    )


def own_lots(*, user: User, on: date) -> list[dict[str, Any]]:
    """Return the lots the user's providers hold places in, with those places and the cascade.

    Of the other providers of a lot only the tier at which offers begin is told. Three queries
    for any number of lots.
    """
    lots = list(Lot.objects.visible_to(user).select_related("framework").order_by("code", "id"))
    everybody = defaultdict(list)
    for award in awards_of(lots):
        everybody[award.lot_id].append(award.terms)
    places = defaultdict(list)
    own = LotAward.objects.visible_to(user).filter(lot__in=lots).select_related("provider")
    for award in own.order_by("starts_on", "tier", "rank", "id"):
        places[award.lot_id].append(award)
    return [
        {
            "code": lot.code,
            "name": lot.name,
            "framework": lot.framework.name,
            "pathways": lot.pathways,
            "zones": lot.zones,
            "cascade": cascade_words(everybody[lot.pk], on=on),
            "places": places[lot.pk],
            "custom": lot.custom,
        }
        for lot in lots
    ]
