"""What a list of codes may be ticked from, by council."""

from collections.abc import Iterable

from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.market.models import Skill
from cms_models.places.models import Zone
from cms_models.places.selectors import zone_map_in_force
from cms_models.rates.models import Pathway


def skills(user: User) -> list[tuple[str, str]]:
    """Return the council's skills."""
    return list(Skill.objects.filter(authority=user.authority_id).values_list("code", "name"))


def pathways(user: User) -> Iterable[tuple[str, str]]:
    """Return the pathways."""
    return Pathway.choices


def zones(user: User) -> list[tuple[str, str]]:
    """Return the zones of the map in force; of every map where none is in force yet."""
    zone_map = zone_map_in_force(user.authority, on=timezone.localdate())
    found = Zone.objects.filter(authority=user.authority_id)
    if zone_map is not None:
        found = found.filter(zone_map=zone_map)
    return [(code, f"{code} – {name}") for code, name in found.values_list("code", "name")]
