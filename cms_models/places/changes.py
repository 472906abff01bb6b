"""What one division into zones changes against another: areas and postcodes, in sentences."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry

from cms_models.places.domain import ZoneIndex
from cms_models.places.faults import SLIVER_SQUARE_METRES
from cms_models.places.geometry import area_words, square_metres

Points = Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Division:
    """The zones of a map: their names and shapes by code."""

    names: Mapping[str, str]
    index: ZoneIndex

    def shape(self, code: str) -> BaseGeometry:
        """Return a zone's shape, mended where it crosses itself."""
        return self.index.shapes[self.index.codes.index(code)]


@dataclass(frozen=True)
class ZoneChange:
    """A zone that is new, gone or changed, with what it gains and loses.

    Areas in square metres; `gained` and `lost` count postcodes by the zone they come from or go to,
    empty for no zone.
    """

    code: str
    before: str | None
    after: str | None
    gained_square_metres: float
    lost_square_metres: float
    gained: Mapping[str, int]
    lost: Mapping[str, int]

    @property
    def sentence(self) -> str:
        """The change as people read it."""
        if self.before is None:
            area, count = area_words(self.gained_square_metres), sum(self.gained.values())
            return f"Zone {self.code} ({self.after}) is new: {area}, {_postcodes(count)}."
        if self.after is None:
            heirs = ", ".join(f"{count:,} to {to or 'no zone'}" for to, count in self.lost.items())
            return f"Zone {self.code} ({self.before}) is gone" + (
                f"; its postcodes go: {heirs}." if heirs else "."
            )
        renamed = f"is renamed to {self.after}" if self.before != self.after else ""
        parts = [
            renamed,
            _moved("gains", self.gained_square_metres, self.gained),
            _moved("loses", self.lost_square_metres, self.lost),
        ]
        return f"Zone {self.code} ({self.before}) {' and '.join(part for part in parts if part)}."


def _moved(verb: str, area: float, postcodes: Mapping[str, int]) -> str:
    if area <= SLIVER_SQUARE_METRES and not postcodes:
        return ""
    return f"{verb} {area_words(area)} and {_postcodes(sum(postcodes.values()))}"


def _postcodes(count: int) -> str:
    return f"{count:,} postcode{'' if count == 1 else 's'}"


def zone_changes(before: Division, after: Division, *, points: Points) -> list[ZoneChange]:
    """Return the zones that are not the same in both, by code."""
    flows = postcode_flows(before.index, after.index, points=points)
    codes = sorted({*before.names, *after.names})
    found = [_change(code, before, after, flows) for code in codes]
    return [one for one in found if one is not None]


def postcode_flows(
    before: ZoneIndex, after: ZoneIndex, *, points: Points
) -> Counter[tuple[str, str]]:
    """Count the postcodes that change their zone, by zone before and after (empty: none)."""
    latitudes = [point[0] for point in points.values()]
    longitudes = [point[1] for point in points.values()]
    pairs = zip(
        before.zones_of(latitudes, longitudes), after.zones_of(latitudes, longitudes), strict=True
    )
    return Counter((was or "", now or "") for was, now in pairs if was != now)


def _change(
    code: str, before: Division, after: Division, flows: Mapping[tuple[str, str], int]
) -> ZoneChange | None:
    was, now = before.names.get(code), after.names.get(code)
    gained = {came: count for (came, went), count in flows.items() if went == code}
    lost = {went: count for (came, went), count in flows.items() if came == code}
    if was is None or now is None:
        area = square_metres((after if was is None else before).shape(code))
        areas = (area, 0.0) if was is None else (0.0, area)
    else:
        old, new = before.shape(code), after.shape(code)
        areas = (square_metres(new.difference(old)), square_metres(old.difference(new)))
    same = was == now and max(areas) <= SLIVER_SQUARE_METRES and not gained and not lost
    return None if same else ZoneChange(code, was, now, *areas, _most(gained), _most(lost))


def _most(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def change_sentences(changes: Sequence[ZoneChange]) -> list[str]:
    """Return what changes, one sentence a zone; one that says so when nothing does."""
    return [one.sentence for one in changes] or ["The zones stay as they are."]
