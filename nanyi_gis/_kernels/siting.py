"""Bounds and searches of siting: Lagrangian ascent, the best choice of sites for given prices, interchange, cover.

Everything is a minimum. ``status`` of a site is 1 (in), 0 (out) or -1 (free); ``group`` numbers its group, ``count``
says how many of a group are to be chosen, -1 for as many as pay. ``cost`` has the rows of clients in rising order with
the sites in ``order``.

Ascent
------
A client's price ``u`` is raised while fewer sites than needed pay at it, and lowered while more do: a subgradient of
the bound, smoothed by those before it. The step is Polyak's, its share halved where the bound has not risen for a
while.
"""

import numpy as np

from . import kernel

IN, OUT, FREE = 1, 0, -1
SMOOTH = 0.85  # how much of the last direction is kept
LEAST_STEP = 1e-6  # share of Polyak's step below which the ascent has ended
_RECENT = 0.02  # weight of a step in how often a site is chosen
BEST, _IDLE, SHARE = 0, 1, 2
_HALVE = 10  # steps without a gain after which it is halved


@kernel(nogil=True)
def choose(value, status, group, count, order, chosen):  # type: ignore[no-untyped-def]
    """Mark the cheapest allowed choice of sites in ``chosen``; return what it costs, infinity where there is none."""
    left = count.copy()
    total = 0.0
    chosen[:] = False
    for site in range(len(value)):
        if status[site] == IN:
            chosen[site] = True
            total += value[site]
            left[group[site]] -= count[group[site]] >= 0
    for site in order:
        if status[site] == FREE:
            of = group[site]
            if left[of] > 0 or (count[of] < 0 and value[site] < 0.0):
                chosen[site] = True
                total += value[site]
                left[of] -= count[of] >= 0
    for of in range(len(left)):
        if count[of] >= 0 and left[of] != 0:
            return np.inf
    return total


@kernel(nogil=True)
def noted(total, step, here, value, chosen, best_prices, best_value, best_chosen, often, state):  # type: ignore[no-untyped-def]
    """Note a step of an ascent: keep the best, and go back to it with half the step where nothing was gained of late.

    ``state`` is the best bound, the steps since it rose, and the share of Polyak's step.
    """
    weight = max(_RECENT, 1.0 / (step + 1))
    for site in range(len(often)):
        often[site] += weight * (chosen[site] - often[site])
    state[_IDLE] = 0.0 if total > state[BEST] + 1e-7 * abs(state[BEST]) else state[_IDLE] + 1.0
    if total > state[BEST]:
        state[BEST] = total
        best_prices[:] = here
        best_value[:] = value
        best_chosen[:] = chosen
    if state[_IDLE] >= _HALVE:
        state[_IDLE] = 0.0
        state[SHARE] *= 0.5
        here[:] = best_prices


@kernel(nogil=True)
def ascend_median(cost, order, fee, status, group, count, prices, target, upper, share, steps):  # type: ignore[no-untyped-def]
    """Raise the bound of the p-median by the clients' prices.

    ``cost`` and ``order`` are (clients, sites), ``fee`` the costs of sites. ``share`` of Polyak's step is the first.
    Ends at ``target`` or after ``steps``. Returns the bound, its prices, the values of the sites at them and the
    choice, and how often each site was chosen of late.
    """
    clients, sites = cost.shape
    here, best_prices = prices.copy(), prices.copy()
    value, best_value = np.empty(sites), np.empty(sites)
    chosen, best_chosen = np.zeros(sites, dtype=np.bool_), np.zeros(sites, dtype=np.bool_)
    direction = np.zeros(clients)
    state = np.array([-np.inf, 0.0, share])
    often = np.zeros(sites)
    for step in range(steps):
        value[:] = fee
        total = 0.0
        for client in range(clients):
            price = here[client]
            total += price
            for rank in range(sites):
                gain = cost[client, rank] - price
                if gain >= 0.0:
                    break
                value[order[client, rank]] += gain
        total += choose(value, status, group, count, np.argsort(value, kind="mergesort"), chosen)
        noted(total, step, here, value, chosen, best_prices, best_value, best_chosen, often, state)
        if state[SHARE] < LEAST_STEP or state[BEST] >= target or not np.isfinite(total):
            break
        square = 0.0
        for client in range(clients):
            open_sites = 0
            price = here[client]
            for rank in range(sites):
                if cost[client, rank] >= price:
                    break
                open_sites += chosen[order[client, rank]]
            turn = (1.0 - open_sites) * (1.0 - SMOOTH) + SMOOTH * direction[client]
            direction[client] = turn
            square += turn * turn
        if square <= 1e-18:
            break
        length = state[SHARE] * max(upper - total, 1e-9 * abs(upper)) / square
        for client in range(clients):
            here[client] = min(max(here[client] + length * direction[client], cost[client, 0]), cost[client, -1])
    return state[BEST], best_prices, best_value, best_chosen, often


