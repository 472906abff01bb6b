"""Plan a day: the one place that knows how. A new engine replaces this file and its two helpers.

The helpers are arrays.py and kernel.py; nothing else imports them.

A first plan puts every visit where it costs least; then rounds are torn apart and put together
again thousands of times a second, keeping worse plans for a while at first (annealing). Each
thread anneals on its own; at fixed moments the one that lags behind goes on from the better one.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from optimiser.rounds import kernel
from optimiser.rounds.arrays import make_day, published_parts, shifts_of
from optimiser.rounds.plans import plan_of
from optimiser.rounds.problem import Carer, Plan, Problem, Visit
from optimiser.rounds.timetable import Key

Progress = Callable[[float, float, int], None]
Cancel = Callable[[], bool]

HOT_MINUTES, COLD_MINUTES = 20.0, 1.0  # annealing: what a worse plan may cost at first, at last
MOVED_AT_ONCE = 10.0  # visits taken out in one step, on average
LONGEST_STRING = 10.0
MEETINGS = 20  # moments at which threads compare
REPORT_SECONDS = 0.3
SLICE_SECONDS = 0.1
# What turning the result into a plan takes, kept back from the time limit.
FINISHING_SHARE = 0.005
FINISHING_SECONDS_A_VISIT = 0.0002


def solve(
    problem: Problem,
    *,
    seconds: float | None = None,
    iterations: int | None = None,
    seed: int = 1,
    threads: int = 1,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Plan:
    """Return the best plan found within a time limit or a number of iterations a thread.

    Same problem, seed, threads and `iterations`: the same plan. `progress` is told the share of
    the work done, the cost of the best plan in minutes and its visits left out; `cancel` is asked
    between slices, and True ends the work with the best so far. Raises ValueError unless exactly
    one of `seconds` and `iterations` is given.
    """
    begun = time.monotonic()
    _check_arguments(seconds, iterations, seed, threads)
    day = make_day(problem)
    search = Search(day, seed, threads)
    search.begin(published_parts(problem, day))
    if len(problem.visits) and len(day.carer):
        budget = Budget(begun, seconds, iterations, FINISHING_SECONDS_A_VISIT * len(problem.visits))
        _run(search, budget, progress or (lambda *_: None), cancel or (lambda: False))
    orders, left_out = search.orders(problem)
    return plan_of(problem, orders, left_out, seed=seed)


@dataclass
class Budget:
    """How much work there is, and how much of it is done."""

    begun: float
    seconds: float | None
    iterations: int | None
    finishing_seconds: float = 0.0
    done: int = 0
    pace: int = 50

    def share(self) -> float:
        """Return the share of the work that is done."""
        if self.iterations is not None:
            return self.done / self.iterations if self.iterations else 1.0
        limit = self.seconds or 0.0
        allowed = limit * (1 - FINISHING_SHARE) - min(0.3 * limit, self.finishing_seconds)
        return min(1.0, (time.monotonic() - self.begun) / allowed) if allowed > 0 else 1.0

    def next_slice(self) -> tuple[int, float]:
        """Return the iterations of the next slice and the share that will be done after it."""
        share = self.share()
        if self.iterations is not None:
            size = min(max(1, self.iterations // 200), self.iterations - self.done)
            return size, (self.done + size) / self.iterations
        span = min(SLICE_SECONDS, (1 - share) * (self.seconds or 0.0))
        return self.pace, min(1.0, share + span / (self.seconds or 1.0))

    def note(self, iterations: int, took: float) -> None:
        """Note a finished slice and set the pace of the next so that the limit is kept."""
        self.done += iterations
        if self.iterations is None:
            left = (1 - self.share()) * (self.seconds or 0.0)
            rate = iterations / max(took, 1e-4)
            self.pace = max(1, min(4 * iterations, int(rate * min(SLICE_SECONDS, left))))


class Search:
    """The threads' solutions under way."""

    def __init__(self, day: kernel.Day, seed: int, threads: int) -> None:
        self.day = day
        self.stamp = 1
        self.now = [_empty_state(day) for _ in range(threads)]
        self.trial = [_empty_state(day) for _ in range(threads)]
        self.best = [_empty_state(day) for _ in range(threads)]
        self.rooms = [_room(day) for _ in range(threads)]
        self.random = [_random(seed, number) for number in range(threads)]
        self.costs = [np.zeros(2, dtype=np.int64) for _ in range(threads)]

    def begin(self, published: list[tuple[int, list[int]]]) -> None:
        """Make the first plan: the published order as far as it fits, then the rest by need."""
        first, room = self.now[0], self.rooms[0]
        self._repeat(published, first, room)
        order = np.lexsort(
            (
                self.day.deadline[: len(first.placed)] - self.day.earliest[: len(first.placed)],
                -np.diff(self.day.first_node[: len(first.placed) + 1]),
            )
        )
        room.out[: len(order)] = order
        kernel.fill(self.day, first, room, self.random[0], len(order))
        cost = kernel.total_cost(self.day, first)
        for number in range(len(self.now)):
            for state in (self.now[number], self.trial[number], self.best[number]):
                if state is not first:
                    kernel.copy_state(first, state)
            self.costs[number][:] = cost

    def _repeat(
        self, published: list[tuple[int, list[int]]], state: kernel.State, room: kernel.Room
    ) -> None:
        parts = len(self.day.node_at) - 2 * len(self.day.carer)
        ends = {r: parts + r for r in range(len(self.day.carer))}
        for visit, rounds in published:
            needed = self.day.first_node[visit + 1] - self.day.first_node[visit]
            if len(rounds) != needed or not all(self.day.allowed[visit, r] for r in rounds):
                continue
            nodes = np.array([ends[r] for r in rounds], dtype=np.int32)
            if kernel.append(self.day, state, room, visit, nodes):
                for part, r in enumerate(rounds):
                    ends[r] = int(self.day.first_node[visit]) + part

    def anneal(self, number: int, iterations: int, hot: float, cold: float) -> None:
        """Run one thread's next slice."""
        kernel.improve(
            self.day,
            self.now[number],
            self.trial[number],
            self.best[number],
            self.rooms[number],
            self.random[number],
            self.costs[number],
            iterations,
            hot * 1000,
            cold * 1000,
            MOVED_AT_ONCE,
            LONGEST_STRING,
            self.stamp,
        )

    def meet(self) -> None:
        """Let the thread whose solution is worst go on from the best one."""
        costs = [int(each[0]) for each in self.costs]
        good, bad = costs.index(min(costs)), costs.index(max(costs))
        if costs[bad] > costs[good]:
            kernel.copy_state(self.now[good], self.now[bad])
            kernel.copy_state(self.now[good], self.trial[bad])
            self.costs[bad][0] = self.costs[good][0]

    def winner(self) -> int:
        """Return the number of the thread with the best solution."""
        costs = [int(each[1]) for each in self.costs]
        return costs.index(min(costs))

    def orders(self, problem: Problem) -> tuple[dict[Key, tuple[str, ...]], list[str]]:
        """Return the best rounds as visit ids in order, and the visits left out."""
        state = self.best[self.winner()]
        visits = len(problem.visits)
        parts = len(self.day.node_at) - 2 * len(self.day.carer)
        orders: dict[Key, tuple[str, ...]] = {}
        for r, (carer, shift) in enumerate(shifts_of(problem)):
            names = []
            node = int(state.following[parts + r])
            while self.day.node_at[node] < visits:
                names.append(problem.visits[self.day.node_at[node]].id)
                node = int(state.following[node])
            orders[carer.id, shift] = tuple(names)
        return orders, [v.id for i, v in enumerate(problem.visits) if not state.placed[i]]


