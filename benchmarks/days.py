"""Measure the rounds engine beside OR-Tools Routing on the same days, in the same run.

    python benchmarks/days.py DAY.json.gz… --seconds 30 --threads 2

Both get the same time limit one after the other, alone; both plans are judged by the same check.
The engine uses `--threads`, OR-Tools Routing has one. Numbers move by a few per cent from run to
run and with whatever else the machine does: compare within one table, over several days.
"""

import argparse
import time
from pathlib import Path

from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from optimiser.rounds import engine
from optimiser.rounds.check import verify
from optimiser.rounds.formats import read_problem
from optimiser.rounds.plans import plan_of
from optimiser.rounds.problem import Plan, Problem
from optimiser.rounds.timetable import Key

LEFT_OUT_COST = 10_000


def main() -> None:
    """Print one row a day: unserved and travel of both, and the ratio of travel."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-peer", action="store_true", help="the engine alone")
    given = parser.parse_args()
    engine.compile_kernel()
    print(f"time limit {given.seconds:g} s; unserved visits / travel minutes (seconds taken)")
    print(f"{'day':30} {'homeward':>22} {'OR-Tools Routing':>22} {'travel':>8}")
    for path in given.files:
        problem = read_problem(path)
        begun = time.monotonic()
        ours = engine.solve(problem, seconds=given.seconds, seed=given.seed, threads=given.threads)
        mine = _cell(problem, ours, time.monotonic() - begun)
        if given.no_peer:
            print(f"{path.name:30} {mine:>22}", flush=True)
            continue
        begun = time.monotonic()
        peer = or_tools_plan(problem, seconds=given.seconds)
        theirs = _cell(problem, peer, time.monotonic() - begun)
        ratio = _ratio(ours, peer)
        print(f"{path.name:30} {mine:>22} {theirs:>22} {ratio:>8}", flush=True)


def or_tools_plan(problem: Problem, *, seconds: float) -> Plan:
    """Plan with OR-Tools Routing: guided local search, double-ups as two nodes at one time."""
    nodes = [(v, part) for v in problem.visits for part in range(v.carers)]
    shifts = [(c, n) for c in problem.carers for n in range(len(c.shifts))]
    starts = [len(nodes) + 2 * r for r in range(len(shifts))]
    ends = [each + 1 for each in starts]
    places = [visit.location for visit, _ in nodes]
    for carer, _ in shifts:
        places += [carer.start_location, carer.end_location]
    manager = pywrapcp.RoutingIndexManager(len(places), len(shifts), starts, ends)
    routing = pywrapcp.RoutingModel(manager)
    legs = problem.travel_minutes[places][:, places]
    minutes = [visit.minutes for visit, _ in nodes] + [0] * (2 * len(shifts))
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(legs.tolist()))
    took = [[int(leg) + minutes[n] for leg in row] for n, row in enumerate(legs)]
    routing.AddDimension(routing.RegisterTransitMatrix(took), 10_080, 10_080, False, "time")
    clock = routing.GetDimensionOrDie("time")
    _add_visits(problem, routing, manager, clock, nodes, shifts)
    for r, (carer, number) in enumerate(shifts):
        begins, finishes = carer.shifts[number]
        clock.CumulVar(routing.Start(r)).SetRange(begins, finishes)
        clock.CumulVar(routing.End(r)).SetRange(begins, finishes)
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = (
        routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    )
    parameters.local_search_metaheuristic = (
        routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    )
    parameters.time_limit.FromMilliseconds(int(seconds * 1000))
    solution = routing.SolveWithParameters(parameters)
    orders: dict[Key, list[str]] = {}
    if solution is not None:
        for r, (carer, number) in enumerate(shifts):
            order = orders.setdefault((carer.id, number), [])
            index = solution.Value(routing.NextVar(routing.Start(r)))
            while not routing.IsEnd(index):
                order.append(nodes[manager.IndexToNode(index)][0].id)
                index = solution.Value(routing.NextVar(index))
    placed = {name for order in orders.values() for name in order}
    left_out = [visit.id for visit in problem.visits if visit.id not in placed]
    return plan_of(problem, orders, left_out, seed=0)


def _add_visits(problem, routing, manager, clock, nodes, shifts) -> None:
    solver = routing.solver()
    first_of: dict[str, int] = {}
    for node, (visit, part) in enumerate(nodes):
        index = manager.NodeToIndex(node)
        may = [r for r, (carer, _) in enumerate(shifts) if problem.may_visit(carer, visit)]
        routing.VehicleVar(index).SetValues([-1, *may])
        clock.CumulVar(index).SetRange(visit.earliest, visit.latest)
        routing.AddDisjunction([index], LEFT_OUT_COST)
        if part == 0:
            first_of[visit.id] = index
            continue
        other = first_of[visit.id]
        solver.Add(clock.CumulVar(index) == clock.CumulVar(other))
        solver.Add(routing.ActiveVar(index) == routing.ActiveVar(other))
        # Different shifts; two shifts of one carer never overlap, so the carers differ too.
        both = routing.ActiveVar(index)
        solver.Add(routing.VehicleVar(index) + 1 - both != routing.VehicleVar(other))


def _cell(problem: Problem, plan: Plan, took: float) -> str:
    verdict = verify(problem, plan)
    mark = "" if verdict.ok else f" breaks {verdict.broken[0].rule}"
    return f"{plan.totals.unplaced}/{plan.totals.travel_minutes} ({took:.1f}){mark}"


def _ratio(ours: Plan, peer: Plan) -> str:
    if not peer.totals.travel_minutes:
        return "–"
    return f"{ours.totals.travel_minutes / peer.totals.travel_minutes:.3f}"


if __name__ == "__main__":
    main()
