"""Boundaries of wards, LSOAs and other areas as the ONS publishes them: GeoJSON, plain or .gz."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import shapely

from cms_models.accounts.models import User
from cms_models.places.domain import BadPlace
from cms_models.places.faults import crossing
from cms_models.places.geojson import Feature, Limits, features_of, parsed, plain_words
from cms_models.places.models import AreaKind, ReferenceArea
from cms_models.places.services import AreaTerms, load_reference_areas
from importers import cells
from importers.archives import is_zip, ungzipped
from importers.base import Examination, Sheet, Step, TableImporter
from importers.columns import Column, laid_out
from importers.faults import BadFile
from importers.json_files import UNKEPT
from importers.sheet_limits import COLUMNS_MOST, Row
from importers.tables import Table

LIMITS = Limits("The file", vertices_most=500_000, features_most=5_000)
CODE_LONGEST, NAME_LONGEST = 30, 80
HEADING_LONGEST, PROPERTY_LONGEST = 60, 1_000
BOUNDARY = "Boundary (GeoJSON)"
ONS_ATTRIBUTION = (
    "Source: Office for National Statistics licensed under the Open Government Licence v3.0. "
    "Contains OS data © Crown copyright and database right"
)
# Finest first: a file of LSOAs may name the ward and the district each lies in, too.
ONS_AREAS = ("OA", "LSOA", "MSOA", "PAR", "WD", "CED", "LTLA", "LAD", "UTLA", "CTYUA", "CTY")
YEARS = tuple(range(35, 10, -1))
# How codes of the Government Statistical Service begin, by what they stand for.
GSS: Mapping[str, Any] = {
    "E05": AreaKind.WARD,
    "W05": AreaKind.WARD,
    "E01": AreaKind.LSOA,
    "W01": AreaKind.LSOA,
    "E02": AreaKind.MSOA,
    "W02": AreaKind.MSOA,
    "E06": AreaKind.DISTRICT,
    "E07": AreaKind.DISTRICT,
    "E08": AreaKind.DISTRICT,
    "E09": AreaKind.DISTRICT,
    "W06": AreaKind.DISTRICT,
}
GSS_LENGTH = 9


def _ons_headings(ending: str) -> tuple[str, ...]:
    """Return the ONS headings of codes or names, the finest areas and the latest years first."""
    return tuple(f"{area}{year}{ending}" for area in ONS_AREAS for year in YEARS)


def _read_code(text: str) -> str:
    return plain_words(text, what="The code", longest=CODE_LONGEST)


def _read_name(text: str) -> str:
    return plain_words(text, what="The name", longest=NAME_LONGEST)


def _boundary_words(boundary: Mapping[str, Any]) -> str:
    shape = shapely.geometry.shape(boundary)
    parts, points = len(shapely.get_parts(shape)), int(shapely.get_num_coordinates(shape))
    return f"{parts} {'polygon' if parts == 1 else 'polygons'}, {points:,} points"


BOUNDARY_COLUMNS = (
    Column("Code", "code", "code", _read_code, needed=True, aliases=_ons_headings("CD")),
    Column("Name", "name", "name", _read_name, required=False, aliases=_ons_headings("NM")),
    Column(
        "Kind of area",
        "kind",
        "kind",
        cells.choice_of({str(label): value for value, label in AreaKind.choices}),
        required=False,
    ),
    Column("Source", "source", "source", cells.text_of(120), required=False),
    Column("Attribution", "attribution", "attribution", cells.text_of(300), required=False),
    Column(BOUNDARY, "boundary", "boundary", str, _boundary_words, needed=True),
)


@dataclass(frozen=True)
class FeatureSheet(Sheet):
    """Features as a table of their properties; the boundary cell names the feature it is of."""

    geometries: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


class BoundaryImporter(TableImporter):
    """Reference areas by kind and code; any property of the file can be mapped."""

    kind: ClassVar[str] = "boundaries"
    columns: ClassVar[Sequence[Column]] = BOUNDARY_COLUMNS
    unique: ClassVar[Sequence[tuple[str, ...]]] = (("code", "kind"),)
    _geometries: Mapping[str, Mapping[str, Any]]

    def read(self, content: bytes, mapping: Mapping[str, str]) -> FeatureSheet:
        """Read the features and find the columns among their properties."""
        if is_zip(content):
            raise BadFile(
                "This is a zip file, perhaps a shapefile: download the boundaries as GeoJSON and "
                "send that, plain or as .geojson.gz."
            )
        try:
            features = features_of(parsed(ungzipped(content), limits=LIMITS), limits=LIMITS)
        except BadPlace as refusal:
            raise BadFile(str(refusal)) from refusal
        table = _table(features)
        layout, notes = laid_out(table.headings, self.columns, mapping)
        geometries = {_token(one): one.geometry for one in features}
        return FeatureSheet(table, layout, [*table.notes, *notes], geometries)

    def examine(self, source: Any, *, actor: User, step: Step) -> Examination:
        """Check every area, then compare with those that are loaded."""
        self._geometries = source.geometries
        return super().examine(source, actor=actor, step=step)

    def terms(self, values: Mapping[str, Any]) -> AreaTerms:
        """Return a feature as an area; its kind is told by its code where the file says none."""
        code = values["code"]
        standard = GSS.get(code[:3]) if len(code) == GSS_LENGTH else None
        return AreaTerms(
            kind=str(values["kind"] or standard or AreaKind.OTHER),
            code=code,
            name=values["name"] or code,
            boundary=self._geometries[values["boundary"]],
            source=values["source"],
            attribution=values["attribution"] or (ONS_ATTRIBUTION if standard else ""),
        )

    def refusals(self, terms: AreaTerms, values: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
        """Refuse a boundary that crosses itself, naming the place."""
        shape = shapely.geometry.shape(terms.boundary)
        fault = crossing(terms.code, shape, called="Area")
        if fault:
            yield "boundary", f"{fault.sentence}: mend it, or use a cleaner version of the file."

    def key(self, terms: AreaTerms) -> tuple[str, str]:
        """Return kind and code."""
        return terms.kind, terms.code

    def stored(self, terms: Sequence[AreaTerms]) -> Mapping[tuple[str, str], AreaTerms]:
        """Return the areas already loaded."""
        rows = ReferenceArea.objects.filter(authority=self.authority).values_list(
            "kind", "code", "name", "boundary", "source", "attribution"
        )
        return {(row[0], row[1]): AreaTerms(*row) for row in rows}

    def register(self, terms: Sequence[AreaTerms], *, actor: User) -> None:
        """Write through the places service."""
        load_reference_areas(actor=actor, areas=terms)


def _token(feature: Feature) -> str:
    return f"area {feature.number}"


def _table(features: Sequence[Feature]) -> Table:
    """Return the plain properties of features as a table, with the boundary as its last column."""
    names = dict.fromkeys(name for one in features for name in one.properties)
    headings = [name for name in names if name.casefold() != BOUNDARY.casefold()]
    for heading in headings:
        _require_kept(heading, f"The name of the property “{heading[:20]!r}”", HEADING_LONGEST)
    if len(headings) >= COLUMNS_MOST:
        raise BadFile(
            f"The areas have {len(headings):,} properties; at most {COLUMNS_MOST - 1} are read."
        )
    rows = [
        Row(one.number, (*(_cell(one, heading) for heading in headings), _token(one)))
        for one in features
    ]
    return Table((*headings, BOUNDARY), rows)


def _cell(feature: Feature, heading: str) -> str:
    """Return a property as text: nothing for none, a list or an object."""
    value = feature.properties.get(heading)
    if value is None or isinstance(value, list | dict):
        return ""
    text = str(value).strip()
    _require_kept(text, f"Area {feature.number}, “{heading}”", PROPERTY_LONGEST)
    return text


def _require_kept(text: str, where: str, longest: int) -> None:
    if UNKEPT.search(text):
        raise BadFile(f"{where} holds a control character or half a character: export it again.")
    if len(text) > longest:
        raise BadFile(f"{where} has {len(text):,} characters; at most {longest:,} are read.")
