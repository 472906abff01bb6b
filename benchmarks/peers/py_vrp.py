"""PyVRP: iterated local search; shifts as vehicle types, skills as profiles of the road.

A carer who may not make a visit has no road to it. A visit may be left out at the price of its
prize. PyVRP keeps no constraint between two routes: no double-ups, no gaps between visits.
"""

import time

import numpy as np
import pyvrp
from pyvrp.stop import MaxRuntime

from benchmarks.peers import Orders, Peer, allowed_sets, left_out_minutes
from optimiser.rounds.problem import Carer, Problem
from optimiser.rounds.timetable import Key

# Minutes: beyond every week and every prize. With PyVRP's own greatest value it overran a limit of
# 20 s by 109 s; with 10,000 it found the same plan as with this.
NO_ROAD = 1_000_000


def orders(problem: Problem, *, seconds: float, threads: int, seed: int) -> Orders:
    """Plan with PyVRP, which has one thread."""
    begun = time.monotonic()
    shifts = [(c, n) for c in problem.carers for n in range(len(c.shifts))]
    if not shifts or not problem.visits:
        return {}
    data = _data(problem, shifts)
    left = max(0.1, seconds - (time.monotonic() - begun))
    result = pyvrp.solve(data, stop=MaxRuntime(left), seed=seed, collect_stats=False)
    found: dict[Key, list[str]] = {}
    for route in result.best.routes():
        carer, number = shifts[route.vehicle_type()]
        found[carer.id, number] = [problem.visits[s.idx].id for s in route if s.is_client()]
    return found


def _data(problem: Problem, shifts: list[tuple[Carer, int]]) -> pyvrp.ProblemData:
    # One location a visit, as two visits to one person may ask for different skills.
    visits = problem.visits
    homes = list(
        dict.fromkeys(place for c, _ in shifts for place in (c.start_location, c.end_location))
    )
    places = [visit.location for visit in visits] + homes
    clients = [
        pyvrp.Client(
            location=number,
            service_duration=visit.minutes,
            tw_early=visit.earliest,
            tw_late=visit.latest,
            prize=left_out_minutes(problem, visit),
            required=False,
        )
        for number, visit in enumerate(visits)
    ]
    depots = [pyvrp.Depot(location=len(visits) + number) for number in range(len(homes))]
    depot_of = {place: number for number, place in enumerate(homes)}
    profiles, matrices = _profiles(problem, shifts, places)
    vehicles = [
        pyvrp.VehicleType(
            start_depot=depot_of[carer.start_location],
            end_depot=depot_of[carer.end_location],
            tw_early=carer.shifts[number][0],
            tw_late=carer.shifts[number][1],
            profile=profiles[r],
        )
        for r, (carer, number) in enumerate(shifts)
    ]
    return pyvrp.ProblemData(
        locations=[pyvrp.Location(x=0, y=0) for _ in places],
        clients=clients,
        depots=depots,
        vehicle_types=vehicles,
        distance_matrices=matrices,
        duration_matrices=matrices,
    )


def _profiles(
    problem: Problem, shifts: list[tuple[Carer, int]], places: list[int]
) -> tuple[list[int], list[np.ndarray]]:
    """Return the profile of each shift, and the journeys of each profile."""
    allowed = allowed_sets(problem)
    matrices: list[np.ndarray] = []
    number_of: dict[tuple[str, bytes], int] = {}
    profiles = []
    for carer, _ in shifts:
        closed = np.array([carer.id not in each for each in allowed], dtype=bool)
        key = (carer.travel_mode, closed.tobytes())
        if key not in number_of:
            number_of[key] = len(matrices)
            legs = problem.matrix(carer.travel_mode)[np.ix_(places, places)].astype(np.int64)
            shut = np.flatnonzero(closed)
            legs[shut, :] = NO_ROAD
            legs[:, shut] = NO_ROAD
            np.fill_diagonal(legs, 0)
            matrices.append(legs)
        profiles.append(number_of[key])
    return profiles, matrices


PEER = Peer("PyVRP", (), 1, orders)
