"""The season swap in NumPy: all replications at once, year by year."""

import numpy as np
from swap_parameters import *

COSTS, BENEFITS, CONTINUATION = np.array(COST), np.array(BENEFIT), np.array(GAMMA)


def run(replications, seed=1):
    rng = np.random.default_rng(seed)
    n = replications
    good, bad = np.zeros((2, n)), np.zeros((2, n))
    rep_good, rep_bad = np.zeros(n), np.zeros(n)
    active, started = np.zeros(n, bool), np.zeros(n, bool)
    level, asleep_until = np.zeros(n, int), np.zeros(n, int)
    experience = np.zeros((2, n))
    out = np.zeros((n, 5))
    weight = 1.0

    def accepts(z):
        return rng.random(n) * (1.0 + np.exp(-LAMBDA * z)) < 1.0

    def terms(depth, world, trust):
        cost, benefit = COSTS[world] * depth, BENEFITS[world] * depth
        net_down, own_up = benefit * trust[0], -cost / trust[1]
        paid = np.where(net_down + own_up > 0.0, (net_down - own_up) / 2.0, 0.0)
        gain = np.stack([-cost + paid * trust[1], net_down - paid])
        stake = np.stack([cost + paid, benefit + paid])
        stake = np.maximum(stake, STAKE_FLOOR * stake.mean(axis=0))
        return cost, benefit, paid, gain, stake, 1e-6 * stake.mean(axis=0)

    for year in range(YEARS):
        world = np.searchsorted(np.cumsum(PROBABILITIES)[:2], rng.random(n), side="right")
        awake = year >= asleep_until
        trust = (TRUST_MEAN * TRUST_WEIGHT + good) / (TRUST_WEIGHT + good + bad)
        reputation = (REPUTATION_MEAN * REPUTATION_WEIGHT + rep_good) / (
            REPUTATION_WEIGHT + rep_good + rep_bad
        )
        *_, gain, stake, nothing = terms((level + 1) / LEVELS, world, trust)
        stands = awake & active & (gain >= -nothing).all(axis=0)
        # Decide anew where nothing stands.
        depths = (np.arange(LEVELS) + 1)[:, None] / LEVELS
        value = (BENEFITS[world] * trust[0] - COSTS[world]) * depths
        surplus = (BENEFITS[world] * trust[0] - COSTS[world] / trust[1]) * depths
        value = np.where((value > 0.0) & (surplus > 0.0), value, 0.0)
        best = LEVELS - 1 - value[::-1].argmax(axis=0)
        bargain = awake & ~stands & (value.max(axis=0) > 0.0)
        level = np.where(bargain, best, level)
        cost, benefit, paid, gain, stake, nothing = terms((level + 1) / LEVELS, world, trust)
        yes = (np.abs(gain) <= nothing) | np.stack(
            [accepts(gain[0] / stake[0]), accepts(gain[1] / stake[1])]
        )
        active = np.where(awake, stands | (bargain & yes.all(axis=0)), active)
        on = awake & active
        first = on & ~started
        experience = np.where(first, gain, experience)
        started |= on
        out[:, 4] += on
        gamma = CONTINUATION[np.where(paid > 0.0, 1, 0)]
        audience = AUDIENCE_SHARE * AUDIENCE_MULTIPLIER * reputation * stake
        hopes = gamma * np.maximum(experience, 0.0)
        exposure = DETECTION - FALSE_ALARM
        # Summer: the release.
        stick = FINE_MULTIPLE * cost + audience[0] + hopes[0]
        intends = on & accepts((-cost + paid * trust[1] + exposure * stick) / stake[0])
        done = np.where(intends, (1.0 - rng.random(n)) ** (1.0 / SLIPPAGE_B), 0.0)
        breach = on & (done < 1.0 - TOLERANCE)
        reported = on & (rng.random(n) < np.where(breach, DETECTION, FALSE_ALARM))
        collapses = reported & (rng.random(n) < COLLAPSE)
        fine = np.where(reported, FINE_MULTIPLE * cost, 0.0)
        year_up, year_down = -fine - cost * done * on, fine + benefit * done * on
        out[:, 2] += on
        out[:, 3] += on & ~breach
        sanctioned, unsanctioned = (
            (breach & reported).astype(float),
            (breach & ~reported).astype(float),
        )
        good[0] = np.where(on, FORGETTING * good[0] + ~reported, good[0])
        bad[0] = np.where(on, FORGETTING * bad[0] + reported, bad[0])
        # Winter: the payment, for what was done.
        owing = on & (paid > 0.0) & (done > 0.0)
        owed = np.where(owing, paid * done, 0.0)
        stick = FINE_MULTIPLE * owed + audience[1] + hopes[1]
        pays = owing & accepts((-owed + exposure * stick) / stake[1])
        breach = owing & ~pays
        reported = owing & (rng.random(n) < np.where(breach, DETECTION, FALSE_ALARM))
        collapses |= reported & (rng.random(n) < COLLAPSE)
        fine = np.where(reported, FINE_MULTIPLE * owed, 0.0)
        year_up += fine + np.where(pays, owed, 0.0)
        year_down -= fine + np.where(pays, owed, 0.0)
        out[:, 2] += owing
        out[:, 3] += pays
        sanctioned += breach & reported
        unsanctioned += breach & ~reported
        good[1] = np.where(owing, FORGETTING * good[1] + ~reported, good[1])
        bad[1] = np.where(owing, FORGETTING * bad[1] + reported, bad[1])
        # Learning.
        rep_good += sanctioned
        rep_bad += unsanctioned
        year_gain = np.stack([year_up, year_down])
        experience = np.where(on, experience + LEARNING * (year_gain - experience), experience)
        active &= ~collapses
        asleep_until = np.where(collapses, year + 1 + SLEEP, asleep_until)
        out[:, 0] += weight * year_up
        out[:, 1] += weight * year_down
        weight /= 1.0 + DISCOUNT_RATE
    return out
