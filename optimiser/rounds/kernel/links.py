"""Taking nodes out of rounds and putting them in, with what that costs; times come after."""

import numpy as np

from optimiser.rounds.kernel.state import (
    ASSIGN,
    CONTRACT,
    FACE,
    FACES,
    FOLLOWING,
    LATE,
    LEFT_OUT,
    MOVED,
    OF_ROUND,
    PAUSE,
    PLACED,
    PRECEDING,
    REST_AFTER,
    SPAN,
    STOPS,
    TRAVEL,
    WORK,
    compiled,
    note,
)


@compiled
def leg(day, state, mode, a, b):  # type: ignore[no-untyped-def]
    """Return the travel from one node to another."""
    return np.int64(day.travel[mode, state.node[a].place, state.node[b].place])


@compiled
def contract_cost(day, carer, work):  # type: ignore[no-untyped-def]
    """Return what a carer's working minutes cost for being off the contract."""
    contract = day.contract[carer]
    if contract == 0:
        return np.int64(0)
    away = work - contract
    return day.rates[CONTRACT] * away * away // contract


@compiled
def add_work(day, state, room, carer, minutes):  # type: ignore[no-untyped-def]
    """Add to a carer's working minutes."""
    was = state.work[carer]
    note(room, WORK, carer, was)
    if day.rates[CONTRACT] > 0:
        state.sums[CONTRACT] += contract_cost(day, carer, was + minutes) - contract_cost(
            day, carer, was
        )
    state.work[carer] = was + minutes


@compiled
def add_face(day, state, room, at, carer, more):  # type: ignore[no-untyped-def]
    """Count a carer's visit to a person, or one less."""
    person = day.fixed[at].person
    was = state.faces[person, carer]
    note(room, FACE, person * state.faces.shape[1] + carer, was)
    state.faces[person, carer] = was + more
    if was == 0:
        state.sums[FACES] += day.rates[FACES]
    elif was + more == 0:
        state.sums[FACES] -= day.rates[FACES]


@compiled
def end_rest(day, state, room, r):  # type: ignore[no-untyped-def]
    """Take the break out of a round."""
    n = state.rest_after[r]
    if n >= 0:
        add_work(day, state, room, day.rounds[r].carer, -state.node[n].pause)
        note(room, PAUSE, n, state.node[n].pause)
        state.node[n].pause = 0
        note(room, REST_AFTER, r, n)
        state.rest_after[r] = -1


@compiled
def take_node(day, state, room, n):  # type: ignore[no-untyped-def]
    """Take a node out of its round; it still knows where it stood."""
    node = state.node
    r = node[n].round
    p = node[n].preceding
    f = node[n].following
    mode = day.rounds[r].mode
    carer = day.rounds[r].carer
    at = node[n].at
    if state.rest_after[r] == n:
        end_rest(day, state, room, r)
    saved = leg(day, state, mode, p, n) + leg(day, state, mode, n, f)
    note(room, STOPS, r, state.stops[r])
    state.stops[r] -= 1
    if state.stops[r] > 0:
        saved -= leg(day, state, mode, p, f)
    else:
        state.sums[SPAN] -= day.rates[SPAN] * day.rounds[r].between_ends
    state.sums[TRAVEL] -= day.rates[TRAVEL] * saved
    state.sums[ASSIGN] -= day.assign_cost[at, r]
    add_work(day, state, room, carer, -saved - day.fixed[at].minutes)
    if day.rates[FACES] > 0:
        add_face(day, state, room, at, carer, -1)
    note(room, FOLLOWING, p, n)
    node[p].following = f
    note(room, PRECEDING, f, n)
    node[f].preceding = p
    note(room, OF_ROUND, n, r)
    node[n].round = -1


@compiled
def put_node(day, state, room, n, p):  # type: ignore[no-untyped-def]
    """Put a node into a round after the node `p`."""
    node = state.node
    r = node[p].round
    f = node[p].following
    mode = day.rounds[r].mode
    carer = day.rounds[r].carer
    at = node[n].at
    added = leg(day, state, mode, p, n) + leg(day, state, mode, n, f)
    if state.stops[r] > 0:
        added -= leg(day, state, mode, p, f)
    else:
        state.sums[SPAN] += day.rates[SPAN] * day.rounds[r].between_ends
    note(room, STOPS, r, state.stops[r])
    state.stops[r] += 1
    state.sums[TRAVEL] += day.rates[TRAVEL] * added
    state.sums[ASSIGN] += day.assign_cost[at, r]
    add_work(day, state, room, carer, added + day.fixed[at].minutes)
    if day.rates[FACES] > 0:
        add_face(day, state, room, at, carer, 1)
    note(room, FOLLOWING, p, f)
    node[p].following = n
    note(room, PRECEDING, f, p)
    node[f].preceding = n
    note(room, FOLLOWING, n, node[n].following)
    node[n].following = f
    note(room, PRECEDING, n, node[n].preceding)
    node[n].preceding = p
    note(room, OF_ROUND, n, -1)
    node[n].round = r


@compiled
def late_cost(day, at, start):  # type: ignore[no-untyped-def]
    """Return what it costs that a visit starts then."""
    return day.rates[LATE] * max(np.int64(0), np.int64(start) - day.fixed[at].due)


@compiled
def moved_cost(day, at, start):  # type: ignore[no-untyped-def]
    """Return what it costs that a published visit starts then."""
    if day.fixed[at].published < 0:
        return np.int64(0)
    return day.rates[MOVED] * abs(np.int64(start) - day.fixed[at].published)


@compiled
def set_placed(day, state, room, at, placed):  # type: ignore[no-untyped-def]
    """Count a visit as made, or as left out."""
    moment = state.moment[at]
    note(room, PLACED, at, moment.placed)
    moment.placed = placed
    sign = 1 if placed else -1
    state.sums[LEFT_OUT] -= sign * day.leave_out_cost[at]
    if moment.soonest > day.fixed[at].due:
        room.tally[1] = 1
    state.sums[LATE] += sign * late_cost(day, at, moment.soonest)
    state.sums[MOVED] += sign * moved_cost(day, at, moment.soonest)


@compiled
def place_rest(day, state, room, r):  # type: ignore[no-untyped-def]
    """See to it that a round holds its break between two stops: where it delays least.

    False if no two stops leave the carer free for it in time.
    """
    rest = day.rounds[r].rest
    if rest == 0:
        return True
    node = state.node
    n = state.rest_after[r]
    visits = len(day.leave_out_cost)
    if n >= 0 and state.stops[r] >= 2 and node[node[n].following].at < visits:
        return True
    end_rest(day, state, room, r)
    if state.stops[r] < 2:
        return True
    mode = day.rounds[r].mode
    best = -1
    least = np.int64(2**62)
    n = node[len(node) - 2 * len(day.rounds) + r].following
    f = node[n].following
    while node[f].at < visits:
        leave = np.int64(state.moment[node[n].at].soonest) + day.fixed[node[n].at].minutes
        begins = max(leave, np.int64(day.rounds[r].rest_earliest))
        come = begins + rest + leg(day, state, mode, n, f)
        delay = max(np.int64(0), come - state.moment[node[f].at].soonest)
        if come > state.moment[node[f].at].latest:
            delay += 1 << 40
        if begins <= day.rounds[r].rest_latest and delay < least:
            least = delay
            best = n
        n = f
        f = node[n].following
    if best < 0:
        return False
    note(room, PAUSE, best, 0)
    node[best].pause = rest
    note(room, REST_AFTER, r, -1)
    state.rest_after[r] = best
    add_work(day, state, room, day.rounds[r].carer, rest)
    return True
