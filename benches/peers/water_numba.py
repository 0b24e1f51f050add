"""Water for energy in Numba: a replication at a time in plain loops, replications over threads."""

import numpy as np
from numba import njit, prange
from water_parameters import *


@njit
def summer(supply, stock, shift, taken):
    """Sends the summer down; fills withdrawals, returns what reaches the sink."""
    rest = shift
    for n in range(NODES):
        rest += supply[n] + stock[n]
    arriving = 0.0
    for n in range(NODES):
        local = supply[n] + shift if n == 0 else supply[n]
        rest -= local + stock[n]
        flow = (arriving + local) * KEEP[n] + stock[n]
        taken[n] = max(min((flow + rest) * QUOTA[n], flow, DEMAND[n]), 0.0)
        arriving = flow - taken[n] * CONSUMED[n]
    return arriving


@njit
def winter(supply, shift, stored, flows):
    """Routes the winter: fills small reservoirs and flows, returns the inflow of the sink."""
    arriving = 0.0
    for n in range(NODES):
        local = supply[n] - shift if n == 0 else supply[n]
        flow = (arriving + local) * KEEP[n]
        stored[n] = min(FILL[n], flow)
        flows[n] = flow - stored[n]
        arriving = flows[n]
    return arriving


@njit
def land_of(n, taken, flows):
    x = min(taken[n], DEMAND[n])
    excess = max(flows[n] - CHANNEL[n], 0.0)
    return SCARCE[n] * x - 0.5 * STEEP[n] * x * x - FLOOD[n] * excess * excess


@njit
def benefit(x, demand, dear, cheap):
    x = min(x, demand)
    return dear * x - 0.5 * (dear - cheap) / demand * x * x


@njit
def bought_at(price, demand, dear, cheap):
    return min(max(demand * (dear - price) / (dear - cheap), 0.0), demand)


@njit
def power_value(summer_release, winter_release, load_w, commercial, delivered):
    """Value of the operator's power in both seasons, commercial fuel paid; and winter's power."""
    power = KAPPA * min(summer_release, MOST_S) + OTHER_S
    export = min(max(power - LOAD_S, 0.0), EXPORT_LINE)
    value = benefit(power, LOAD_S, DEAR_S, CHEAP_S) + EXPORT_PRICE * export
    delivered = min(delivered, THERMAL)
    own = KAPPA * max(min(winter_release, MOST_W), 0.0) + OTHER_W + delivered
    bought = min(
        max(bought_at(commercial, load_w, DEAR_W, CHEAP_W) - own, 0.0), THERMAL - delivered
    )
    return value + benefit(
        own + bought, load_w, DEAR_W, CHEAP_W
    ) - bought * commercial, own + bought


@njit
def schedule(storage, expected_s, expected_w, commercial):
    """Annual and summer release that the operator plans alone."""
    inflow = expected_s + expected_w
    annual = MEAN_YEAR + OMEGA_I * (inflow - MEAN_YEAR) + OMEGA_S * (storage - TARGET)
    annual = min(max(annual, LEAST_S + LEAST_W), MOST_S + MOST_W)
    annual = max(min(max(annual, storage + inflow - CAPACITY), storage + inflow), 0.0)
    at_hand = storage + expected_s
    low = max(LEAST_S, at_hand - CAPACITY, annual - MOST_W)
    high = min(MOST_S, at_hand, annual - LEAST_W)
    if low > high:
        return annual, max(min(low, MOST_S, at_hand, annual), 0.0)
    a, b = low, high
    c, d = b - GOLDEN * (b - a), a + GOLDEN * (b - a)
    at_c = power_value(c, annual - c, LOAD_W, commercial, 0.0)[0]
    at_d = power_value(d, annual - d, LOAD_W, commercial, 0.0)[0]
    for _ in range(SEARCH):
        if at_c > at_d:
            b, d, at_d = d, c, at_c
            c = b - GOLDEN * (b - a)
            at_c = power_value(c, annual - c, LOAD_W, commercial, 0.0)[0]
        else:
            a, c, at_c = c, d, at_d
            d = a + GOLDEN * (b - a)
            at_d = power_value(d, annual - d, LOAD_W, commercial, 0.0)[0]
    return annual, 0.5 * (a + b)


