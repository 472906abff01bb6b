"""Small allocation problems spelled out by what matters in them."""

import datetime

import pytest

from optimiser.allocation.problem import AllocationProblem, Award, Package, Provider

DAY = datetime.date(2018, 7, 9)


def package(ref="K1", lot="6", hours=10.0, **more):
    return Package(id=ref, lot=lot, weekly_minutes=int(hours * 60), **{"starts_on": DAY, **more})


def award(provider, tier, lot="6", hours=None, **more):
    limit = None if hours is None else int(hours * 60)
    return Award(
        provider=provider,
        lot=lot,
        tier=tier,
        **{"capacity_minutes_per_week": limit, "starts_on": datetime.date(2018, 7, 1), **more},
    )


def provider(ref, hours=None, **more):
    limit = None if hours is None else int(hours * 60)
    return Provider(id=ref, name=f"{ref} Care", **{"capacity_minutes_per_week": limit, **more})


def problem(packages, awards, providers=None, **more):
    held = providers or [provider(ref) for ref in sorted({each.provider for each in awards})]
    return AllocationProblem(
        packages=tuple(packages), awards=tuple(awards), providers=tuple(held), **more
    )


@pytest.fixture(name="make")
def make_fixture():
    """The builders, as a fixture because tests are no package to import from."""

    class Make:
        day = DAY
        package = staticmethod(package)
        award = staticmethod(award)
        provider = staticmethod(provider)
        problem = staticmethod(problem)

    return Make
