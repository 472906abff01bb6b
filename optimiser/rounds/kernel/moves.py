"""Small moves: one or a few stops go elsewhere, two change places, two rounds swap their tails.

Each is refused on travel, carers and the two times beside its new place first, before anything is
changed; what passes is made and its times are settled. `limit` is the most the step may cost.
"""

import numpy as np

from optimiser.rounds.kernel.insert import kept_apart, round_can_be
from optimiser.rounds.kernel.links import contract_cost, leg, put_node, take_node
from optimiser.rounds.kernel.state import (
    CONTRACT,
    FACES,
    FAR,
    LATE,
    MOVED,
    TRAVEL,
    WORST,
    below,
    compiled,
    unit,
)
from optimiser.rounds.kernel.times import come_to, settle_forward

# Of small moves, by lot: below the first, one stop goes to the start of any round, an empty one
# too; below the next, two stops change places; then one moves, a few move, and tails change.
TO_THE_START, SWAPS, RELOCATIONS, STRINGS = 0.05, 0.35, 0.65, 0.8
LONGEST_TAIL = 400  # stops of two tails together; longer ones are not swapped


@compiled
def may_go(day, state, n, r):  # type: ignore[no-untyped-def]
    """Whether the carer of a round may make this part of a visit instead of who does now."""
    at = state.node[n].at
    if not day.allowed[at, r]:
        return False
    carer = day.rounds[r].carer
    if carer == day.rounds[state.node[n].round].carer:
        return True
    fixed = day.fixed[at]
    if fixed.pinned:
        return False
    for other in range(fixed.first_node, fixed.first_node + fixed.parts):
        if other != n and day.rounds[state.node[other].round].carer == carer:
            return False
    return not kept_apart(day, state, at, carer)


@compiled
def leaves(day, state, n):  # type: ignore[no-untyped-def]
    """Return when the carer is free to go on from a node, its break taken."""
    at = state.node[n].at
    leave = np.int64(state.moment[at].soonest) + day.fixed[at].minutes
    if state.node[n].pause > 0:
        r = state.node[n].round
        leave = max(leave, np.int64(day.rounds[r].rest_earliest)) + state.node[n].pause
    return leave


@compiled
def change_of_hands(day, state, n, r, travel_less, travel_more):  # type: ignore[no-untyped-def]
    """Return what it costs beyond travel that the carer of round `r` goes instead."""
    at = state.node[n].at
    old = state.node[n].round
    cost = day.assign_cost[at, r] - day.assign_cost[at, old]
    carer = day.rounds[r].carer
    was = day.rounds[old].carer
    if carer == was:
        return cost
    if day.rates[FACES] > 0:
        person = day.fixed[at].person
        if state.faces[person, carer] == 0:
            cost += day.rates[FACES]
        if state.faces[person, was] == 1:
            cost -= day.rates[FACES]
    if day.rates[CONTRACT] > 0:
        minutes = day.fixed[at].minutes
        work = state.work[carer]
        cost += contract_cost(day, carer, work + minutes + travel_more)
        cost -= contract_cost(day, carer, work)
        work = state.work[was]
        cost += contract_cost(day, was, work - minutes - travel_less)
        cost -= contract_cost(day, was, work)
    return cost


@compiled
def could_save(state):  # type: ignore[no-untyped-def]
    """Return the most that settling the times could take off the cost."""
    return state.sums[LATE] + state.sums[WORST] + state.sums[MOVED]


@compiled
def hours_could_save(day, state, r, s):  # type: ignore[no-untyped-def]
    """Return the most that other hours of two rounds' carers could take off the cost."""
    if day.rates[CONTRACT] == 0:
        return np.int64(0)
    one = day.rounds[r].carer
    other = day.rounds[s].carer
    return contract_cost(day, one, state.work[one]) + contract_cost(day, other, state.work[other])


@compiled
def settle(day, state, room, r, s):  # type: ignore[no-untyped-def]
    """Give two changed rounds their breaks and settle the times; False if that cannot be."""
    if not round_can_be(day, state, room, r):
        return False
    if r != s and not round_can_be(day, state, room, s):
        return False
    return settle_forward(day, state, room, 0)


@compiled
def lateness_between(day, state, n, before, after, come, go):  # type: ignore[no-untyped-def]
    """Return what lateness a node between two others brings at least; -1 if it does not fit."""
    at = state.node[n].at
    fixed = day.fixed[at]
    soon = max(np.int64(fixed.earliest), leaves(day, state, before) + come)
    for other in range(fixed.first_node, fixed.first_node + fixed.parts):
        if other != n:
            soon = max(soon, np.int64(come_to(day, state, other)))
    then = soon + fixed.minutes + go
    latest = np.int64(state.moment[state.node[after].at].latest)
    if day.open_ended:
        late = max(np.int64(0), soon - fixed.due)
        if latest < FAR:
            late += max(np.int64(0), then - latest)
        return day.rates[LATE] * late
    if soon > fixed.deadline or then > latest:
        return np.int64(-1)
    return np.int64(0)


