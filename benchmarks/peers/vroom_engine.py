"""VROOM through pyvroom: its deepest exploration; who may visit whom as VROOM's skills.

It puts serving first (the sum of priorities) and travel second. It keeps no constraint between two
routes: no double-ups, no gaps between visits.
"""

import time
from datetime import timedelta

import vroom

from benchmarks.peers import Orders, Peer, allowed_sets, left_out_minutes
from optimiser.rounds.problem import Problem
from optimiser.rounds.timetable import Key

DEEPEST = 5
HIGHEST_PRIORITY = 100


def orders(problem: Problem, *, seconds: float, threads: int, seed: int) -> Orders:
    """Plan with VROOM, which has no seed. A minute of ours is a second of VROOM's."""
    begun = time.monotonic()
    shifts = [(c, n) for c in problem.carers for n in range(len(c.shifts))]
    if not shifts or not problem.visits:
        return {}
    asked = vroom.Input()
    for mode in dict.fromkeys(carer.travel_mode for carer, _ in shifts):
        asked.set_durations_matrix(profile=mode, matrix_input=problem.matrix(mode))
    # One of VROOM's skills for each set of carers that may make some visit.
    allowed = allowed_sets(problem)
    skill_of = {each: number for number, each in enumerate(dict.fromkeys(allowed))}
    most = max(left_out_minutes(problem, visit) for visit in problem.visits)
    asked.add_job(
        [
            vroom.Job(
                number,
                location=visit.location,
                default_service=visit.minutes,
                skills={skill_of[allowed[number]]},
                priority=round(HIGHEST_PRIORITY * left_out_minutes(problem, visit) / most),
                time_windows=[vroom.TimeWindow(visit.earliest, visit.latest)],
            )
            for number, visit in enumerate(problem.visits)
        ]
    )
    asked.add_vehicle(
        [
            vroom.Vehicle(
                r,
                start=carer.start_location,
                end=carer.end_location,
                profile=carer.travel_mode,
                skills={number for who, number in skill_of.items() if carer.id in who},
                time_window=vroom.TimeWindow(*carer.shifts[number]),
            )
            for r, (carer, number) in enumerate(shifts)
        ]
    )
    left = max(0.1, seconds - (time.monotonic() - begun))
    solution = asked.solve(
        exploration_level=DEEPEST, nb_threads=threads, timeout=timedelta(seconds=left)
    )
    found: dict[Key, list[str]] = {}
    jobs = solution.routes.query("type == 'job'")
    for r, visit in zip(jobs["vehicle_id"], jobs["id"], strict=True):
        carer, number = shifts[int(r)]
        found.setdefault((carer.id, number), []).append(problem.visits[int(visit)].id)
    return found


PEER = Peer("VROOM", (), None, orders)