@kernel(nogil=True)
def ascend_cover(starts, covered, owed, first, second, fee, status, group, count, prices, target, upper, share, steps):  # type: ignore[no-untyped-def]
    """Raise the bound of a covering problem by the clients' prices.

    Site ``j`` covers the clients ``covered[starts[j]:starts[j + 1]]``. A client owes ``owed`` covers; a further one is
    worth ``first``, the next ``second``. Its part of the bound is ``owed u - max(0, first - u) - max(0, second - u)``.
    """
    clients, sites = len(first), len(fee)
    here, best_prices = prices.copy(), prices.copy()
    value, best_value = np.empty(sites), np.empty(sites)
    chosen, best_chosen = np.zeros(sites, dtype=np.bool_), np.zeros(sites, dtype=np.bool_)
    wanted, direction = np.empty(clients), np.zeros(clients)
    state = np.array([-np.inf, 0.0, share])
    often = np.zeros(sites)
    for step in range(steps):
        total = 0.0
        for client in range(clients):
            price = here[client]
            more, most = max(0.0, first[client] - price), max(0.0, second[client] - price)
            total += owed[client] * price - more - most
            wanted[client] = owed[client] + (more > 0.0) + (most > 0.0)
        for site in range(sites):
            sum_of = fee[site]
            if status[site] != OUT:
                for at in range(starts[site], starts[site + 1]):
                    sum_of -= here[covered[at]]
            value[site] = sum_of
        total += choose(value, status, group, count, np.argsort(value, kind="mergesort"), chosen)
        noted(total, step, here, value, chosen, best_prices, best_value, best_chosen, often, state)
        if state[SHARE] < LEAST_STEP or state[BEST] >= target or not np.isfinite(total):
            break
        for site in range(sites):
            if chosen[site]:
                for at in range(starts[site], starts[site + 1]):
                    wanted[covered[at]] -= 1.0
        square = 0.0
        for client in range(clients):
            turn = wanted[client]
            if (turn < 0.0 and here[client] <= 0.0) or (
                turn > 0.0 and owed[client] == 0.0 and here[client] >= max(first[client], second[client])
            ):
                turn = 0.0
            turn = turn * (1.0 - SMOOTH) + SMOOTH * direction[client]
            direction[client] = turn
            square += turn * turn
        if square <= 1e-18:
            break
        length = state[SHARE] * max(upper - total, 1e-9 * abs(upper)) / square
        for client in range(clients):
            price = max(here[client] + length * direction[client], 0.0)
            if owed[client] == 0.0:
                price = min(price, max(first[client], second[client]))
            here[client] = price
    return state[BEST], best_prices, best_value, best_chosen, often


@kernel(nogil=True)
def keep_columns(cost, order, place, cost_kept, order_kept):  # type: ignore[no-untyped-def]
    """Copy the entries of the sites that have a place of zero or more."""
    clients, sites = cost.shape
    for client in range(clients):
        at = 0
        for rank in range(sites):
            to = place[order[client, rank]]
            if to >= 0:
                cost_kept[client, at] = cost[client, rank]
                order_kept[client, at] = to
                at += 1