def _run(search: Search, budget: Budget, progress: Progress, cancel: Cancel) -> None:
    threads = len(search.now)
    reported = met = 0.0
    cooling = COLD_MINUTES / HOT_MINUTES
    with ThreadPoolExecutor(max_workers=threads) as pool:
        while (share := budget.share()) < 1 and not cancel():
            size, until = budget.next_slice()
            hot, cold = HOT_MINUTES * cooling**share, HOT_MINUTES * cooling**until
            started = time.monotonic()
            if threads == 1:
                search.anneal(0, size, hot, cold)
            else:
                work = [pool.submit(search.anneal, n, size, hot, cold) for n in range(threads)]
                for each in work:
                    each.result()
            search.stamp += size
            now = time.monotonic()
            budget.note(size, now - started)
            if until - met >= 1 / MEETINGS:
                search.meet()
                met = until
            if now - reported >= REPORT_SECONDS:
                reported = now
                winner = search.winner()
                left_out = int(np.count_nonzero(search.best[winner].placed == 0))
                progress(budget.share(), int(search.costs[winner][1]) / 1000, left_out)


def compile_kernel() -> None:
    """Compile everything once and keep it in numba's cache, so that no user waits for it."""
    carers = tuple(
        Carer(id=f"c{n}", start_location=0, end_location=0, shifts=((0, 600),)) for n in range(2)
    )
    visits = (
        Visit(id="v0", location=1, earliest=0, latest=500, minutes=10, carers=2),
        Visit(id="v1", location=0, earliest=0, latest=500, minutes=10),
    )
    travel = np.array([[0, 5], [5, 0]], dtype=np.int32)
    problem = Problem(travel_minutes=travel, visits=visits, carers=carers)
    plan = solve(problem, iterations=20)
    again = Problem(travel_minutes=travel, visits=visits, carers=carers, previous=plan)
    solve(again, iterations=20, threads=2)


