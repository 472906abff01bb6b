"""The format homeward-council/1 (docs/formats.md), read and checked before anything is tried."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cms_models.quality.models import KpiSense
from cms_models.rates.models import Area, DayType, VisitKind
from importers.bundles import MAIN, member
from importers.cells import BadCell, read_postcode
from importers.columns import Column, laid_out
from importers.faults import BadFile
from importers.framework import pathways
from importers.json_files import (
    Key,
    a_clock_time,
    a_day,
    a_number,
    a_text,
    a_whole_number,
    any_text,
    as_is,
    document,
    one_of,
    or_null,
    read_list,
    read_object,
)
from importers.tables import read_table

FORMAT = "homeward-council/1"
TOP = {
    "format": Key(a_text),
    "authority": Key(as_is),
    "skills": Key(as_is, required=False, default=[]),
    "rules": Key(as_is, required=False, default={}),
    "urban_centres": Key(as_is, required=False, default=[]),
    "postcodes": Key(as_is, required=False),
    "zone_map": Key(as_is, required=False),
    "rate_cards": Key(as_is, required=False, default=[]),
    "budgets": Key(as_is, required=False, default=[]),
    "quality_frameworks": Key(as_is, required=False, default=[]),
    "printed_tables": Key(as_is, required=False, default=[]),
}
AUTHORITY = {"code": Key(a_text), "name": Key(a_text)}
SKILL = {"code": Key(a_text), "name": Key(a_text)}
CENTRE = {"name": Key(a_text), "latitude": Key(a_number), "longitude": Key(a_number)}
POSTCODES = {"file": Key(a_text), "attribution": Key(any_text, required=False, default="")}
ZONE_MAP = {
    "name": Key(a_text),
    "valid_from": Key(a_day),
    "file": Key(a_text),
    "attribution": Key(any_text, required=False, default=""),
}
CARD = {
    "name": Key(a_text),
    "valid_from": Key(a_day),
    "valid_to": Key(or_null(a_day), required=False),
    "lines": Key(as_is),
}
LINE = {
    "pathway": Key(or_null(lambda value: pathways([value])[0]), required=False),
    "area": Key(or_null(one_of(Area.values)), required=False),
    "visit_kind": Key(one_of(VisitKind.values)),
    "day_type": Key(or_null(one_of(DayType.values)), required=False),
    "starts_from": Key(or_null(a_clock_time), required=False),
    "starts_before": Key(or_null(a_clock_time), required=False),
    "least_minutes": Key(or_null(a_whole_number), required=False),
    "most_minutes": Key(or_null(a_whole_number), required=False),
    "pence_per_hour": Key(a_whole_number),
}
BUDGET = {
    "name": Key(a_text),
    "starts_on": Key(a_day),
    "ends_on": Key(a_day),
    "pathways": Key(pathways),
    "amount_pence": Key(a_whole_number),
}
QUALITY = {
    "title": Key(a_text),
    "version": Key(a_whole_number),
    "introduction": Key(any_text, required=False, default=""),
    "domains": Key(as_is),
    "kpis": Key(as_is, required=False, default=[]),
}
DOMAIN = {"title": Key(a_text), "standards": Key(as_is)}
STANDARD = {
    "code": Key(a_text),
    "statement": Key(a_text),
    "weight": Key(a_number),
    "evidence": Key(any_text, required=False, default=""),
    "criteria": Key(as_is, required=False, default=[]),
}
CRITERION = {
    "text": Key(a_text),
    "weight": Key(a_number),
    "evidence": Key(any_text, required=False, default=""),
}
KPI = {
    "code": Key(a_text),
    "name": Key(a_text),
    "unit": Key(a_text),
    "sense": Key(one_of(KpiSense.values), required=False, default="at_least"),
    "target": Key(a_number),
    "formula": Key(a_text),
}
PRINTED_TABLE = {
    "name": Key(a_text),
    "source": Key(any_text, required=False, default=""),
    "note": Key(any_text, required=False, default=""),
    "weeks": Key(a_whole_number, required=False, default=52),
    "mix": Key(as_is),
    "table": Key(a_text, required=False, default="zone"),
    "pathways": Key(pathways, required=False, default=[]),
    "rows": Key(as_is),
    "total": Key(as_is, required=False),
}
PRINTED_ROW = {
    "key": Key(any_text, required=False, default=""),
    "name": Key(a_text),
    "clients": Key(or_null(a_whole_number), required=False),
    "weekly_hours": Key(a_number),
    "annual_hours": Key(a_number),
    "annual_pounds": Key(a_number),
    "unrounded_weekly_hours": Key(or_null(a_number), required=False),
}


def _degrees(text: str) -> float:
    try:
        return a_number(float(text))
    except ValueError as broken:
        raise BadCell(f"“{text[:40]}” is not a number of degrees like 52.0567.") from broken


POSTCODE_COLUMNS = (
    Column("postcode", "postcode", "postcode", read_postcode, needed=True),
    Column("latitude", "latitude", "latitude", _degrees, needed=True),
    Column("longitude", "longitude", "longitude", _degrees, needed=True),
)


@dataclass(frozen=True)
class CouncilFile:
    """A council.json with the points and polygons of the files it names."""

    code: str
    name: str
    skills: Sequence[Mapping[str, Any]]
    rules: Mapping[str, Any]
    urban_centres: Sequence[Mapping[str, Any]]
    points: Mapping[str, tuple[float, float]]
    zone_map: Mapping[str, Any] | None
    rate_cards: Sequence[Mapping[str, Any]]
    budgets: Sequence[Mapping[str, Any]]
    quality_frameworks: Sequence[Mapping[str, Any]]
    printed_tables: Sequence[Mapping[str, Any]]


def read_council(files: Mapping[str, bytes]) -> CouncilFile:
    """Read council.json and the files it names; BadFile names the key, the row or the zone."""
    top = read_object(document(files[MAIN], format_name=FORMAT), where=MAIN, keys=TOP)
    authority = read_object(top["authority"], where="authority", keys=AUTHORITY)
    if not isinstance(top["rules"], dict):
        raise BadFile("rules must be an object of rule and value.")
    return CouncilFile(
        code=authority["code"],
        name=authority["name"],
        skills=read_list(top["skills"], where="skills", keys=SKILL),
        rules=top["rules"],
        urban_centres=read_list(top["urban_centres"], where="urban_centres", keys=CENTRE),
        points=_points(top["postcodes"], files) if top["postcodes"] else {},
        zone_map=_zone_map(top["zone_map"], files) if top["zone_map"] else None,
        rate_cards=_cards(top["rate_cards"]),
        budgets=read_list(top["budgets"], where="budgets", keys=BUDGET),
        quality_frameworks=_quality(top["quality_frameworks"]),
        printed_tables=_printed(top["printed_tables"]),
    )


def _points(value: Any, files: Mapping[str, bytes]) -> dict[str, tuple[float, float]]:
    stated = read_object(value, where="postcodes", keys=POSTCODES)
    name = stated["file"]
    try:
        table = read_table(member(files, name))
        layout, _ = laid_out(table.headings, POSTCODE_COLUMNS, {})
    except BadFile as refusal:
        raise BadFile(f"{name}: {refusal}") from refusal
    points: dict[str, tuple[float, float]] = {}
    for row in table.rows:
        values, errors = layout.values(row)
        if errors:
            raise BadFile(f"{name}, row {row.number}, {errors[0].column}: {errors[0].message}")
        latitude, longitude = values["latitude"], values["longitude"]
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            raise BadFile(f"{name}, row {row.number}: the point is not on Earth.")
        if points.setdefault(values["postcode"], (latitude, longitude)) != (latitude, longitude):
            raise BadFile(f"{name}, row {row.number}: {values['postcode']} has two points.")
    return points


def _zone_map(value: Any, files: Mapping[str, bytes]) -> dict[str, Any]:
    stated = read_object(value, where="zone_map", keys=ZONE_MAP)
    name = stated["file"]
    features = _features(member(files, name), name)
    return {**stated, "features": features}


def _features(content: bytes, name: str) -> list[dict[str, Any]]:
    collection = document(content, format_name="FeatureCollection", key="type")
    found = collection.get("features")
    if not isinstance(found, list) or not found:
        raise BadFile(f"{name} holds no features.")
    features = []
    for number, one in enumerate(found, start=1):
        stated = one if isinstance(one, dict) else {}
        properties = stated.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        code = properties.get("code")
        if not isinstance(code, str) or not code or not isinstance(stated.get("geometry"), dict):
            raise BadFile(f"{name}, feature {number}: a geometry and a property “code” are needed.")
        words = properties.get("name") or code
        features.append(
            {"properties": {"code": code, "name": str(words)}, "geometry": stated["geometry"]}
        )
    return features


def _cards(value: Any) -> list[dict[str, Any]]:
    cards = read_list(value, where="rate_cards", keys=CARD)
    for card in cards:
        card["lines"] = read_list(card["lines"], where=f"{card['name']}, lines", keys=LINE)
    return cards


def _quality(value: Any) -> list[dict[str, Any]]:
    found = read_list(value, where="quality_frameworks", keys=QUALITY)
    for framework in found:
        where = f"{framework['title']}, domains"
        framework["domains"] = read_list(framework["domains"], where=where, keys=DOMAIN)
        for part in framework["domains"]:
            where = f"{part['title']}, standards"
            part["standards"] = read_list(part["standards"], where=where, keys=STANDARD)
            for one in part["standards"]:
                where = f"standard {one['code']}, criteria"
                one["criteria"] = read_list(one["criteria"], where=where, keys=CRITERION)
        where = f"{framework['title']}, kpis"
        framework["kpis"] = read_list(framework["kpis"], where=where, keys=KPI)
    return found


def _printed(value: Any) -> list[dict[str, Any]]:
    found = read_list(value, where="printed_tables", keys=PRINTED_TABLE)
    for table in found:
        name = table["name"]
        table["rows"] = read_list(table["rows"], where=f"{name}, rows", keys=PRINTED_ROW)
        if table["total"] is not None:
            table["total"] = read_object(table["total"], where=f"{name}, total", keys=PRINTED_ROW)
    return found
