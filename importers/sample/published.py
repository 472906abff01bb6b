"""Rates and tables the councils have published, and a few additions."""

import json
from typing import Any

from importers.sample.places import DATA


def _line(area: str | None, visit_kind: str, pence: int) -> dict[str, Any]:
    return {"pathway": None, "area": area, "visit_kind": visit_kind, "pence_per_hour": pence}


RATE_CARDS: dict[str, list[dict[str, Any]]] = {
    "herefordshire": [
        {
            "name": "2016 card",
            "valid_from": "2016-07-01",
            "valid_to": "2017-07-01",
            "lines": [
                _line("urban", "hourly", 1476),
                _line("rural", "hourly", 1576),
                _line(None, "sleep_in", 1148),
                _line(None, "24_hour", 1148),
            ],
        },
        {
            "name": "2017 card",
            "valid_from": "2017-07-01",
            "valid_to": None,
            "lines": [
                _line(None, "hourly", 1580),
                _line(None, "sleep_in", 1280),
                _line(None, "24_hour", 1280),
            ],
        },
    ],
    # Invented: Nottinghamshire's rates were tendered lot by lot.
    "nottinghamshire": [
        {
            "name": "2018 card",
            "valid_from": "2018-07-01",
            "valid_to": None,
            "lines": [
                _line("urban", "hourly", 1620),
                _line("rural", "hourly", 1700),
                _line(None, "sleep_in", 1310),
                _line(None, "24_hour", 1310),
            ],
        }
    ],
}

# Planned hours and cost as they were printed, wrong figures too.
PRINTED_TABLES: dict[str, list[dict[str, Any]]] = json.loads(
    (DATA / "printed_tables.json").read_text(encoding="utf-8")
)
