"""The hand-checkable fixture of the scheduling examples, and small random days."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from optimiser.rounds import engine
from optimiser.rounds.problem import Carer, Plan, Problem, Visit

# Places: the base first, then V1 to V5 and V6 of SC-03.
POINTS = ((0, 0), (4, 0), (6, 2), (2, 6), (8, 6), (0, 8), (20, 20))
SEVEN, NOON = 420, 720


def grid_minutes(points=POINTS) -> np.ndarray:
    """|dx| + |dy| minutes between points."""
    return np.array([[abs(a - c) + abs(b - d) for c, d in points] for a, b in points])


def fixture_visits() -> tuple[Visit, ...]:
    return (
        Visit(id="V1", location=1, earliest=420, latest=480, minutes=30),
        Visit(id="V2", location=2, earliest=420, latest=540, minutes=30),
        Visit(id="V3", location=3, earliest=480, latest=570, minutes=30, carers=2),
        Visit(id="V4", location=4, earliest=510, latest=660, minutes=30),
        Visit(
            id="V5",
            location=5,
            earliest=420,
            latest=660,
            minutes=30,
            skills=frozenset({"medication"}),
        ),
    )


def fixture_carers() -> tuple[Carer, ...]:
    shifts = ((SEVEN, NOON),)
    return (
        Carer(id="A", start_location=0, end_location=0, shifts=shifts),
        Carer(
            id="B",
            start_location=0,
            end_location=0,
            shifts=shifts,
            skills=frozenset({"medication"}),
        ),
    )


@pytest.fixture
def fixture_day() -> Problem:
    return Problem(travel_minutes=grid_minutes(), visits=fixture_visits(), carers=fixture_carers())


@pytest.fixture
def day_with_v6(fixture_day) -> Problem:
    v6 = Visit(id="V6", location=6, earliest=420, latest=430, minutes=30)
    return replace(fixture_day, visits=(*fixture_day.visits, v6))


@pytest.fixture
def fixture_plan(fixture_day) -> Plan:
    return engine.solve(fixture_day, iterations=500, seed=1)


@pytest.fixture
def plan_file(tmp_path) -> Path:
    return tmp_path / "plan.json"
