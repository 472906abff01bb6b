"""How a zone map goes live."""

from collections.abc import Sequence
from typing import Any

from cms_models.accounts.models import User
from cms_models.places.models import ZoneMap
from cms_models.places.selectors import zone_map_changes, zone_map_refusals
from cms_models.places.services import publish_zone_map, take_back_zone_map
from cms_models.publication.registry import Publication, declare


def _publish(*, actor: User, record: ZoneMap) -> Any:
    return publish_zone_map(actor=actor, zone_map=record)


def _take_back(*, actor: User, record: ZoneMap) -> None:
    take_back_zone_map(actor=actor, zone_map=record)


def _changes(record: ZoneMap) -> Sequence[str]:
    return zone_map_changes(record)


declare(
    Publication(ZoneMap, zone_map_refusals, _publish, _take_back, changes=_changes, prices=True)
)
