"""Rules of brokerage: response clocks, limits of a broker, fees, what small numbers hide."""

from collections.abc import Iterator

from cms_models.fields.rule import Rule

MOST_CLOCK_MINUTES = 28 * 24 * 60
# Who is asked, as rules name them, in words, and how long a routine package gives them.
CLOCKS = (
    ("lead", "the lead", 240),
    ("additional", "the additional providers", 240),
    ("dps", "the providers of the DPS", 1440),
    ("all", "every provider of the lot at once", 1440),
    ("selected", "selected providers", 1440),
    ("spot", "providers asked for a spot purchase", 1440),
    ("homes", "care homes with a vacancy", 1440),
)
# A package that is needed sooner leaves half of the time, an urgent one a quarter.
URGENCIES = (("routine", "routine", 1), ("soon", "soon", 2), ("urgent", "urgent", 4))


def clock_key(who: str, urgency: str) -> str:
    """Return the name of the rule for how long somebody may answer about a package."""
    return f"brokerage.clock.{who}.{urgency}"


def brokerage_rules() -> Iterator[Rule]:
    """Yield the rules of brokerage."""
    for who, words, minutes in CLOCKS:
        for urgency, called, part in URGENCIES:
            yield Rule(
                clock_key(who, urgency),
                f"Response clock: {words}, {called}",
                f"Of a package whose urgency is “{called}”, {words} may answer for this long; "
                "minutes are counted through the night and through a change of the clocks.",
                minutes // part,
                "minutes",
                1,
                MOST_CLOCK_MINUTES,
            )
    yield from _limits()


def _limits() -> Iterator[Rule]:
    yield Rule(
        "brokerage.budget_limit_pence",
        "Weekly cost that needs approval",
        "A package that costs more a week than this is released or awarded only after somebody "
        "other than who does it has approved the cost.",
        100_000,
        "pence",
        0,
        10_000_000,
    )
    yield Rule(
        "brokerage.release_to_all",
        "Packages may be released to all at once",
        "A broker may release a package to every provider of its lot at once, with a reason; "
        "no leaves the tiers in their order.",
        True,
    )
    yield Rule(
        "brokerage.arrangement_fee_pence",
        "Fee for arranging a self-funder's care",
        "A person who pays for the care is charged this once when the council arranges it.",
        34_400,
        "pence",
        0,
        1_000_000,
    )
    yield Rule(
        "brokerage.small_number",
        "Fewest open packages of a kind before the place is shown",
        "Where a zone has fewer open packages of a pathway and setting than this, a provider reads "
        "the zone only, not the part of the postcode; 0 always shows it.",
        5,
        "packages",
        0,
        100,
    )
