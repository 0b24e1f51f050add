"""Water for energy in NumPy: year by year, so many replications at once as stay in the cache."""

import numpy as np
from water_parameters import *

BLOCK = 1_000


def summer(supply, stock, shift):
    """Withdrawals by node, and what reaches the sink."""
    local = supply.copy()
    local[0] += shift
    rest = np.cumsum((local + stock)[::-1], axis=0)[
        ::-1
    ]  # what is still to come, a node's own water included
    taken = np.empty_like(supply)
    arriving = 0.0
    for n in range(NODES):
        flow = (arriving + local[n]) * KEEP[n] + stock[n]
        water = flow + rest[n] - (local[n] + stock[n])
        taken[n] = np.maximum(np.minimum(np.minimum(water * QUOTA[n], flow), DEMAND[n]), 0.0)
        arriving = flow - taken[n] * CONSUMED[n]
    return taken, arriving


def winter(supply, shift):
    """What small reservoirs keep and what flows on, by node; and what reaches the sink."""
    stored, flows = np.empty_like(supply), np.empty_like(supply)
    arriving = -shift
    for n in range(NODES):
        flow = (arriving + supply[n]) * KEEP[n]
        stored[n] = np.minimum(FILL[n], flow)
        arriving = flows[n] = flow - stored[n]
    return stored, flows, arriving


def land_by_node(taken, flows):
    x = np.minimum(taken, DEMAND[:, None])
    excess = np.maximum(flows - CHANNEL[:, None], 0.0)
    return SCARCE[:, None] * x - 0.5 * STEEP[:, None] * x * x - FLOOD[:, None] * excess * excess


def land_by_state(land):
    return np.stack([land[OWNER == state].sum(axis=0) for state in range(len(STATES))])


def benefit(x, demand, dear, cheap):
    x = np.minimum(x, demand)
    return dear * x - 0.5 * (dear - cheap) / demand * x * x


def bought_at(price, demand, dear, cheap):
    return np.clip(demand * (dear - price) / (dear - cheap), 0.0, demand)


def power_value(summer_release, winter_release, load_w, commercial, delivered):
    power = KAPPA * np.minimum(summer_release, MOST_S) + OTHER_S
    value = benefit(power, LOAD_S, DEAR_S, CHEAP_S) + EXPORT_PRICE * np.clip(
        power - LOAD_S, 0.0, EXPORT_LINE
    )
    delivered = np.minimum(delivered, THERMAL)
    own = KAPPA * np.clip(winter_release, 0.0, MOST_W) + OTHER_W + delivered
    bought = np.clip(bought_at(commercial, load_w, DEAR_W, CHEAP_W) - own, 0.0, THERMAL - delivered)
    return value + benefit(
        own + bought, load_w, DEAR_W, CHEAP_W
    ) - bought * commercial, own + bought


def golden_section(value, low, high):
    """Where a concave function is highest, in every replication."""
    a, b = low.copy(), high.copy()
    c, d = b - GOLDEN * (b - a), a + GOLDEN * (b - a)
    at_c, at_d = value(c), value(d)
    for _ in range(SEARCH):
        left = at_c > at_d
        a, b = np.where(left, a, c), np.where(left, d, b)
        new = np.where(left, b - GOLDEN * (b - a), a + GOLDEN * (b - a))
        at_new = value(new)
        c, d = np.where(left, new, d), np.where(left, c, new)
        at_c, at_d = np.where(left, at_new, at_d), np.where(left, at_c, at_new)
    return 0.5 * (a + b)


def schedule(storage, expected_s, expected_w, commercial):
    inflow = expected_s + expected_w
    annual = MEAN_YEAR + OMEGA_I * (inflow - MEAN_YEAR) + OMEGA_S * (storage - TARGET)
    annual = np.clip(annual, LEAST_S + LEAST_W, MOST_S + MOST_W)
    annual = np.maximum(
        np.minimum(np.maximum(annual, storage + inflow - CAPACITY), storage + inflow), 0.0
    )
    at_hand = storage + expected_s
    low = np.maximum(np.maximum(LEAST_S, at_hand - CAPACITY), annual - MOST_W)
    high = np.minimum(np.minimum(MOST_S, at_hand), annual - LEAST_W)
    best = golden_section(
        lambda r: power_value(r, annual - r, LOAD_W, commercial, 0.0)[0], low, np.maximum(low, high)
    )
    least = np.maximum(np.minimum(np.minimum(low, MOST_S), np.minimum(at_hand, annual)), 0.0)
    return annual, np.where(low <= high, best, least)


def operate(annual, planned, storage, inflow_s, inflow_w):
    at_hand = storage + inflow_s
    released = np.minimum(planned, at_hand)
    forced = np.maximum(at_hand - released - CAPACITY, 0.0)
    out_s = released + forced
    middle = at_hand - out_s
    at_hand = middle + inflow_w
    released = np.minimum(np.maximum(annual - planned, 0.0), at_hand)
    out_w = released + np.maximum(at_hand - released - CAPACITY, 0.0)
    limit = np.maximum(np.minimum(np.minimum(MOST_S - out_s, middle), released - LEAST_W), 0.0)
    return out_s, out_w, limit, forced, at_hand - out_w


