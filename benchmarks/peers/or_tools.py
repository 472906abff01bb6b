"""OR-Tools Routing: guided local search, a double-up as two nodes that start together."""

import time
from typing import Any

from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from benchmarks.peers import Orders, Peer, left_out_minutes
from optimiser.rounds.problem import Carer, Problem, Visit
from optimiser.rounds.timetable import Key

Node = tuple[Visit, int]
Shift = tuple[Carer, int]


def orders(problem: Problem, *, seconds: float, threads: int, seed: int) -> Orders:
    """Plan with OR-Tools Routing, which has one thread and no seed."""
    begun = time.monotonic()
    nodes = [(v, part) for v in problem.visits for part in range(v.carers)]
    shifts = [(c, n) for c in problem.carers for n in range(len(c.shifts))]
    starts = [len(nodes) + 2 * r for r in range(len(shifts))]
    ends = [each + 1 for each in starts]
    places = [visit.location for visit, _ in nodes]
    for carer, _ in shifts:
        places += [carer.start_location, carer.end_location]
    manager = pywrapcp.RoutingIndexManager(len(places), len(shifts), starts, ends)
    routing = pywrapcp.RoutingModel(manager)
    _add_journeys(problem, routing, places, nodes, shifts)
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
    left = max(0.1, seconds - (time.monotonic() - begun))
    parameters.time_limit.FromMilliseconds(int(left * 1000))
    solution = routing.SolveWithParameters(parameters)
    found: dict[Key, list[str]] = {}
    if solution is None:
        return found
    for r, (carer, number) in enumerate(shifts):
        order = found.setdefault((carer.id, number), [])
        index = solution.Value(routing.NextVar(routing.Start(r)))
        while not routing.IsEnd(index):
            order.append(nodes[manager.IndexToNode(index)][0].id)
            index = solution.Value(routing.NextVar(index))
    return found


def _add_journeys(
    problem: Problem, routing: Any, places: list[int], nodes: list[Node], shifts: list[Shift]
) -> None:
    minutes = [visit.minutes for visit, _ in nodes] + [0] * (2 * len(shifts))
    legs, took = {}, {}
    for mode in dict.fromkeys(carer.travel_mode for carer, _ in shifts):
        matrix = problem.matrix(mode)[places][:, places]
        legs[mode] = routing.RegisterTransitMatrix(matrix.tolist())
        took[mode] = routing.RegisterTransitMatrix(
            [[int(leg) + minutes[n] for leg in row] for n, row in enumerate(matrix)]
        )
    for r, (carer, _) in enumerate(shifts):
        routing.SetArcCostEvaluatorOfVehicle(legs[carer.travel_mode], r)
    longest = problem.longest
    of_shift = [took[carer.travel_mode] for carer, _ in shifts]
    routing.AddDimensionWithVehicleTransits(of_shift, longest, longest, False, "time")


def _add_visits(
    problem: Problem,
    routing: Any,
    manager: Any,
    clock: Any,
    nodes: list[Node],
    shifts: list[Shift],
) -> None:
    solver = routing.solver()
    first_of: dict[str, int] = {}
    for node, (visit, part) in enumerate(nodes):
        index = manager.NodeToIndex(node)
        may = [r for r, (carer, _) in enumerate(shifts) if problem.may_visit(carer, visit)]
        routing.VehicleVar(index).SetValues([-1, *may])
        clock.CumulVar(index).SetRange(visit.earliest, visit.latest)
        routing.AddDisjunction([index], left_out_minutes(problem, visit))
        if part == 0:
            first_of[visit.id] = index
            continue
        other = first_of[visit.id]
        solver.Add(clock.CumulVar(index) == clock.CumulVar(other))
        solver.Add(routing.ActiveVar(index) == routing.ActiveVar(other))
        # Different shifts; two shifts of one carer never overlap, so the carers differ too.
        both = routing.ActiveVar(index)
        solver.Add(routing.VehicleVar(index) + 1 - both != routing.VehicleVar(other))
    for visit in problem.visits:
        for tie in visit.after:
            one, two = first_of[tie.visit], first_of[visit.id]
            # Where either is left out, the difference may be anything.
            slack = (2 - routing.ActiveVar(one) - routing.ActiveVar(two)) * problem.longest
            gap = clock.CumulVar(two) - clock.CumulVar(one)
            solver.Add(gap + slack >= tie.min_gap)
            if tie.max_gap is not None:
                solver.Add(gap - slack <= tie.max_gap)


PEER = Peer("OR-Tools Routing", ("double-ups", "gaps"), 1, orders)
