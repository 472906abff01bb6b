"""A council's postcodes with their points: Code-Point Open, the ONS directory, or the like."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from cms_models.accounts.models import User
from cms_models.places.geojson import BRITAIN
from cms_models.places.selectors import postcode_points
from cms_models.places.services import load_postcodes
from importers.base import TableImporter
from importers.cells import read_postcode
from importers.columns import Column
from importers.faults import BadCell

DEGREES_MOST = 180.0


def read_degrees(text: str) -> float:
    """Return a number of degrees; BadCell names what it looks like instead."""
    try:
        number = float(text)
    except ValueError as broken:
        raise BadCell(f"“{text[:40]}” is not a number of degrees like 52.0567.") from broken
    if not abs(number) <= DEGREES_MOST:
        raise BadCell(
            f"“{text[:40]}” is no number of degrees. Eastings and northings are not read: take the "
            "columns of latitude and longitude."
        )
    return number


POSTCODE_COLUMNS = (
    Column(
        "Postcode",
        "postcode",
        "postcode",
        read_postcode,
        needed=True,
        aliases=("pcds", "pcd", "pcd8", "pcd7"),
    ),
    Column("Latitude", "latitude", "latitude", read_degrees, needed=True, aliases=("lat",)),
    Column(
        "Longitude",
        "longitude",
        "longitude",
        read_degrees,
        needed=True,
        aliases=("long", "lon", "lng"),
    ),
)


@dataclass(frozen=True)
class PostcodePoint:
    """A postcode and its point, degrees WGS84."""

    postcode: str
    latitude: float
    longitude: float


class PostcodeImporter(TableImporter):
    """Postcodes by themselves; what a newer file leaves out stays, for people still live there."""

    kind: ClassVar[str] = "postcodes"
    columns: ClassVar[Sequence[Column]] = POSTCODE_COLUMNS
    unique: ClassVar[Sequence[tuple[str, ...]]] = (("postcode",),)

    def terms(self, values: Mapping[str, Any]) -> PostcodePoint:
        """Return a row as a point."""
        return PostcodePoint(values["postcode"], values["latitude"], values["longitude"])

    def refusals(
        self, terms: PostcodePoint, values: Mapping[str, Any]
    ) -> Iterable[tuple[str, str]]:
        """Refuse a point that is nowhere in Britain, saying when the columns look swapped."""
        west, south, east, north = BRITAIN
        if west <= terms.longitude <= east and south <= terms.latitude <= north:
            return
        where = f"{terms.latitude:g}, {terms.longitude:g}"
        if west <= terms.latitude <= east and south <= terms.longitude <= north:
            yield "latitude", f"{where} is longitude first: swap the two columns."
        else:
            yield "latitude", f"{where} is not in Britain: correct it, or leave the row out."

    def key(self, terms: PostcodePoint) -> str:
        """Return the postcode."""
        return terms.postcode

    def stored(self, terms: Sequence[PostcodePoint]) -> Mapping[str, PostcodePoint]:
        """Return the postcodes already loaded."""
        points = postcode_points(self.authority)
        return {code: PostcodePoint(code, *point) for code, point in points.items()}

    def register(self, terms: Sequence[PostcodePoint], *, actor: User) -> None:
        """Write through the places service."""
        points = {one.postcode: (one.latitude, one.longitude) for one in terms}
        load_postcodes(actor=actor, points=points)
