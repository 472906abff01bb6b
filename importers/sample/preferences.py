"""What people wish and need beyond their visits: carers, gaps, how much a visit matters.

Drawn from a generator of their own, so that people, weeks and hours stay as they are.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from importers.sample.care import Package
from importers.sample.visits import Clause
from importers.sample.workforce import Carer

# Women who wish female carers only, and men who wish male ones, where one carer is enough: few men
# work in home care, so a man's wish narrows the choice most.
FEMALE_WISH, MALE_WISH = 0.12, 0.05
REFUSAL, USUAL_SHARE = 0.06, 0.3
SHOPPING = 0.06  # of people who need no more than medication: a call they can do without
MEDICATION_GAP_MINUTES = 240


@dataclass(frozen=True)
class Preference:
    """One person's word on one carer."""

    person_id: str
    carer_ref: str
    kind: str
    reason: str


def with_wishes(rng: random.Random, packages: Sequence[Package]) -> list[Package]:
    """Return the packages with gender wishes, priorities and gaps for Home First people."""
    return [_wishing(rng, one) if one.pathway == "M" else one for one in packages]


def _wishing(rng: random.Random, package: Package) -> Package:
    single = all(clause.carers == 1 for clause in package.clauses)
    chances = {"Female": FEMALE_WISH, "Male": MALE_WISH}
    wishes = rng.random() < chances.get(package.person.gender, 0) and single
    person = replace(package.person, carer_gender=package.person.gender if wishes else "")
    gap = MEDICATION_GAP_MINUTES if _can_wait(package.clauses, MEDICATION_GAP_MINUTES) else 0
    return replace(
        package,
        person=person,
        priority=_priority(rng, package),
        minimum_gap=gap if "medication" in package.skills and rng.random() < 0.5 else 0,
    )


def _priority(rng: random.Random, package: Package) -> str:
    """Insulin cannot wait, two carers for a hoist should not; a few can do without a call."""
    if "diabetes" in package.skills:
        return "Critical"
    if any(clause.carers > 1 for clause in package.clauses):
        return "High"
    easy = not set(package.skills) - {"medication"}
    return "Optional" if easy and rng.random() < SHOPPING else "Standard"


def _can_wait(clauses: Sequence[Clause], gap: int) -> bool:
    """Whether every two successive calls can start that far apart with an hour to choose from."""
    calls = sorted(clauses, key=lambda clause: clause.earliest + clause.latest)
    return len(calls) > 1 and all(b.latest - a.earliest >= gap + 60 for a, b in pairwise(calls))


def make_preferences(
    rng: random.Random, packages: Sequence[Package], carers: Sequence[Carer]
) -> list[Preference]:
    """Return usual and refused carers of the people the council's own carers visit.

    A refused carer is never the usual one.
    """
    people = sorted((one.person for one in packages), key=lambda person: person.person_id)
    known = set(rng.sample(range(len(people)), round(USUAL_SHARE * len(people) + 0.5)))
    found = []
    for number, person in enumerate(people):
        suited = [c for c in carers if not person.carer_gender or c.gender == person.carer_gender]
        usual, other = rng.choice(suited), rng.choice(carers)
        if number in known:
            found.append(Preference(person.person_id, usual.ref, "usual", "Knows the person well"))
        if rng.random() < REFUSAL and other.ref != usual.ref:
            found.append(
                Preference(person.person_id, other.ref, "refused", "The person asked for others")
            )
    return found
