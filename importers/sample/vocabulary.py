"""The words the sample is made of: skills, names, streets. Nobody real is meant by any of them."""

import json

from importers.sample.places import DATA

SKILLS = {
    "medication": "Medication support",
    "hoist": "Moving and handling with a hoist",
    "dementia": "Dementia care",
    "catheter": "Catheter care",
    "stoma": "Stoma care",
    "diabetes": "Insulin and diabetes support",
    "end_of_life": "End of life care",
    "peg": "PEG feeding",
}

# How often a person needs a skill; `hoist` follows from two carers and `peg` is dealt by hand.
SKILL_SHARES = {
    "medication": 0.55,
    "dementia": 0.18,
    "catheter": 0.07,
    "stoma": 0.03,
    "diabetes": 0.05,
    "end_of_life": 0.02,
}

_WORDS: dict[str, list[str]] = json.loads((DATA / "words.json").read_text(encoding="utf-8"))
OLDER_WOMEN = _WORDS["older_women"]
OLDER_MEN = _WORDS["older_men"]
YOUNGER_WOMEN = _WORDS["younger_women"]
YOUNGER_MEN = _WORDS["younger_men"]
LAST_NAMES = _WORDS["last_names"]
STREET_STEMS = _WORDS["street_stems"]
STREET_KINDS = ("Close", "Lane", "Road", "Rise", "Drive", "Gardens", "Orchard", "View", "Way")

CARER_TEAMS = {"Hereford": "City", "Leominster": "North", "Ross-on-Wye": "South"}
