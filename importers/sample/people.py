"""People of the sample: invented names, streets and numbers at real postcodes."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from importers.sample import vocabulary
from importers.sample.places import Point

DAYS_PER_YEAR = 365.25
AGES = {"O": (86, 7), "M": (84, 7), "D": (62, 18)}  # mean and spread, years
YOUNGEST, OLDEST = 19, 103


@dataclass(frozen=True)
class Person:
    """A person as Mosaic knows them."""

    person_id: str
    first_name: str
    last_name: str
    born_on: date
    gender: str
    address: str
    point: Point
    carer_gender: str = ""


class Numbers:
    """Unique, random-looking numbers: they carry nothing about the person."""

    def __init__(self, rng: random.Random, *, leading: int) -> None:
        """Draw from a million numbers behind the digit `leading`."""
        self._persons = self._draw(rng, leading * 1_000_000)
        self._elements = self._draw(rng, leading * 10_000_000)
        self._packages = self._draw(rng, 0)

    @staticmethod
    def _draw(rng: random.Random, offset: int) -> Iterator[int]:
        return iter(offset + number for number in rng.sample(range(1, 1_000_000), 4000))

    def person_id(self) -> str:
        """The next Mosaic person number, seven digits."""
        return str(next(self._persons))

    def element_id(self) -> str:
        """The next Mosaic element number, eight digits."""
        return str(next(self._elements))

    def package_ref(self, prefix: str) -> str:
        """The next package reference, such as HC-000123."""
        return f"{prefix}-{next(self._packages):06d}"


def make_person(
    rng: random.Random, numbers: Numbers, *, pathway: str, point: Point, as_at: date
) -> Person:
    """Make a person of a pathway living at `point`; their age is as on `as_at`."""
    gender = _gender(rng)
    first_names = vocabulary.OLDER_MEN if gender == "Male" else vocabulary.OLDER_WOMEN
    mean, spread = AGES[pathway]
    years = min(OLDEST, max(YOUNGEST, rng.gauss(mean, spread)))
    return Person(
        person_id=numbers.person_id(),
        first_name=rng.choice(first_names),
        last_name=rng.choice(vocabulary.LAST_NAMES),
        born_on=as_at - timedelta(days=int(years * DAYS_PER_YEAR)),
        gender=gender,
        address=make_address(rng),
        point=point,
    )


def _gender(rng: random.Random) -> str:
    # Two in three people with home care are women (England, long-term support, 65 and over).
    return rng.choices(("Female", "Male", "Other"), (645, 350, 5))[0]


def make_address(rng: random.Random) -> str:
    """A house number in an invented street."""
    stem = rng.choice(vocabulary.STREET_STEMS)
    return f"{rng.randint(1, 89)} {stem} {rng.choice(vocabulary.STREET_KINDS)}"
