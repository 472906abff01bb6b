"""Rates, tables and quality statements the councils have published, and a few additions."""

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

# Four aims, each with the outcome that people tell it by (Help to Live at Home, figure 26.1).
_HEREFORDSHIRE_AIMS = (
    (
        "Person-centred and independent",
        "I am treated with dignity and respect and helped to stay independent.",
        "Care plans in the person's own words; spot checks; reviews of what people can do again.",
    ),
    (
        "Choice in everyday life",
        "I have choice and control over my care and my everyday life.",
        "Call times agreed with the person; changes asked for and made; continuity of carers.",
    ),
    (
        "Safe, effective practice",
        "I feel safe and comfortable in my own home.",
        "Missed and late calls; medication audits; safeguarding alerts and what was learned.",
    ),
    (
        "Good partnerships and leadership",
        "I am supported by well-trained staff who work well together.",
        "Training records; supervision; turnover; CQC registration and ratings.",
    ),
)

QUALITY_FRAMEWORKS: dict[str, list[dict[str, Any]]] = {
    "herefordshire": [
        {
            "title": "Quality Assurance Framework",
            "version": 1,
            "introduction": (
                "What good help to live at home looks like: four aims, and the outcome by which "
                "the people who use it can tell that each is met."
            ),
            "domains": [
                {
                    "title": aim,
                    "standards": [
                        {
                            "code": str(number),
                            "statement": statement,
                            "weight": 25,
                            "evidence": evidence,
                        }
                    ],
                }
                for number, (aim, statement, evidence) in enumerate(_HEREFORDSHIRE_AIMS, start=1)
            ],
        }
    ],
    "nottinghamshire": [],
}

# Planned hours and cost as they were printed, wrong figures too.
PRINTED_TABLES: dict[str, list[dict[str, Any]]] = json.loads(
    (DATA / "printed_tables.json").read_text(encoding="utf-8")
)