@njit
def operate(annual, planned, storage, inflow_s, inflow_w):
    """Outflow in summer and winter, largest shift, spill, and storage at the end."""
    at_hand = storage + inflow_s
    released = min(planned, at_hand)
    forced = max(at_hand - released - CAPACITY, 0.0)
    out_s = released + forced
    middle = at_hand - out_s
    at_hand = middle + inflow_w
    released = min(max(annual - planned, 0.0), at_hand)
    out_w = released + max(at_hand - released - CAPACITY, 0.0)
    limit = max(min(MOST_S - out_s, middle, released - LEAST_W), 0.0)
    return out_s, out_w, limit, forced, at_hand - out_w


@njit
def joint_value(shift, supply_s, supply_w, stock, load_w, commercial, cost, taken, stored, flows):
    """Value of land and power with a shift, delivered fuel paid; and that fuel."""
    summer(supply_s, stock, shift, taken)
    winter(supply_w, shift, stored, flows)
    wanted = bought_at(cost, load_w, DEAR_W, CHEAP_W) if cost <= commercial else 0.0
    own = KAPPA * max(min(supply_w[0] - shift, MOST_W), 0.0) + OTHER_W
    delivered = min(max(wanted - own, 0.0), KAPPA * shift, THERMAL)
    value = (
        power_value(supply_s[0] + shift, supply_w[0] - shift, load_w, commercial, delivered)[0]
        - cost * delivered
    )
    for n in range(NODES):
        value += land_of(n, taken, flows)
    return value, delivered


@njit
def optimise(supply_s, supply_w, stock, limit, load_w, price, land, taken, stored, flows):
    """Shift, fuel, its mean cost and joint gain at the joint optimum; `land`: the reference."""
    share, commercial = 0.5, COMMERCIAL * price
    for turn in range(ROUNDS):
        cost = (share * FUEL_COST[0] + (1.0 - share) * FUEL_COST[1]) * price
        a, b = 0.0, limit
        c, d = b - GOLDEN * (b - a), a + GOLDEN * (b - a)
        at_c = joint_value(
            c, supply_s, supply_w, stock, load_w, commercial, cost, taken, stored, flows
        )[0]
        at_d = joint_value(
            d, supply_s, supply_w, stock, load_w, commercial, cost, taken, stored, flows
        )[0]
        for _ in range(SEARCH):
            if at_c > at_d:
                b, d, at_d = d, c, at_c
                c = b - GOLDEN * (b - a)
                at_c = joint_value(
                    c, supply_s, supply_w, stock, load_w, commercial, cost, taken, stored, flows
                )[0]
            else:
                a, c, at_c = c, d, at_d
                d = a + GOLDEN * (b - a)
                at_d = joint_value(
                    d, supply_s, supply_w, stock, load_w, commercial, cost, taken, stored, flows
                )[0]
        shift = 0.5 * (a + b)
        best, fuel = joint_value(
            shift, supply_s, supply_w, stock, load_w, commercial, cost, taken, stored, flows
        )
        if turn + 1 == ROUNDS:
            break
        first = second = 0.0
        for n in range(NODES):
            if OWNER[n] == FIRST:
                first += land_of(n, taken, flows)
            elif OWNER[n] == SECOND:
                second += land_of(n, taken, flows)
        first, second = max(first - land[FIRST], 0.0), max(second - land[SECOND], 0.0)
        new = first / (first + second) if first + second > 0.0 else 0.5
        if abs(new - share) <= 1e-6:
            break
        share = new
    before = power_value(supply_s[0], supply_w[0], load_w, commercial, 0.0)[0]
    for state in range(len(land)):
        before += land[state]
    return shift, fuel, cost, best - before


@njit
def reference(supply_s, supply_w, stock, land, taken, stored, flows):
    """The year without cooperation: value of land by state; water that reaches the sink."""
    sink = summer(supply_s, stock, 0.0, taken) + winter(supply_w, 0.0, stored, flows)
    land[:] = 0.0
    for n in range(NODES):
        land[OWNER[n]] += land_of(n, taken, flows)
    return sink


