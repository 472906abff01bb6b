"""Plan rounds: the one place that knows how. A new engine replaces this file and its helpers.

The helpers are arrays.py and the package kernel; nothing else imports them.

A first plan puts every visit where it costs least; then it is changed hundreds of thousands of
times a second, a worse plan being kept for a while at first (annealing). Threads work on one plan
together: again and again the rounds are shared out among them by where they are, each thread
changes its own, and the parts are put together. docs/algorithms/rounds.md tells it in prose.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from optimiser.rounds.arrays import (
    empty_state,
    make_day,
    make_room,
    published_parts,
    shifts_of,
)
from optimiser.rounds.kernel import anneal, ruin, share
from optimiser.rounds.kernel.state import LATE, WORST, copy_state, cost_of
from optimiser.rounds.plans import plan_of
from optimiser.rounds.problem import Break, Carer, Plan, Problem, Visit
from optimiser.rounds.timetable import Key

Progress = Callable[[float, float, int], None]
Cancel = Callable[[], bool]

# Annealing: what a worse plan may cost at first and at last, in minutes; the first share of the
# work is done at a low heat, to see how late visits must be: where they must, it starts hotter.
HOT_MINUTES, COLD_MINUTES = 20.0, 0.5
QUENCH_SHARE, QUENCH_MINUTES = 0.03, 3.0
HOT_SHARE_OF_LATENESS = 0.05
HOTTEST_MINUTES = 300.0
# How much work one annealing is worth; where there is time for more, several follow each other.
STEPS_A_NODE, STEPS_A_SECOND = 30_000, 400_000
RUINS, RESEATS = 0.02, 0.01  # shares of steps that ruin and recreate, that reseat one visit
MOVED_AT_ONCE, LONGEST_STRING = 10.0, 10.0  # ruin: visits taken out on average, in one round
REPORT_SECONDS = 0.3
SLICE_SECONDS, SLICES = 0.1, 400  # of one heat; slices of a run that counts its steps
MOST_STEPS = 10_000_000  # of one slice: where nothing can be changed, steps take no time
SHARED_FROM_NODES = 1500  # below, two plans of their own are better than one shared out (measured)
CARERS_A_THREAD = 4  # fewer leave too few rounds beside each other to change anything among
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
    """Return the best plan found within a time limit or a number of steps a thread.

    Same problem, seed, threads and `iterations`: the same plan. `progress` is told the share of
    the work done, the cost of the best plan in minutes and its visits left out; `cancel` is asked
    between slices, and True ends the work with the best so far. Raises ValueError unless exactly
    one of `seconds` and `iterations` is given.
    """
    begun = time.monotonic()
    _check_arguments(seconds, iterations, seed, threads)
    search = Search(problem, seed, threads)
    search.begin(iterations or (seconds or 0) * STEPS_A_SECOND)
    if len(problem.visits) and len(search.day.rounds):
        budget = Budget(begun, seconds, iterations, FINISHING_SECONDS_A_VISIT * len(problem.visits))
        _run(search, budget, progress or (lambda *_: None), cancel or (lambda: False))
    orders, rests, left_out = search.orders()
    return plan_of(problem, orders, left_out, seed=seed, rests=rests)


@dataclass
class Budget:
    """How much work there is, and how much of it is done."""

    begun: float
    seconds: float | None
    iterations: int | None
    finishing_seconds: float = 0.0
    done: int = 0
    pace: int = 500

    def share(self) -> float:
        """Return the share of the work that is done."""
        if self.iterations is not None:
            return self.done / self.iterations if self.iterations else 1.0
        limit = self.seconds or 0.0
        allowed = limit * (1 - FINISHING_SHARE) - min(0.3 * limit, self.finishing_seconds)
        return min(1.0, (time.monotonic() - self.begun) / allowed) if allowed > 0 else 1.0

    def next_slice(self) -> int:
        """Return the steps of the next slice."""
        if self.iterations is not None:
            return min(max(1, self.iterations // SLICES), self.iterations - self.done)
        return self.pace

    def note(self, steps: int, took: float) -> None:
        """Note a finished slice and set the pace of the next so that the limit is kept."""
        self.done += steps
        if self.iterations is None:
            left = (1 - self.share()) * (self.seconds or 0.0)
            rate = steps / max(took, 1e-4)
            self.pace = max(1, min(4 * steps, MOST_STEPS, int(rate * min(SLICE_SECONDS, left))))


class Search:
    """The plan under way, the best one so far, and every thread's copy to work on."""

    def __init__(self, problem: Problem, seed: int, threads: int) -> None:
        self.problem = problem
        self.day = make_day(problem)
        threads = min(threads, max(1, len(problem.carers) // CARERS_A_THREAD))
        self.unit = 1000 * problem.units_a_minute  # cost of a minute
        self.now, self.trial, self.best = (empty_state(problem, self.day) for _ in range(3))
        self.rooms = [make_room(self.day) for _ in range(threads)]
        self.random = [_random(seed, number) for number in range(threads)]
        self.shares = np.random.default_rng([seed, threads])
        self.parts = [
            (empty_state(problem, self.day), empty_state(problem, self.day))
            for _ in range(threads if threads > 1 else 0)
        ]
        self.hot = 0.0
        self.cycles = 1
        self.shared = len(self.now.node) >= SHARED_FROM_NODES

    @property
    def best_cost(self) -> int:
        """The cost of the best plan, in thousandths of a unit."""
        return int(cost_of(self.best))

    def begin(self, steps: float = 0) -> None:
        """Make the first plan: the published order as far as it fits, then the rest by need.

        `steps` is about how much work a thread will do: it says how often the plan is annealed.
        """
        visits = len(self.problem.visits)
        self.cycles = max(1, round(steps / (STEPS_A_NODE * max(1, len(self.now.node)))))
        share.settle_whole(self.day, self.now, self.rooms[0])
        self._repeat(published_parts(self.problem))
        fixed = self.day.fixed[:visits]
        width = np.minimum(fixed["deadline"], fixed["due"]) - fixed["earliest"]
        order = np.lexsort((fixed["earliest"] if self.day.open_ended else width, -fixed["parts"]))
        self.rooms[0].out[:visits] = order
        ruin.fill(self.day, self.now, self.rooms[0], self.random[0], visits)
        share.settle_whole(self.day, self.now, self.rooms[0])
        copy_state(self.now, self.best)
        for state, best in self.parts:
            copy_state(self.now, state)
            copy_state(self.now, best)

    def _repeat(self, published: list[tuple[int, list[int]]]) -> None:
        first_end = len(self.now.node) - 2 * len(self.day.rounds)
        ends = {r: first_end + r for r in range(len(self.day.rounds))}
        for at, rounds in published:
            fixed = self.day.fixed[at]
            if len(rounds) != fixed["parts"] or not all(self.day.allowed[at, r] for r in rounds):
                continue
            nodes = np.array([ends[r] for r in rounds], dtype=np.int32)
            if anneal.append(self.day, self.now, self.rooms[0], at, nodes):
                for part, r in enumerate(rounds):
                    ends[r] = int(fixed["first_node"]) + part

    def heat(self, done: float) -> float:
        """Return the heat, in minutes, when this share of the work is done."""
        if done < QUENCH_SHARE:
            return QUENCH_MINUTES
        if not self.hot:
            lateness = float(self.best.sums[LATE] + self.best.sums[WORST]) / self.unit
            self.hot = min(HOTTEST_MINUTES, HOT_MINUTES + HOT_SHARE_OF_LATENESS * lateness)
        turn = (done - QUENCH_SHARE) / (1 - QUENCH_SHARE) * self.cycles % 1.0
        return self.hot * (COLD_MINUTES / self.hot) ** turn

    def run_slice(self, pool: ThreadPoolExecutor, steps: int, done: float) -> None:
        """Make a slice's steps on every thread; `done` is the share of the work done before.

        On a large day the threads work on one plan; on a smaller one each anneals its own.
        """
        heat = self.heat(done) * self.unit
        if not self.parts:
            self._anneal(0, self.now, self.best, steps, heat)
            return
        part = self._share_out() if self.shared else None
        work = [
            pool.submit(self._anneal_part, number, part, steps, heat)
            for number in range(len(self.parts))
        ]
        for each in work:
            each.result()
        if self.shared:
            self._put_together()
            return
        for _, best in self.parts:
            if cost_of(best) < cost_of(self.best):
                copy_state(best, self.best)

    def _anneal(self, number: int, state: object, best: object, steps: int, heat: float) -> None:
        anneal.anneal(
            self.day,
            state,
            best,
            self.rooms[number],
            self.random[number],
            steps,
            heat,
            RUINS,
            RESEATS,
            MOVED_AT_ONCE,
            LONGEST_STRING,
        )

    def _anneal_part(
        self, number: int, part: npt.NDArray[np.int32] | None, steps: int, heat: float
    ) -> None:
        state, best = self.parts[number]
        if part is None:
            self._anneal(number, state, best, steps, heat)
            return
        copy_state(self.now, state)
        share.take_share(self.day, state, self.rooms[number], part, number, len(self.parts))
        copy_state(state, best)
        if self.rooms[number].tally[3]:
            self._anneal(number, state, best, steps, heat)

    def _put_together(self) -> None:
        """Make one plan of the threads' parts, and one of the best that each has seen."""
        copy_state(self.now, self.trial)
        for number, (state, best) in enumerate(self.parts):
            share.give_back(self.day, state, self.rooms[number], self.now)
            share.give_back(self.day, best, self.rooms[number], self.trial)
        for whole in (self.now, self.trial):
            share.settle_whole(self.day, whole, self.rooms[0])
            if cost_of(whole) < cost_of(self.best):
                copy_state(whole, self.best)

    def _share_out(self) -> npt.NDArray[np.int32]:
        """Return a part for every round: those nearer one of two places drawn by lot together."""
        rounds, carers = self.day.rounds["carer"], len(self.problem.carers)
        parts = len(self.parts)
        node = self.now.node
        inside = (node["round"] >= 0) & (node["at"] < len(self.problem.visits))
        score = self.shares.random(carers)
        if inside.any() and self.shares.random() < 0.7:
            places = node["place"][inside]
            one, other = self.shares.choice(places, 2)
            nearer = self.day.travel[0, one, places] - self.day.travel[0, other, places]
            of_carer = rounds[node["round"][inside]]
            stops = np.bincount(of_carer, minlength=carers)
            score = np.bincount(of_carer, weights=nearer, minlength=carers) / np.maximum(1, stops)
            score = np.where(stops > 0, score, self.shares.permutation(score))
        rank = np.argsort(np.argsort(score, kind="stable"), kind="stable")
        part: npt.NDArray[np.int32] = (rank * parts // max(1, carers)).astype(np.int32)[rounds]
        return part

    def orders(self) -> tuple[dict[Key, tuple[str, ...]], dict[Key, int], list[str]]:
        """Return the best rounds as visit ids in order, where breaks are, and who is left out."""
        visits = self.problem.visits
        first = len(self.best.node) - 2 * len(self.day.rounds)
        orders: dict[Key, tuple[str, ...]] = {}
        rests: dict[Key, int] = {}
        following, at = self.best.node["following"].tolist(), self.best.node["at"].tolist()
        for r, (carer, shift) in enumerate(shifts_of(self.problem)):
            names: list[str] = []
            node = following[first + r]
            while at[node] < len(visits):
                names.append(visits[at[node]].id)
                if self.best.rest_after[r] == node:
                    rests[carer.id, shift] = len(names)
                node = following[node]
            orders[carer.id, shift] = tuple(names)
        placed = self.best.moment["placed"]
        return orders, rests, [v.id for i, v in enumerate(visits) if not placed[i]]


def _run(search: Search, budget: Budget, progress: Progress, cancel: Cancel) -> None:
    reported = 0.0
    with ThreadPoolExecutor(max_workers=max(1, len(search.parts))) as pool:
        while (done := budget.share()) < 1 and not cancel():
            steps = budget.next_slice()
            started = time.monotonic()
            search.run_slice(pool, steps, done)
            now = time.monotonic()
            budget.note(steps, now - started)
            if now - reported >= REPORT_SECONDS:
                reported = now
                made = search.best.moment["placed"][: len(search.problem.visits)]
                left_out = int(np.count_nonzero(made == 0))
                progress(budget.share(), search.best_cost / search.unit, left_out)


def compile_kernel() -> None:
    """Compile everything once and keep it in numba's cache, so that no user waits for it."""
    carers = tuple(
        Carer(
            id=f"c{n}",
            start_location=0,
            end_location=0,
            shifts=((0, 600),),
            breaks=(Break(0, 10, 0, 500),),
        )
        for n in range(2 * CARERS_A_THREAD)
    )
    visits = (
        Visit(id="v0", location=1, earliest=0, latest=500, minutes=10, carers=2),
        Visit(id="v1", location=0, earliest=0, latest=500, minutes=10),
        Visit(id="v2", location=0, earliest=0, latest=500, minutes=10),
    )
    travel = np.array([[0, 5], [5, 0]], dtype=np.int32)
    problem = Problem(travel_minutes=travel, visits=visits, carers=carers)
    plan = solve(problem, iterations=20)
    again = Problem(travel_minutes=travel, visits=visits, carers=carers, previous=plan)
    search = Search(again, seed=1, threads=2)
    search.shared = True
    search.begin()
    with ThreadPoolExecutor(max_workers=2) as pool:
        search.run_slice(pool, 20, 0.0)


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


def _random(seed: int, number: int) -> npt.NDArray[np.uint64]:
    return np.random.SeedSequence([seed, number]).generate_state(1, dtype=np.uint64) | np.uint64(1)
