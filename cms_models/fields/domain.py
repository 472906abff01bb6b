"""Rules a council may set: what each means, its default, unit and bounds."""

from collections.abc import Iterator, Mapping

from cms_models.fields.brokerage_rules import brokerage_rules
from cms_models.fields.life_rules import life_rules
from cms_models.fields.rule import GROUPS, Rule
from optimiser.rounds.problem import WEIGHTS

__all__ = ["GROUPS", "RULES", "Rule", "rule_named"]

# The library leaves a study's scores as they are; a council wants few and familiar faces and fair
# hours from the first day. Ten minutes' drive for a usual carer, five for a face fewer.
COUNCIL_WEIGHTS: Mapping[str, float] = {"not_usual_carer": 10, "faces": 5, "off_contract": 0.2}
HEAVIEST_WEIGHT = 100_000
WEIGHT_TITLES: Mapping[str, str] = {
    "unplaced_critical": "Weight: critical visit left out",
    "unplaced_high": "Weight: high-priority visit left out",
    "unplaced_standard": "Weight: standard visit left out",
    "unplaced_optional": "Weight: optional visit left out",
    "travel": "Weight: travel",
    "not_usual_carer": "Weight: not a usual carer",
    "faces": "Weight: faces a person sees",
    "off_contract": "Weight: away from contracted hours",
    "late": "Weight: late start",
    "worst_late": "Weight: latest start of all",
    "change_of_carer": "Weight: another carer than published",
    "change_of_start": "Weight: another start than published",
    "paid_span": "Weight: length of the round",
}


def weight_rules() -> Iterator[Rule]:
    """Yield one rule for each weight of the rounds engine."""
    for info in WEIGHTS:
        yield Rule(
            f"rounds.weight.{info.name}",
            WEIGHT_TITLES.get(info.name, f"Weight: {info.name.replace('_', ' ')}"),
            info.sentence,
            float(COUNCIL_WEIGHTS.get(info.name, info.default)),
            info.unit,
            0,
            HEAVIEST_WEIGHT,
        )


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
            "market.balance_tolerance_points",
            "Balance between lots",
            "A lot whose share of its pathway's hours is further than this from its share of the "
            "clients is flagged.",
            5.0,
            "percentage points",
            0,
            100,
        ),
        Rule(
            "market.standstill_days",
            "Standstill after award letters",
            "Places are given from the day after this many days, counted from the day after the "
            "letters.",
            10,
            "days",
            0,
            60,
        ),
        *brokerage_rules(),
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
        Rule(
            "rounds.plan_days_ahead",
            "Days planned at once",
            "Planning several days from a day on plans this many, a job each.",
            7,
            "days",
            1,
            28,
        ),
        Rule(
            "rounds.week_seconds",
            "Time to plan a week's rounds",
            "Seven days are planned as one; the engine stops at this limit with the best found.",
            120,
            "seconds",
            1,
            3600,
        ),
        Rule(
            "rounds.replan_seconds",
            "Time to plan a published day again",
            "When a carer is off sick or an emergency visit comes, the engine stops at this limit.",
            6,
            "seconds",
            1,
            600,
        ),
        Rule(
            "rounds.threads",
            "Threads of the rounds engine",
            "The engine searches on this many processor cores of the worker at once.",
            2,
            "threads",
            1,
            64,
        ),
        Rule(
            "rounds.split_by",
            "How a day is divided among workers",
            "A day is planned whole, or zone by zone, each a job of its own, where carers' teams "
            "are called as zones are; all other zones and carers are one more part.",
            "day",
            choices=(("day", "the whole day"), ("zone", "zone by zone")),
        ),
        Rule(
            "rounds.break_minutes",
            "Paid break",
            "A long shift holds a paid rest of this many minutes between two visits, not in its "
            "first or last hour; 0 for none.",
            20,
            "minutes",
            0,
            120,
        ),
        Rule(
            "rounds.break_after_hours",
            "A break when a shift is over",
            "A shift longer than this holds the paid break (Working Time Regulations 1998: over "
            "six hours).",
            6.0,
            "hours",
            0,
            24,
        ),
        Rule(
            "rounds.day_minutes",
            "Most working minutes a day",
            "Visits, journeys and breaks of one carer on one day come to no more; 0 for no limit.",
            720,
            "minutes",
            0,
            1440,
        ),
        Rule(
            "rounds.week_minutes",
            "Most working minutes a week",
            "Visits, journeys and breaks of one carer from Monday to Sunday come to no more: 2,880 "
            "are 48 hours (Working Time Regulations 1998); 0 for no limit.",
            2880,
            "minutes",
            0,
            10080,
        ),
        Rule(
            "rounds.least_gap_minutes",
            "Least gap between a person's visits",
            "A person's visits of one day start at least this far apart, unless the package "
            "states its own gap; 0 for none.",
            0,
            "minutes",
            0,
            720,
        ),
        Rule(
            "rounds.medication_gap_minutes",
            "Least gap between visits with medication",
            "A person's visits of one day that need the skill medication start at least this far "
            "apart; 0 for none.",
            0,
            "minutes",
            0,
            720,
        ),
        Rule(
            "rounds.on_time_minutes",
            "A start is on time for",
            "A visit counts as late when it starts more than this many minutes after its window "
            "opens; 0 takes the whole window as on time.",
            0,
            "minutes",
            0,
            240,
        ),
        Rule(
            "rounds.gender_wishes",
            "Wishes for female or male carers are kept",
            "A person who wishes carers of one gender is visited by no other; no ignores such "
            "wishes.",
            True,
        ),
        Rule(
            "rounds.price_seconds",
            "Time to price the rules of a day",
            "The day is planned again without each family of rules; all of it takes this long.",
            180,
            "seconds",
            10,
            3600,
        ),
        Rule(
            "rounds.carer_hour_pence",
            "Cost of a carer's paid hour",
            "The price of a rule in pounds is its paid minutes at this rate, wages and on-costs.",
            1500,
            "pence",
            0,
            20_000,
        ),
        *life_rules(),
        *weight_rules(),
        Rule(
            "accounts.staff_need_second_factor",
            "Staff sign in with a second factor",
            "Whoever works in the admin enters a code of an authenticator app besides the "
            "password, in every session.",
            True,
        ),
    )
}


def rule_named(key: str) -> Rule:
    """Return a rule's definition; KeyError names the rules there are."""
    if key not in RULES:
        raise KeyError(f"No rule is called {key!r}; there are {', '.join(sorted(RULES))}.")
    return RULES[key]