@njit
def replicate(out):
    """One replication; writes the outcomes."""
    x, stock, own_stock = np.zeros(NODES), INITIAL_STOCK.copy(), INITIAL_STOCK.copy()
    taken, stored, flows, next_stock = (
        np.zeros(NODES),
        np.zeros(NODES),
        np.zeros(NODES),
        np.zeros(NODES),
    )
    real_s, real_w, seen_s, seen_w = (
        np.zeros(NODES),
        np.zeros(NODES),
        np.zeros(NODES),
        np.zeros(NODES),
    )
    land = np.zeros(len(STATES))
    storage, fuel_state, weight = INITIAL, 0.0, 1.0
    k, scale = SKILL, np.sqrt(1.0 - AR1 * AR1)
    for year in range(YEARS):
        shared = np.random.standard_normal()
        for n in range(NODES):
            innovation = (
                np.sqrt(COMMON) * shared + np.sqrt(1.0 - COMMON) * np.random.standard_normal()
            )
            x[n] = AR1 * x[n] + scale * innovation if year > 0 else innovation
            y = WINTER_LINK * x[n] + np.sqrt(1.0 - WINTER_LINK**2) * np.random.standard_normal()
            seen = k * k * x[n] + k * np.sqrt(1.0 - k * k) * np.random.standard_normal()
            s, w = SIGMA_S[n], SIGMA_W[n]
            real_s[n] = MEAN_S[n] * np.exp(s * x[n] - 0.5 * s * s)
            real_w[n] = MEAN_W[n] * np.exp(w * y - 0.5 * w * w)
            seen_s[n] = MEAN_S[n] * np.exp(s * seen - 0.5 * s * s * k * k)
            seen_w[n] = MEAN_W[n] * np.exp(
                w * WINTER_LINK * seen - 0.5 * (w * WINTER_LINK * k) ** 2
            )
        seen_price = 1.0
        if year > 0:
            known = FUEL_SIGMA * FUEL_AR1
            seen_price = np.exp(known * fuel_state - 0.5 * known * known)
        innovation = np.random.standard_normal()
        fuel_state = (
            FUEL_AR1 * fuel_state + np.sqrt(1.0 - FUEL_AR1**2) * innovation
            if year > 0
            else innovation
        )
        price = np.exp(FUEL_SIGMA * fuel_state - 0.5 * FUEL_SIGMA**2)
        load_w = LOAD_W * min(max(1.0 + WINTER_CV * np.random.standard_normal(), 0.7), 1.3)

        annual, planned = schedule(storage, seen_s[0], seen_w[0], COMMERCIAL * seen_price)
        seen_s[0], seen_w[0], limit, _, _ = operate(annual, planned, storage, seen_s[0], seen_w[0])
        real_s[0], real_w[0], real_limit, forced, storage = operate(
            annual, planned, storage, real_s[0], real_w[0]
        )

        # In spring: what is agreed, on what is expected.
        reference(seen_s, seen_w, stock, land, taken, stored, flows)
        shift, fuel, cost, promised = optimise(
            seen_s, seen_w, stock, limit, LOAD_W, seen_price, land, taken, stored, flows
        )
        # With hindsight, and the stocks that the next year begins with without cooperation.
        reference(real_s, real_w, stock, land, taken, next_stock, flows)
        optimum = optimise(
            real_s, real_w, stock, real_limit, load_w, price, land, taken, stored, flows
        )[3]
        # What was done.
        done = min(max(shift - forced, 0.0), real_limit)
        fuel *= done / shift if shift > 0.0 else 0.0
        sink = summer(real_s, own_stock, done, taken) + winter(real_w, done, stored, flows)
        commercial = COMMERCIAL * price
        value, power = power_value(real_s[0] + done, real_w[0] - done, load_w, commercial, fuel)
        gain = (
            value
            - power_value(real_s[0], real_w[0], load_w, commercial, 0.0)[0]
            - fuel * cost * price / seen_price
        )
        deficit = flood = 0.0
        for n in range(NODES):
            gain += land_of(n, taken, flows)
            deficit += DEMAND[n] - taken[n]
            flood += FLOOD[n] * max(flows[n] - CHANNEL[n], 0.0) ** 2
        gain -= land.sum()
        own_stock[:] = stored
        stock[:] = next_stock
        out[0] += weight * gain
        out[1] += gain
        out[2] += promised
        out[3] += optimum
        out[4] += deficit
        out[5] += max(load_w - power, 0.0)
        out[6] += flood
        out[7] += sink
        out[8] += fuel
        weight /= 1.0 + DISCOUNT_RATE


@njit(parallel=True)
def run_parallel(replications, out):
    for r in prange(replications):
        replicate(out[r])


@njit
def run_serial(replications, out):
    for r in range(replications):
        replicate(out[r])


def run(replications, threads=1):
    out = np.zeros((replications, len(OUTCOMES)))
    (run_serial if threads == 1 else run_parallel)(replications, out)
    return out