@kernel(nogil=True)
def two_nearest(cost, order, place, nearest, lower, second):  # type: ignore[no-untyped-def]
    """Find for each client the chosen site that is nearest (its place among them), its cost, and the next one's.

    ``place`` is -1 for a site that is not chosen. Without a second one, its cost is that of the farthest site.
    """
    clients, sites = cost.shape
    total = 0.0
    for client in range(clients):
        found = 0
        second[client] = cost[client, sites - 1]
        for rank in range(sites):
            at = place[order[client, rank]]
            if at >= 0:
                if found == 1:
                    second[client] = cost[client, rank]
                    break
                nearest[client], lower[client] = at, cost[client, rank]
                found = 1
        total += lower[client]
    return total


@kernel(nogil=True)
def interchange(cost, order, fee, members, movable, allowed, group, rounds):  # type: ignore[no-untyped-def]
    """Exchange a chosen site for another of its group while that saves, the best exchange first; return the cost.

    Saving of an exchange: Whitaker's terms as sparse sums (Resende and Werneck 2007): what clients gain by the new one,
    lose by the old one, and get back where the new one catches what the old one leaves.
    """
    clients, sites = cost.shape
    chosen = len(members)
    place = np.full(sites, -1, dtype=np.int64)
    for at in range(chosen):
        place[members[at]] = at
    nearest = np.zeros(clients, dtype=np.int64)
    lower, second = np.zeros(clients), np.zeros(clients)
    gain, loss, back = np.empty(sites), np.empty(chosen), np.empty((chosen, sites))
    total = two_nearest(cost, order, place, nearest, lower, second)
    for _ in range(rounds):
        gain[:] = 0.0
        loss[:] = 0.0
        back[:] = 0.0
        for client in range(clients):
            at, low, next_low = nearest[client], lower[client], second[client]
            loss[at] += next_low - low
            for rank in range(sites):
                here = cost[client, rank]
                if here >= next_low:
                    break
                site = order[client, rank]
                if here < low:
                    gain[site] += low - here
                    back[at, site] += next_low - low
                else:
                    back[at, site] += next_low - here
        best, leave, enter = 1e-9 * abs(total) + 1e-12, -1, -1
        for at in range(chosen):
            if not movable[at]:
                continue
            old = members[at]
            for site in range(sites):
                if place[site] < 0 and allowed[site] and (group[site] == group[old]):
                    saved = gain[site] - loss[at] + back[at, site] + fee[old] - fee[site]
                    if saved > best:
                        best, leave, enter = saved, at, site
        if leave < 0:
            break
        place[members[leave]] = -1
        members[leave] = enter
        place[enter] = leave
        total = two_nearest(cost, order, place, nearest, lower, second)
    for at in range(chosen):
        total += fee[members[at]]
    return total


@kernel(nogil=True)
def add_sites(cost, order, fee, place, allowed, group, left):  # type: ignore[no-untyped-def]
    """Add sites one by one, each the one that saves most, until ``left`` of each group are; mark them in ``place``.

    Where ``left`` is below zero, as many are added as save more than their fee, at the least one in all.
    """
    clients, sites = cost.shape
    lower = cost[:, sites - 1].copy()
    for client in range(clients):
        for rank in range(sites):
            if place[order[client, rank]] >= 0:
                lower[client] = cost[client, rank]
                break
    gain = np.empty(sites)
    begun = place.max() >= 0
    while True:
        gain[:] = -fee
        for client in range(clients):
            low = lower[client]
            for rank in range(sites):
                here = cost[client, rank]
                if here >= low and begun:
                    break
                gain[order[client, rank]] += low - here
        best, enter = -np.inf, -1
        for site in range(sites):
            pays = left[group[site]] > 0 or (left[group[site]] < 0 and (gain[site] > 0.0 or not begun))
            if place[site] < 0 and allowed[site] and pays and gain[site] > best:
                best, enter = gain[site], site
        if enter < 0:
            return
        begun = True
        place[enter] = 1
        left[group[enter]] -= left[group[enter]] > 0
        for client in range(clients):
            for rank in range(sites):
                if cost[client, rank] >= lower[client]:
                    break
                if order[client, rank] == enter:
                    lower[client] = cost[client, rank]
                    break