@compiled
def relocate(day, state, room, x, q, limit):  # type: ignore[no-untyped-def]
    """Move the node `x` to stand after the node `q`; True if made and timed."""
    node = state.node
    p = node[x].preceding
    if q == x or q == p:  # noqa: SIM109 - numba has no `in` for these
        return False
    f = node[x].following
    g = node[q].following
    r = node[x].round
    s = node[q].round
    if not may_go(day, state, x, s):
        return False
    mode = day.rounds[r].mode
    less = leg(day, state, mode, p, x) + leg(day, state, mode, x, f)
    if state.stops[r] > 1:
        less -= leg(day, state, mode, p, f)
    mode = day.rounds[s].mode
    come = leg(day, state, mode, q, x)
    go = leg(day, state, mode, x, g)
    more = come + go
    if state.stops[s] > 0:
        more -= leg(day, state, mode, q, g)
    cost = day.rates[TRAVEL] * (more - less) + change_of_hands(day, state, x, s, less, more)
    room_to_save = limit + could_save(state)
    if cost > room_to_save:
        return False
    if r != s:
        late = lateness_between(day, state, x, q, g, come, go)
        if late < 0 or cost + late > room_to_save:
            return False
    take_node(day, state, room, x)
    put_node(day, state, room, x, q)
    return settle(day, state, room, r, s)


@compiled
def swap(day, state, room, x, y, limit):  # type: ignore[no-untyped-def]
    """Let two nodes change places; True if made and timed."""
    node = state.node
    px = node[x].preceding
    fx = node[x].following
    py = node[y].preceding
    fy = node[y].following
    if x == y or fx == y or fy == x or node[x].at == node[y].at:
        return False
    r = node[x].round
    s = node[y].round
    if not may_go(day, state, x, s) or not may_go(day, state, y, r):
        return False
    mode = day.rounds[r].mode
    come_y = leg(day, state, mode, px, y)
    go_y = leg(day, state, mode, y, fx)
    more_r = come_y + go_y - leg(day, state, mode, px, x) - leg(day, state, mode, x, fx)
    mode = day.rounds[s].mode
    come_x = leg(day, state, mode, py, x)
    go_x = leg(day, state, mode, x, fy)
    more_s = come_x + go_x - leg(day, state, mode, py, y) - leg(day, state, mode, y, fy)
    cost = day.rates[TRAVEL] * (more_r + more_s)
    if r != s:
        cost += day.assign_cost[node[x].at, s] - day.assign_cost[node[x].at, r]
        cost += day.assign_cost[node[y].at, r] - day.assign_cost[node[y].at, s]
        # Faces and hours are reckoned when the swap is made; they could save this much at most.
        cost -= 4 * day.rates[FACES]
        cost -= hours_could_save(day, state, r, s)
    room_to_save = limit + could_save(state)
    if cost > room_to_save:
        return False
    if r != s:
        late_x = lateness_between(day, state, x, py, fy, come_x, go_x)
        if late_x < 0 or cost + late_x > room_to_save:
            return False
        late_y = lateness_between(day, state, y, px, fx, come_y, go_y)
        if late_y < 0 or cost + late_x + late_y > room_to_save:
            return False
    take_node(day, state, room, x)
    take_node(day, state, room, y)
    put_node(day, state, room, x, py)
    put_node(day, state, room, y, px)
    return settle(day, state, room, r, s)


@compiled
def move_string(day, state, room, x, length, q, backwards, limit):  # type: ignore[no-untyped-def]
    """Move `length` stops from `x` on to stand after `q`; True if made and timed."""
    visits = len(day.leave_out_cost)
    node = state.node
    p = node[x].preceding
    if q == p:
        return False
    r = node[x].round
    s = node[q].round
    z = x
    for i in range(length):
        if i > 0:
            z = node[z].following
        if node[z].at >= visits or z == q or state.moment[node[z].at].frozen:
            return False
        if not may_go(day, state, z, s):
            return False
    f = node[z].following
    g = node[q].following
    mode = day.rounds[r].mode
    cost = -leg(day, state, mode, p, x) - leg(day, state, mode, z, f)
    if state.stops[r] > length:
        cost += leg(day, state, mode, p, f)
    mode = day.rounds[s].mode
    if state.stops[s] > 0:
        cost -= leg(day, state, mode, q, g)
    first = z if backwards else x
    last = x if backwards else z
    come = leg(day, state, mode, q, first)
    go = leg(day, state, mode, last, g)
    cost = day.rates[TRAVEL] * (cost + come + go)
    if r != s:
        n = x
        for _ in range(length):
            cost += day.assign_cost[node[n].at, s] - day.assign_cost[node[n].at, r]
            n = node[n].following
        cost -= 2 * length * day.rates[FACES]
        cost -= hours_could_save(day, state, r, s)
    room_to_save = limit + could_save(state)
    if cost > room_to_save:
        return False
    if r != s:
        late = lateness_between(day, state, first, q, g, come, 0)
        if late < 0 or cost + late > room_to_save:
            return False
    for i in range(length):
        room.keys[i] = x
        x = node[x].following
    for i in range(length):
        take_node(day, state, room, room.keys[i])
    for i in range(length):
        n = room.keys[length - 1 - i] if backwards else room.keys[i]
        put_node(day, state, room, n, q)
        q = n
    return settle(day, state, room, r, s)


