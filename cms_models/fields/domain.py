"""Rules a council may set: what each means, its default, unit and bounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Rule:
    """A number or choice a council may change, with the sentence shown where it acts."""

    key: str
    title: str
    sentence: str
    default: Any
    unit: str = ""
    least: float | None = None
    most: float | None = None
    choices: tuple[tuple[str, str], ...] = ()

    def refusal(self, value: Any) -> str | None:
        """Return why `value` cannot be this rule's, or None when it can."""
        if self.choices:
            return self._choice_refusal(value)
        if isinstance(self.default, bool):
            return None if isinstance(value, bool) else f"{self.title}: yes or no is needed."
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
            return f"{self.title}: a number is needed, not {value!r}."
        if isinstance(self.default, int) and value != int(value):
            return f"{self.title}: a whole number is needed, not {value}."
        if self.least is not None and value < self.least:
            return f"{self.title}: at least {self.least} {self.unit} is needed, not {value}."
        if self.most is not None and value > self.most:
            return f"{self.title}: at most {self.most} {self.unit} is possible, not {value}."
        return None

    def _choice_refusal(self, value: Any) -> str | None:
        codes = [code for code, _ in self.choices]
        if value in codes:
            return None
        return f"{self.title}: {value!r} is not one of {', '.join(codes)}."

    def say(self, value: Any) -> str:
        """Return a value as people read it."""
        if self.choices:
            return dict(self.choices).get(value, str(value))
        if isinstance(value, bool):
            return "yes" if value else "no"
        return f"{value} {self.unit}".strip()


RULES: Mapping[str, Rule] = {
    rule.key: rule
    for rule in (
        Rule(
            "places.urban_radius_miles",
            "Urban radius",
            "A person is urban who lives within this great-circle distance of an urban centre; "
            "exactly on it counts as urban.",
            4.0,
            "miles",
            0,
            50,
        ),
        Rule(
            "rates.rounding",
            "Rounding of a week's visits",
            "Pence are rounded half-up for each visit, or once for the week's minutes at one rate.",
            "per_line",
            choices=(("per_line", "each visit"), ("weekly_minutes", "the week's minutes")),
        ),
        Rule(
            "rates.planning_weeks",
            "Weeks in a planning year",
            "Planning tables multiply a week by this; payments use calendar weeks.",
            52,
            "weeks",
            52,
            53,
        ),
        Rule(
            "care.notice_days",
            "Notice to end a package",
            "A package ended by the council is paid for this many days, counted from the day "
            "after notice.",
            28,
            "days",
            0,
            365,
        ),
        Rule(
            "care.individual_decision_hours",
            "Weekly hours that need an individual decision",
            "A package of this size is flagged for an individual decision.",
            28,
            "hours",
            0,
            168,
        ),
        Rule(
            "care.individual_decision_operator",
            "How the weekly hours are compared",
            "The papers say both “more than 28” and “28+”.",
            "more_than",
            choices=(("more_than", "more than"), ("at_least", "at least")),
        ),
        Rule(
            "care.two_carers_need_decision",
            "Two-carer packages need an individual decision",
            "A package with any double-up is flagged for an individual decision.",
            True,
        ),
        Rule(
            "care.open_location",
            "What a provider sees of a place before award",
            "The postcode district is the safer default; some councils show the sector.",
            "district",
            choices=(("district", "postcode district"), ("sector", "postcode sector")),
        ),
        Rule(
            "market.viability_floor_hours",
            "Viable weekly hours for a provider",
            "Fewer weekly hours than this for one provider in a zone is flagged.",
            700,
            "hours",
            0,
            5000,
        ),
        Rule(
            "allocation.seconds",
            "Time to propose allocations",
            "The allocation engine stops at this limit with the best proposals found.",
            20,
            "seconds",
            1,
            600,
        ),
        Rule(
            "rounds.seconds",
            "Time to plan a day's rounds",
            "The rounds engine stops at this limit with the best plan found.",
            30,
            "seconds",
            1,
            600,
        ),
        Rule(
            "rounds.travel",
            "Travel times",
            "Minutes between places from crow-fly bands, or from the council's road map once one "
            "is loaded.",
            "crowfly",
            choices=(("crowfly", "crow-fly bands"), ("roads", "road map")),
        ),
        Rule(
            "rounds.visits_ahead_days",
            "Dated visits are made this far ahead",
            "Visits are made from the weekly patterns for this many days.",
            7,
            "days",
            1,
            90,
        ),
    )
}


def rule_named(key: str) -> Rule:
    """Return a rule's definition; KeyError names the rules there are."""
    if key not in RULES:
        raise KeyError(f"No rule is called {key!r}; there are {', '.join(sorted(RULES))}.")
    return RULES[key]
