"""Road maps: from an OpenStreetMap file to the graph every worker plans on."""

import hashlib
import io
from pathlib import Path

from cms_models.accounts.models import User
from cms_models.fields.services import set_rule
from cms_models.places.models import RoadMap
from cms_models.places.services import keep_road_map
from optimiser.travel.roads import RoadGraph


def load_road_map(*, actor: User, path: Path, name: str) -> RoadMap:
    """Read an .osm.pbf, keep its graph for the actor's council and plan on it from now on.

    Raises TravelError when the file is no OpenStreetMap extract or holds no roads.
    """
    content = path.read_bytes()
    graph = RoadGraph.from_osm(path)
    packed = io.BytesIO()
    graph.save(packed)
    row = keep_road_map(
        actor=actor,
        name=name,
        filename=path.name,
        sha256=hashlib.sha256(content).hexdigest(),
        graph=packed.getvalue(),
        nodes=graph.node_count,
        edges=graph.edge_count,
    )
    set_rule(actor=actor, key="rounds.travel", value="roads", reason=f"{path.name} loaded")
    return row