@compiled
def swap_tails(day, state, room, x, y, limit):  # type: ignore[no-untyped-def]
    """Let the stops after `x` and those from `y` on change rounds; True if made and timed."""
    visits = len(day.leave_out_cost)
    node = state.node
    r = node[x].round
    s = node[y].round
    mode = day.rounds[r].mode
    if r == s or day.rounds[s].mode != mode:
        return False
    q = node[y].preceding
    f = node[x].following
    saved = leg(day, state, mode, x, f) + leg(day, state, mode, q, y)
    cost = day.rates[TRAVEL] * (leg(day, state, mode, x, y) - saved)
    room_to_save = limit + could_save(state)
    if node[f].at < visits:
        cost += day.rates[TRAVEL] * leg(day, state, mode, q, f)
    if leaves(day, state, x) + leg(day, state, mode, x, y) > day.fixed[node[y].at].deadline:
        return False
    count = 0
    n = f
    while node[n].at < visits:
        if count >= LONGEST_TAIL or state.moment[node[n].at].frozen or not may_go(day, state, n, s):
            return False
        cost += day.assign_cost[node[n].at, s] - day.assign_cost[node[n].at, r]
        room.keys[count] = n
        count += 1
        n = node[n].following
    first = count
    n = y
    while node[n].at < visits:
        if count >= LONGEST_TAIL or state.moment[node[n].at].frozen or not may_go(day, state, n, r):
            return False
        cost += day.assign_cost[node[n].at, r] - day.assign_cost[node[n].at, s]
        room.keys[count] = n
        count += 1
        n = node[n].following
    end_r = len(node) - len(day.rounds) + r
    end_s = len(node) - len(day.rounds) + s
    last_r = room.keys[first - 1] if first > 0 else x
    last_s = room.keys[count - 1]
    new_last_s = room.keys[first - 1] if first > 0 else q
    change = leg(day, state, mode, last_s, end_r) + leg(day, state, mode, new_last_s, end_s)
    if first > 0:
        change -= leg(day, state, mode, last_r, end_r)
    change -= leg(day, state, mode, last_s, end_s)
    cost += day.rates[TRAVEL] * change
    cost -= 2 * count * day.rates[FACES]
    cost -= hours_could_save(day, state, r, s)
    if cost > room_to_save:
        return False
    for i in range(count):
        take_node(day, state, room, room.keys[i])
    n = x
    for i in range(first, count):
        put_node(day, state, room, room.keys[i], n)
        n = room.keys[i]
    n = q
    for i in range(first):
        put_node(day, state, room, room.keys[i], n)
        n = room.keys[i]
    return settle(day, state, room, r, s)


@compiled
def small_move(day, state, room, limit, random):  # type: ignore[no-untyped-def]
    """Try one small move drawn by lot; True if it was made and its times are settled."""
    node = state.node
    at = room.own[below(random, room.tally[3])]
    if not state.moment[at].placed or day.near.shape[1] == 0:
        return False
    x = day.fixed[at].first_node + below(random, day.fixed[at].parts)
    lot = unit(random)
    if lot < TO_THE_START:
        options = day.fixed[at].option_end - day.fixed[at].option_first
        r = day.option[day.fixed[at].option_first + below(random, options)]
        q = len(node) - 2 * len(day.rounds) + r
        return room.active[r] and relocate(day, state, room, x, q, limit)
    swapping = lot < SWAPS
    other = drawn_from(day.around if swapping else day.near, at, random)
    if not state.moment[other].placed:
        return False
    y = day.fixed[other].first_node + below(random, day.fixed[other].parts)
    if not room.active[node[y].round] or not day.allowed[at, node[y].round]:
        return False
    if swapping:
        return not state.moment[other].frozen and swap(day, state, room, x, y, limit)
    if lot < RELOCATIONS or state.moment[other].frozen:
        q = y if unit(random) < 0.5 else node[y].preceding
        return relocate(day, state, room, x, q, limit)
    if lot < STRINGS:
        length = 2 + below(random, 2)
        q = y if unit(random) < 0.5 else node[y].preceding
        return move_string(day, state, room, x, length, q, unit(random) < 0.2, limit)
    if unit(random) < 0.5:
        return swap_tails(day, state, room, x, y, limit)
    return swap_tails(day, state, room, y, x, limit)


@compiled
def drawn_from(neighbours, at, random):  # type: ignore[no-untyped-def]
    """Return a neighbour of a visit drawn by lot, the nearest most often."""
    lot = unit(random)
    return neighbours[at, np.int64(lot * lot * neighbours.shape[1])]