@kernel(nogil=True)
def add_covers(starts, covered, reach_starts, reached_by, first, second, fee, times, place, allowed, group, left):  # type: ignore[no-untyped-def]
    """Add sites, each the one whose covers are worth most, until ``left`` of each group are or none is worth its fee.

    ``times`` counts how often a client is covered, ``reached_by[reach_starts[i]:...]`` names the sites that cover it.
    """
    sites = len(fee)
    gain = np.zeros(sites)
    for site in range(sites):
        for at in range(starts[site], starts[site + 1]):
            client = covered[at]
            gain[site] += first[client] if times[client] == 0 else second[client] if times[client] == 1 else 0.0
    while True:
        best, enter = -np.inf, -1
        for site in range(sites):
            if place[site] < 0 and allowed[site] and left[group[site]] != 0:
                if left[group[site]] < 0:  # as many as pay: the most worth for the fee
                    worth = gain[site] / fee[site] if fee[site] > 0.0 else gain[site]
                    if gain[site] <= fee[site]:
                        continue
                else:
                    worth = gain[site] - fee[site]
                if worth > best:
                    best, enter = worth, site
        if enter < 0:
            return
        place[enter] = 1
        left[group[enter]] -= left[group[enter]] > 0
        for at in range(starts[enter], starts[enter + 1]):
            client = covered[at]
            was = first[client] if times[client] == 0 else second[client] if times[client] == 1 else 0.0
            times[client] += 1
            now = second[client] if times[client] == 1 else 0.0
            if was != now:
                for other in range(reach_starts[client], reach_starts[client + 1]):
                    gain[reached_by[other]] += now - was


@kernel(nogil=True)
def exchange_covers(  # type: ignore[no-untyped-def]
    starts, covered, reach_starts, reached_by, first, second, times, members, movable, allowed, group, sweeps
):
    """Exchange chosen sites for others of their group while the covers are worth more by it."""
    sites = len(starts) - 1
    inside = np.zeros(sites, dtype=np.bool_)
    for site in members:
        inside[site] = True
    gain = np.zeros(sites)
    for site in range(sites):
        for at in range(starts[site], starts[site + 1]):
            client = covered[at]
            gain[site] += first[client] if times[client] == 0 else second[client] if times[client] == 1 else 0.0
    for _ in range(sweeps):
        moved = False
        for at_member in range(len(members)):
            if not movable[at_member]:
                continue
            old = members[at_member]
            for turn in range(2):  # take the old one out, then the best one in
                site = old
                if turn == 1:
                    best = gain[old]
                    slack = 1e-9 * abs(best) + 1e-12
                    for other in range(sites):
                        if (
                            not inside[other]
                            and allowed[other]
                            and group[other] == group[old]
                            and gain[other] > best + slack
                        ):
                            best, site = gain[other], other
                    moved = moved or site != old
                    members[at_member] = site
                inside[site] = turn == 1
                for at in range(starts[site], starts[site + 1]):
                    client = covered[at]
                    was = first[client] if times[client] == 0 else second[client] if times[client] == 1 else 0.0
                    times[client] += 1 if turn == 1 else -1
                    now = first[client] if times[client] == 0 else second[client] if times[client] == 1 else 0.0
                    if was != now:
                        for other in range(reach_starts[client], reach_starts[client + 1]):
                            gain[reached_by[other]] += now - was
        if not moved:
            return