def optimise(supply_s, supply_w, stock, limit, load_w, price, land):
    """Shift, fuel, its mean cost and joint gain at the joint optimum; `land`: the reference."""
    share, commercial = np.full_like(limit, 0.5), COMMERCIAL * price

    def joint(shift, cost):
        by_node = land_by_node(summer(supply_s, stock, shift)[0], winter(supply_w, shift)[1])
        wanted = np.where(cost <= commercial, bought_at(cost, load_w, DEAR_W, CHEAP_W), 0.0)
        own = KAPPA * np.clip(supply_w[0] - shift, 0.0, MOST_W) + OTHER_W
        fuel = np.minimum(np.clip(wanted - own, 0.0, KAPPA * shift), THERMAL)
        power = power_value(supply_s[0] + shift, supply_w[0] - shift, load_w, commercial, fuel)[0]
        return by_node.sum(axis=0) + power - cost * fuel, fuel, by_node

    for turn in range(ROUNDS):
        cost = (share * FUEL_COST[0] + (1.0 - share) * FUEL_COST[1]) * price
        shift = golden_section(lambda s: joint(s, cost)[0], np.zeros_like(limit), limit)
        best, fuel, by_node = joint(shift, cost)
        if turn + 1 == ROUNDS:
            break
        gains = np.maximum(land_by_state(by_node) - land, 0.0)
        total = gains[FIRST] + gains[SECOND]
        new = np.where(total > 0.0, gains[FIRST] / np.where(total > 0.0, total, 1.0), 0.5)
        if (np.abs(new - share) <= 1e-6).all():
            break
        share = new
    before = power_value(supply_s[0], supply_w[0], load_w, commercial, 0.0)[0] + land.sum(axis=0)
    return shift, fuel, cost, best - before


def block(count, rng, out):
    stock = np.repeat(INITIAL_STOCK[:, None], count, axis=1)
    own_stock = stock.copy()
    storage, weight = np.full(count, INITIAL), 1.0
    k, chi = SKILL, WINTER_LINK
    sigma_s, sigma_w, mean_s, mean_w = (row[:, None] for row in (SIGMA_S, SIGMA_W, MEAN_S, MEAN_W))
    x = fuel_state = None
    for year in range(YEARS):
        shared, own = rng.standard_normal(count), rng.standard_normal((3, NODES, count))
        innovation = np.sqrt(COMMON) * shared + np.sqrt(1.0 - COMMON) * own[0]
        x = innovation if year == 0 else AR1 * x + np.sqrt(1.0 - AR1**2) * innovation
        y = chi * x + np.sqrt(1.0 - chi**2) * own[1]
        seen = k * k * x + k * np.sqrt(1.0 - k * k) * own[2]
        real_s = mean_s * np.exp(sigma_s * x - 0.5 * sigma_s**2)
        real_w = mean_w * np.exp(sigma_w * y - 0.5 * sigma_w**2)
        seen_s = mean_s * np.exp(sigma_s * seen - 0.5 * (sigma_s * k) ** 2)
        seen_w = mean_w * np.exp(sigma_w * chi * seen - 0.5 * (sigma_w * chi * k) ** 2)
        known = FUEL_SIGMA * FUEL_AR1
        seen_price = (
            np.ones(count) if year == 0 else np.exp(known * fuel_state - 0.5 * known * known)
        )
        innovation = rng.standard_normal(count)
        fuel_state = (
            innovation
            if year == 0
            else FUEL_AR1 * fuel_state + np.sqrt(1.0 - FUEL_AR1**2) * innovation
        )
        price = np.exp(FUEL_SIGMA * fuel_state - 0.5 * FUEL_SIGMA**2)
        load_w = LOAD_W * np.clip(1.0 + WINTER_CV * rng.standard_normal(count), 0.7, 1.3)

        annual, planned = schedule(storage, seen_s[0], seen_w[0], COMMERCIAL * seen_price)
        seen_s[0], seen_w[0], limit, _, _ = operate(annual, planned, storage, seen_s[0], seen_w[0])
        real_s[0], real_w[0], real_limit, forced, storage = operate(
            annual, planned, storage, real_s[0], real_w[0]
        )

        # In spring: what is agreed, on what is expected.
        land = land_by_state(land_by_node(summer(seen_s, stock, 0.0)[0], winter(seen_w, 0.0)[1]))
        shift, fuel, cost, promised = optimise(
            seen_s, seen_w, stock, limit, LOAD_W, seen_price, land
        )
        # With hindsight, and the stocks that the next year begins with without cooperation.
        next_stock, flows, _ = winter(real_w, 0.0)
        land = land_by_state(land_by_node(summer(real_s, stock, 0.0)[0], flows))
        optimum = optimise(real_s, real_w, stock, real_limit, load_w, price, land)[3]
        # What was done.
        done = np.clip(shift - forced, 0.0, real_limit)
        fuel = fuel * np.where(shift > 0.0, done / np.where(shift > 0.0, shift, 1.0), 0.0)
        taken, sink_s = summer(real_s, own_stock, done)
        own_stock, flows, sink_w = winter(real_w, done)
        value, power = power_value(
            real_s[0] + done, real_w[0] - done, load_w, COMMERCIAL * price, fuel
        )
        value = value - power_value(real_s[0], real_w[0], load_w, COMMERCIAL * price, 0.0)[0]
        gain = (
            value
            - fuel * cost * price / seen_price
            + land_by_node(taken, flows).sum(axis=0)
            - land.sum(axis=0)
        )
        stock = next_stock
        flood = (FLOOD[:, None] * np.maximum(flows - CHANNEL[:, None], 0.0) ** 2).sum(axis=0)
        deficit = (DEMAND[:, None] - taken).sum(axis=0)
        row = (
            weight * gain,
            gain,
            promised,
            optimum,
            deficit,
            np.maximum(load_w - power, 0.0),
            flood,
            sink_s + sink_w,
            fuel,
        )
        out += np.stack(row, axis=1)
        weight /= 1.0 + DISCOUNT_RATE


def run(replications, seed=1):
    rng = np.random.default_rng(seed)
    out = np.zeros((replications, len(OUTCOMES)))
    for first in range(0, replications, BLOCK):
        part = out[first : first + BLOCK]
        block(len(part), rng, part)
    return out
