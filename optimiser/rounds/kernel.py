"""The compiled part of the rounds engine: ruin, recreate and accept, a hundred thousand times.

A node is one carer's part in a visit, the beginning of a round or its end; rounds are linked lists
of nodes. Every visit, beginning and end also has an `at` number, and two times: `soonest`, the
least start that travel, windows and ties between visits allow, and `latest`, the greatest start
that still lets everything after it keep its window. With both at hand, whether a visit fits
between two others is one comparison, and a double-up is two places whose intervals overlap.
After each change the times are settled again along the links that changed; in prose in
docs/algorithms/rounds.md.
Costs are whole thousandths of a minute, so sums do not depend on their order.

One file, though a long one: numba's cache watches only the file a function stands in, so a part
moved elsewhere could be changed and the old code would still run.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]

FAR = 1_000_000_000  # a time no day reaches
MOST_SLOTS = 48  # places kept for one visit that needs several carers: the cheapest ones
MOST_ABSENT = 4  # visits left out that one iteration tries to put back
NEAR_ABSENT = 40  # and how near they are to where rounds are cut
MANY = 16  # orders drawn for putting visits back


class Day(NamedTuple):
    """A problem as arrays: V visits, N nodes (visits' parts, round beginnings, round ends)."""

    travel: Ints  # minutes, place to place
    node_at: Ints  # (N) visit, beginning or end a node belongs to
    node_place: Ints  # (N) place of the node
    first_node: Ints  # (V + 2R + 1) first node of each visit, beginning, end
    earliest: Ints  # (V + 2R)
    deadline: Ints  # (V + 2R) last permitted start; for an end, the shift's end
    minutes: Ints  # (V + 2R)
    carer: Ints  # (R) carer of a round
    allowed: npt.NDArray[np.uint8]  # (V, R) 1 may, 2 must (pinned), 0 may not or out of reach
    option_first: Ints  # (V + 1) rounds open to visit v are option_round[first[v]:first[v + 1]]
    option_round: Ints
    pinned: Ints  # (V) number of carers pinned
    assign_cost: Longs  # (V, R)
    leave_out_cost: Longs  # (V)
    published: Ints  # (V) published start, -1 without
    near: Ints  # (V, K) visits near in place and time, nearest first
    tie_first: Ints  # (V + 1) ties of visit v are tie_first[v]:tie_first[v + 1]
    tie_other: Ints  # start[v] >= start[other] + tie_gap, while both are placed
    tie_gap: Ints
    hold_first: Ints  # (V + 1) the same ties seen from the other side
    hold_other: Ints  # start[other] >= start[v] + hold_gap
    hold_gap: Ints
    rates: Longs  # travel, change of start, paid span


class State(NamedTuple):
    """A solution under way."""

    following: Ints  # (N) next node
    preceding: Ints  # (N) node before
    round_of: Ints  # (N) round, -1 while left out
    placed: npt.NDArray[np.uint8]  # (V)
    soonest: Ints  # (V + 2R)
    latest: Ints  # (V + 2R)
    stops: Ints  # (R) number of stops
    sums: Longs  # travel cost, assignment cost, cost of visits left out


class Room(NamedTuple):
    """Room to work in, one a thread: queue of times to settle, slots, removed visits."""

    queue: Ints
    queued: npt.NDArray[np.uint8]
    slot_cost: Longs  # (MOST_SLOTS)
    slot_node: Ints
    slot_from: Ints
    slot_until: Ints
    chosen: Ints
    out: Ints  # (V) visits to put back
    keys: Longs  # (V)
    touched: Ints  # (R) iteration in which a round was last cut


@njit(cache=True, nogil=True)
def draw(random):  # type: ignore[no-untyped-def]
    """Return the next 64 random bits (xorshift): numba's own generator belongs to the thread."""
    x = random[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    random[0] = x
    return x


@njit(cache=True, nogil=True)
def unit(random):  # type: ignore[no-untyped-def]
    """Return a random number in [0, 1)."""
    return np.float64(draw(random) >> np.uint64(11)) / 9007199254740992.0


@njit(cache=True, nogil=True)
def below(random, bound):  # type: ignore[no-untyped-def]
    """Return a random whole number in [0, bound)."""
    return np.int64(unit(random) * bound)


@njit(cache=True, nogil=True)
def soonest_of(day, state, at):  # type: ignore[no-untyped-def]
    """Return the least start its window, the journeys to it and its ties allow a visit."""
    time = day.earliest[at]
    for node in range(day.first_node[at], day.first_node[at + 1]):
        before = state.preceding[node]
        there = day.node_at[before]
        come = (
            state.soonest[there]
            + day.minutes[there]
            + day.travel[day.node_place[before], day.node_place[node]]
        )
        time = max(time, come)
    if at < len(state.placed):
        for tie in range(day.tie_first[at], day.tie_first[at + 1]):
            if state.placed[day.tie_other[tie]]:
                time = max(time, state.soonest[day.tie_other[tie]] + day.tie_gap[tie])
    return time


@njit(cache=True, nogil=True)
def latest_of(day, state, at):  # type: ignore[no-untyped-def]
    """Return the greatest start that lets every later stop and tied visit keep its deadline."""
    time = day.deadline[at]
    for node in range(day.first_node[at], day.first_node[at + 1]):
        after = state.following[node]
        there = day.node_at[after]
        go = (
            state.latest[there]
            - day.minutes[at]
            - day.travel[day.node_place[node], day.node_place[after]]
        )
        time = min(time, go)
    if at < len(state.placed):
        for tie in range(day.hold_first[at], day.hold_first[at + 1]):
            if state.placed[day.hold_other[tie]]:
                time = min(time, state.latest[day.hold_other[tie]] - day.hold_gap[tie])
    return time


@njit(cache=True, nogil=True)
def push(room, at, tail):  # type: ignore[no-untyped-def]
    """Queue a visit whose time may have changed; return the new end of the queue."""
    if room.queued[at]:
        return tail
    room.queued[at] = 1
    room.queue[tail] = at
    tail += 1
    return 0 if tail == len(room.queue) else tail


@njit(cache=True, nogil=True)
def settle_soonest(day, state, room, tail):  # type: ignore[no-untyped-def]
    """Settle soonest starts from the queued visits on; False if a deadline cannot be kept."""
    visits = len(state.placed)
    head = 0
    fine = True
    while head != tail:
        at = room.queue[head]
        head = head + 1 if head + 1 < len(room.queue) else 0
        room.queued[at] = 0
        if not fine or (at < visits and state.placed[at] == 0):
            continue
        time = soonest_of(day, state, at)
        if time == state.soonest[at]:
            continue
        if time > day.deadline[at]:
            fine = False
            continue
        state.soonest[at] = time
        if at >= visits:
            continue
        for node in range(day.first_node[at], day.first_node[at + 1]):
            tail = push(room, day.node_at[state.following[node]], tail)
        for tie in range(day.hold_first[at], day.hold_first[at + 1]):
            if state.placed[day.hold_other[tie]]:
                tail = push(room, day.hold_other[tie], tail)
    return fine


@njit(cache=True, nogil=True)
def settle_latest(day, state, room, tail):  # type: ignore[no-untyped-def]
    """Settle latest starts from the queued visits back."""
    visits = len(state.placed)
    head = 0
    while head != tail:
        at = room.queue[head]
        head = head + 1 if head + 1 < len(room.queue) else 0
        room.queued[at] = 0
        if at >= visits or state.placed[at] == 0:
            continue
        time = latest_of(day, state, at)
        if time == state.latest[at]:
            continue
        state.latest[at] = time
        for node in range(day.first_node[at], day.first_node[at + 1]):
            tail = push(room, day.node_at[state.preceding[node]], tail)
        for tie in range(day.tie_first[at], day.tie_first[at + 1]):
            if state.placed[day.tie_other[tie]]:
                tail = push(room, day.tie_other[tie], tail)


@njit(cache=True, nogil=True)
def leg(day, a, b):  # type: ignore[no-untyped-def]
    """Return the minutes of travel from one node to another."""
    return np.int64(day.travel[day.node_place[a], day.node_place[b]])


@njit(cache=True, nogil=True)
def unlink(day, state, at):  # type: ignore[no-untyped-def]
    """Take a visit out of its rounds; times are settled by the caller."""
    for node in range(day.first_node[at], day.first_node[at + 1]):
        before = state.preceding[node]
        after = state.following[node]
        r = state.round_of[node]
        state.sums[0] -= day.rates[0] * (
            leg(day, before, node) + leg(day, node, after) - leg(day, before, after)
        )
        state.sums[1] -= day.assign_cost[at, r]
        state.following[before] = after
        state.preceding[after] = before
        state.round_of[node] = -1
        state.stops[r] -= 1
    state.placed[at] = 0
    state.sums[2] += day.leave_out_cost[at]


@njit(cache=True, nogil=True)
def settle_around(day, state, room, out, first, last):  # type: ignore[no-untyped-def]
    """Settle times after visits out[first:last] were unlinked."""
    tail = 0
    for i in range(first, last):
        at = out[i]
        for node in range(day.first_node[at], day.first_node[at + 1]):
            # An unlinked node still knows where it stood; what stands there now is what changed.
            tail = push(room, day.node_at[state.following[node]], tail)
        for tie in range(day.hold_first[at], day.hold_first[at + 1]):
            if state.placed[day.hold_other[tie]]:
                tail = push(room, day.hold_other[tie], tail)
    settle_soonest(day, state, room, tail)
    tail = 0
    for i in range(first, last):
        at = out[i]
        for node in range(day.first_node[at], day.first_node[at + 1]):
            tail = push(room, day.node_at[state.preceding[node]], tail)
        for tie in range(day.tie_first[at], day.tie_first[at + 1]):
            if state.placed[day.tie_other[tie]]:
                tail = push(room, day.tie_other[tie], tail)
    settle_latest(day, state, room, tail)


@njit(cache=True, nogil=True)
def link(day, state, room, at, slots):  # type: ignore[no-untyped-def]
    """Put a visit into the chosen places; False (and as before) if a deadline would be missed."""
    first = day.first_node[at]
    for i in range(slots):
        before = room.slot_node[room.chosen[i]]
        node = first + i
        after = state.following[before]
        r = state.round_of[before]
        state.sums[0] += day.rates[0] * (
            leg(day, before, node) + leg(day, node, after) - leg(day, before, after)
        )
        state.sums[1] += day.assign_cost[at, r]
        state.following[before] = node
        state.preceding[node] = before
        state.following[node] = after
        state.preceding[after] = node
        state.round_of[node] = r
        state.stops[r] += 1
    state.placed[at] = 1
    state.sums[2] -= day.leave_out_cost[at]
    state.soonest[at] = -1
    state.latest[at] = FAR
    if settle_soonest(day, state, room, push(room, at, 0)):
        settle_latest(day, state, room, push(room, at, 0))
        return True
    unlink(day, state, at)
    room.chosen[0] = at
    settle_around(day, state, room, room.chosen, 0, 1)
    return False


@njit(cache=True, nogil=True)
def add_slot(room, count, cost, node, soon, late):  # type: ignore[no-untyped-def]
    """Keep a place among the cheapest ones, in order of cost; return how many are kept."""
    if count == MOST_SLOTS:
        if cost >= room.slot_cost[count - 1]:
            return count
        count -= 1
    i = count
    while i > 0 and room.slot_cost[i - 1] > cost:
        room.slot_cost[i] = room.slot_cost[i - 1]
        room.slot_node[i] = room.slot_node[i - 1]
        room.slot_from[i] = room.slot_from[i - 1]
        room.slot_until[i] = room.slot_until[i - 1]
        i -= 1
    room.slot_cost[i] = cost
    room.slot_node[i] = node
    room.slot_from[i] = soon
    room.slot_until[i] = late
    return count + 1


@njit(cache=True, nogil=True)
def find_slots(day, state, room, at, blink, random):  # type: ignore[no-untyped-def]
    """Collect the places where a visit fits, cheapest first; each is skipped with chance blink."""
    visits = len(state.placed)
    parts = len(day.node_at) - 2 * len(day.carer)
    need = day.first_node[at + 1] - day.first_node[at]
    here = day.node_place[day.first_node[at]]
    low = day.earliest[at]
    high = day.deadline[at]
    for tie in range(day.tie_first[at], day.tie_first[at + 1]):
        if state.placed[day.tie_other[tie]]:
            low = max(low, state.soonest[day.tie_other[tie]] + day.tie_gap[tie])
    for tie in range(day.hold_first[at], day.hold_first[at + 1]):
        if state.placed[day.hold_other[tie]]:
            high = min(high, state.latest[day.hold_other[tie]] - day.hold_gap[tie])
    count = 0
    if low > high:
        return count
    minutes = day.minutes[at]
    rate = day.rates[0]
    best = np.int64(2**62)
    for option in range(day.option_first[at], day.option_first[at + 1]):
        r = day.option_round[option]
        fixed = day.assign_cost[at, r]
        if day.allowed[at, r] == 2:
            fixed -= np.int64(1) << 50  # a pinned carer is chosen before all others
        before = parts + r
        leave = day.earliest[visits + r]
        while True:
            after = state.following[before]
            if leave > high:
                break
            there = day.node_at[after]
            limit = state.latest[there] - minutes
            if limit >= low:
                come = day.travel[day.node_place[before], here]
                go = day.travel[here, day.node_place[after]]
                soon = max(low, leave + come)
                late = min(high, limit - go)
                if soon <= late:
                    skip = day.travel[day.node_place[before], day.node_place[after]]
                    cost = rate * (np.int64(come) + go - skip) + fixed
                    if need > 1:
                        if unit(random) >= blink:
                            count = add_slot(room, count, cost, before, soon, late)
                    elif cost < best and unit(random) >= blink:
                        best = cost
                        room.slot_node[0] = before
                        room.slot_cost[0] = cost
                        count = 1
            if there >= visits:
                break
            leave = state.soonest[there] + day.minutes[there]
            before = after
    return count


@njit(cache=True, nogil=True)
def crossing(day, state, a, b):  # type: ignore[no-untyped-def]
    """Whether the stop before place b may hang on the stop after place a (each waits for other)."""
    visits = len(state.placed)
    after = day.node_at[state.following[a]]
    if after >= visits or day.node_at[b] >= visits:
        return False  # the end of a round holds nobody up, and its beginning waits for nobody
    return state.soonest[day.node_at[b]] >= state.soonest[after] + day.minutes[after]


@njit(cache=True, nogil=True)
def fits_with(day, state, room, slot, taken):  # type: ignore[no-untyped-def]
    """Whether a place may join the places chosen so far: another carer, and no deadlock."""
    node = room.slot_node[slot]
    for i in range(taken):
        other = room.slot_node[room.chosen[i]]
        if day.carer[state.round_of[other]] == day.carer[state.round_of[node]]:
            return False
        if crossing(day, state, node, other) or crossing(day, state, other, node):
            return False
    return True


@njit(cache=True, nogil=True)
def choose_slots(day, state, room, need, count):  # type: ignore[no-untyped-def]
    """Choose the cheapest places at one moment for a visit that needs several carers.

    Exact for two carers (every cheapest partner of every place); for more, each place is the
    beginning of one greedy choice.
    """
    best = np.int64(2**62)
    kept = np.zeros(need, dtype=np.int32)
    found = False
    for anchor in range(count):
        room.chosen[0] = anchor
        taken = 1
        total = room.slot_cost[anchor]
        soon = room.slot_from[anchor]
        late = room.slot_until[anchor]
        for slot in range(anchor + 1, count):
            if total + room.slot_cost[slot] >= best and room.slot_cost[slot] >= 0:
                break
            both_soon = max(soon, room.slot_from[slot])
            both_late = min(late, room.slot_until[slot])
            if both_soon > both_late or not fits_with(day, state, room, slot, taken):
                continue
            room.chosen[taken] = slot
            taken += 1
            total += room.slot_cost[slot]
            soon = both_soon
            late = both_late
            if taken == need:
                if total < best:
                    best = total
                    found = True
                    for i in range(need):
                        kept[i] = room.chosen[i]
                break
    for i in range(need):
        room.chosen[i] = kept[i]
    return found


@njit(cache=True, nogil=True)
def place(day, state, room, at, blink, random):  # type: ignore[no-untyped-def]
    """Put a visit where it costs least; False if no place was found."""
    need = day.first_node[at + 1] - day.first_node[at]
    count = find_slots(day, state, room, at, blink, random)
    if count < need:
        return False
    if need == 1:
        room.chosen[0] = 0
        if day.pinned[at] and room.slot_cost[0] > -(np.int64(1) << 49):
            return False
        return link(day, state, room, at, 1)
    if not choose_slots(day, state, room, need, count):
        return False
    pinned = 0
    for i in range(need):
        if room.slot_cost[room.chosen[i]] < -(np.int64(1) << 49):
            pinned += 1
    if pinned < day.pinned[at]:
        return False
    return link(day, state, room, at, need)


@njit(cache=True, nogil=True)
def total_cost(day, state):  # type: ignore[no-untyped-def]
    """Return the whole cost of a solution in thousandths of a minute."""
    visits = len(state.placed)
    rounds = len(day.carer)
    cost = state.sums[0] + state.sums[1] + state.sums[2]
    if day.rates[2] > 0:
        span = np.int64(0)
        for r in range(rounds):
            if state.stops[r] > 0:
                span += state.soonest[visits + rounds + r] - day.earliest[visits + r]
        cost += day.rates[2] * span
    if day.rates[1] > 0:
        for at in range(visits):
            if day.published[at] >= 0 and state.placed[at]:
                cost += day.rates[1] * abs(np.int64(state.soonest[at]) - day.published[at])
    return cost


@njit(cache=True, nogil=True)
def copy_state(source, target):  # type: ignore[no-untyped-def]
    """Copy one solution over another."""
    target.following[:] = source.following
    target.preceding[:] = source.preceding
    target.round_of[:] = source.round_of
    target.placed[:] = source.placed
    target.soonest[:] = source.soonest
    target.latest[:] = source.latest
    target.stops[:] = source.stops
    target.sums[:] = source.sums


@njit(cache=True, nogil=True)
def take_out(day, state, room, at, count):  # type: ignore[no-untyped-def]
    """Unlink a visit and note it; return how many are noted."""
    unlink(day, state, at)
    room.out[count] = at
    return count + 1


@njit(cache=True, nogil=True)
def cut_string(day, state, room, node, length, gap, random, count):  # type: ignore[no-untyped-def]
    """Take out `length` stops in a row around a node, leaving `gap` of them in the middle."""
    visits = len(state.placed)
    start = node
    for _ in range(below(random, length + gap)):
        if day.node_at[state.preceding[start]] >= visits:
            break
        start = state.preceding[start]
    spared = 1 + below(random, length - 1) if gap > 0 and length > 1 else length + gap
    i = 0
    while day.node_at[start] < visits and i < length + gap:
        after = state.following[start]
        if i < spared or i >= spared + gap:
            # Both parts of a double-up never stand in one round, so `after` stays linked.
            count = take_out(day, state, room, day.node_at[start], count)
        start = after
        i += 1
    return count


@njit(cache=True, nogil=True)
def ruin(day, state, room, average, longest, stamp, random):  # type: ignore[no-untyped-def]
    """Take neighbouring strings of stops out of several rounds (Christiaens, Vanden Berghe 2020).

    Returns the number of visits in room.out; a few that were left out before come last.
    """
    visits = len(state.placed)
    seed = below(random, visits)
    if state.sums[2] > 0 and unit(random) < 0.3:
        for _ in range(visits):  # the next visit left out, from a random one on
            if state.placed[seed] == 0:
                break
            seed = seed + 1 if seed + 1 < visits else 0
    count = 0
    strings = 1 + below(random, max(1.0, 4.0 * average / (1.0 + longest) - 1.0))
    absent = 0
    for k in range(min(NEAR_ABSENT, day.near.shape[1])):
        if state.placed[day.near[seed, k]] == 0 and absent < MOST_ABSENT:
            room.keys[absent] = day.near[seed, k]
            absent += 1
    cut = 0
    for k in range(day.near.shape[1]):
        at = day.near[seed, k]
        if state.placed[at] == 0:
            continue
        parts = day.first_node[at + 1] - day.first_node[at]
        node = day.first_node[at] + (below(random, parts) if parts > 1 else 0)
        r = state.round_of[node]
        if room.touched[r] == stamp:
            continue
        room.touched[r] = stamp
        length = 1 + below(random, min(longest, state.stops[r]))
        gap = 0
        if length > 1 and unit(random) < 0.5:
            while gap < state.stops[r] - length and unit(random) < 0.5:
                gap += 1
        count = cut_string(day, state, room, node, length, gap, random, count)
        cut += 1
        if cut >= strings:
            break
    settle_around(day, state, room, room.out, 0, count)
    for i in range(absent):
        room.out[count] = room.keys[i]
        count += 1
    return count


@njit(cache=True, nogil=True)
def order(day, room, count, random):  # type: ignore[no-untyped-def]
    """Sort the visits to put back by a rule drawn by lot; double-ups before single ones, mostly."""
    rule = below(random, MANY)
    pairs_first = unit(random) < 0.7
    for i in range(count):
        at = room.out[i]
        key = np.int64(below(random, 1000))
        if rule < 4:
            key += 1000 * np.int64(day.deadline[at] - day.earliest[at])
        elif rule < 6:
            key += 1000 * np.int64(day.earliest[at])
        elif rule < 8:
            key -= 1000 * np.int64(day.deadline[at])
        elif rule < 10:
            key -= 1000 * np.int64(day.minutes[at])
        if pairs_first:
            key -= (np.int64(day.first_node[at + 1] - day.first_node[at]) - 1) << 40
        room.keys[i] = key
    for i in range(1, count):
        at = room.out[i]
        key = room.keys[i]
        j = i
        while j > 0 and room.keys[j - 1] > key:
            room.keys[j] = room.keys[j - 1]
            room.out[j] = room.out[j - 1]
            j -= 1
        room.keys[j] = key
        room.out[j] = at


@njit(cache=True, nogil=True)
def improve(  # type: ignore[no-untyped-def]
    day, now, trial, best, room, random, costs, iterations, hot, cold, average, longest, stamp
):
    """Ruin, recreate, accept by annealing from `hot` to `cold`; costs holds now and best."""
    ratio = cold / hot
    for i in range(iterations):
        heat = hot * ratio ** (i / iterations)
        count = ruin(day, trial, room, average, longest, stamp + i, random)
        order(day, room, count, random)
        for k in range(count):
            place(day, trial, room, room.out[k], 0.01, random)
        cost = total_cost(day, trial)
        if cost < costs[0] - heat * np.log(1.0 - unit(random)):
            costs[0] = cost
            copy_state(trial, now)
            if cost < costs[1]:
                costs[1] = cost
                copy_state(trial, best)
        else:
            copy_state(now, trial)


@njit(cache=True, nogil=True)
def fill(day, state, room, random, count):  # type: ignore[no-untyped-def]
    """Put the first `count` visits of room.out in, in that order, each where it costs least."""
    for i in range(count):
        if state.placed[room.out[i]] == 0:
            place(day, state, room, room.out[i], 0.0, random)


@njit(cache=True, nogil=True)
def append(day, state, room, at, nodes):  # type: ignore[no-untyped-def]
    """Put a visit after the given nodes (a published order); False if it does not fit there."""
    for i in range(len(nodes)):
        room.slot_node[i] = nodes[i]
        room.chosen[i] = i
    return link(day, state, room, at, len(nodes))