def _check_arguments(
    seconds: float | None, iterations: int | None, seed: int, threads: int
) -> None:
    if (seconds is None) == (iterations is None):
        raise ValueError("give either seconds or iterations")
    if seconds is not None and not 0 < seconds <= 7 * 24 * 3600:
        raise ValueError(f"seconds: {seconds} is not between 0 and a week")
    if iterations is not None and iterations < 0:
        raise ValueError(f"iterations: {iterations} is below 0")
    if not 0 <= seed < 2**63:
        raise ValueError(f"seed: {seed} is not between 0 and 2^63")
    if not 1 <= threads <= 64:
        raise ValueError(f"threads: {threads} is not between 1 and 64")


def _empty_state(day: kernel.Day) -> kernel.State:
    visits, rounds, nodes = len(day.leave_out_cost), len(day.carer), len(day.node_at)
    parts = nodes - 2 * rounds
    beginnings = np.arange(parts, parts + rounds, dtype=np.int32)
    state = kernel.State(
        following=np.full(nodes, -1, dtype=np.int32),
        preceding=np.full(nodes, -1, dtype=np.int32),
        round_of=np.full(nodes, -1, dtype=np.int32),
        placed=np.zeros(visits, dtype=np.uint8),
        soonest=day.earliest.copy(),
        latest=day.deadline.copy(),
        stops=np.zeros(rounds, dtype=np.int32),
        sums=np.array([0, 0, day.leave_out_cost.sum()], dtype=np.int64),
    )
    state.following[beginnings] = beginnings + rounds
    state.preceding[beginnings + rounds] = beginnings
    state.round_of[beginnings] = np.arange(rounds)
    state.round_of[beginnings + rounds] = np.arange(rounds)
    return state


def _room(day: kernel.Day) -> kernel.Room:
    size = len(day.minutes) + 1
    visits = len(day.leave_out_cost)
    return kernel.Room(
        queue=np.zeros(size, dtype=np.int32),
        queued=np.zeros(size, dtype=np.uint8),
        slot_cost=np.zeros(kernel.MOST_SLOTS, dtype=np.int64),
        slot_node=np.zeros(kernel.MOST_SLOTS, dtype=np.int32),
        slot_from=np.zeros(kernel.MOST_SLOTS, dtype=np.int32),
        slot_until=np.zeros(kernel.MOST_SLOTS, dtype=np.int32),
        chosen=np.zeros(kernel.MOST_SLOTS, dtype=np.int32),
        out=np.zeros(max(1, visits), dtype=np.int32),
        keys=np.zeros(max(1, visits), dtype=np.int64),
        touched=np.zeros(max(1, len(day.carer)), dtype=np.int64),
    )


def _random(seed: int, number: int) -> np.ndarray:
    return np.random.SeedSequence([seed, number]).generate_state(1, dtype=np.uint64) | np.uint64(1)
