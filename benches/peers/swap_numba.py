"""The season swap in Numba: a replication at a time in plain loops, replications over threads."""

import numpy as np
from numba import njit, prange
from swap_parameters import *


@njit(inline="always", fastmath=False)
def accepts(lam, z):
    return np.random.random() * (1.0 + np.exp(-lam * z)) < 1.0


@njit
def replicate(out):
    """One replication; writes gain of UP, of DOWN, obligations due and kept, years with a plan."""
    good = np.zeros(2)  # of UP as DOWN sees it, of DOWN as UP sees it
    bad = np.zeros(2)
    rep_good = rep_bad = 0.0
    active, started = False, False
    level, asleep_until = 0, 0
    experience = np.zeros(2)
    gain_up = gain_down = weight = 0.0
    due = kept = plans = 0
    weight = 1.0
    for year in range(YEARS):
        u = np.random.random()
        world = 0 if u < PROBABILITIES[0] else (1 if u < PROBABILITIES[0] + PROBABILITIES[1] else 2)
        year_up = year_down = 0.0
        if year >= asleep_until:
            trust_up = (TRUST_MEAN * TRUST_WEIGHT + good[0]) / (TRUST_WEIGHT + good[0] + bad[0])
            trust_down = (TRUST_MEAN * TRUST_WEIGHT + good[1]) / (TRUST_WEIGHT + good[1] + bad[1])
            reputation = (REPUTATION_MEAN * REPUTATION_WEIGHT + rep_good) / (
                REPUTATION_WEIGHT + rep_good + rep_bad
            )
            bargain = False
            stands = active
            for attempt in range(2):
                if stands:
                    depth = (level + 1) / LEVELS
                    bargain = True
                else:
                    bargain = False
                    best = 0.0
                    for option in range(LEVELS - 1, -1, -1):
                        d = (option + 1) / LEVELS
                        value = -COST[world] * d + BENEFIT[world] * d * trust_up
                        surplus = BENEFIT[world] * d * trust_up - COST[world] * d / trust_down
                        if value > best and surplus > 0.0:
                            best, level, bargain = value, option, True
                    depth = (level + 1) / LEVELS
                    if not bargain:
                        break
                cost, benefit = COST[world] * depth, BENEFIT[world] * depth
                net_down = benefit * trust_up
                own_up = -cost / trust_down
                paid = (net_down - own_up) / 2.0 if net_down + own_up > 0.0 else 0.0
                up = -cost + paid * trust_down
                down = net_down - paid
                stake_up, stake_down = cost + paid, benefit + paid
                floor = STAKE_FLOOR * (stake_up + stake_down) / 2.0
                stake_up, stake_down = max(stake_up, floor), max(stake_down, floor)
                nothing = 1e-6 * (stake_up + stake_down) / 2.0
                if stands:
                    if up < -nothing or down < -nothing:
                        stands = False  # consent is lost: decide anew
                        continue
                else:
                    yes_up = abs(up) <= nothing or accepts(LAMBDA, up / stake_up)
                    yes_down = abs(down) <= nothing or accepts(LAMBDA, down / stake_down)
                    bargain = yes_up and yes_down
                break
            active = bargain
            if active:
                if not started:
                    experience[0], experience[1] = up, down
                    started = True
                plans += 1
                count = 2 if paid > 0.0 else 1
                exposure = DETECTION - FALSE_ALARM
                sanctioned = unsanctioned = 0.0
                collapses = False
                note_up = note_down = -1
                # Summer: the release.
                promise = paid * trust_down if paid > 0.0 else 0.0
                stick = (
                    FINE_MULTIPLE * cost
                    + AUDIENCE_SHARE * stake_up * AUDIENCE_MULTIPLIER * reputation
                )
                stick += GAMMA[count - 1] * max(experience[0], 0.0)
                intends = accepts(LAMBDA, (-cost + promise + exposure * stick) / stake_up)
                done = 0.0
                if intends:
                    done = (1.0 - np.random.random()) ** (1.0 / SLIPPAGE_B)
                breach = not intends or done < 1.0 - TOLERANCE
                reported = np.random.random() < (DETECTION if breach else FALSE_ALARM)
                due += 1
                kept += 0 if breach else 1
                falls = reported and np.random.random() < COLLAPSE
                note_up = 1 if reported else 0
                if reported:
                    year_up -= FINE_MULTIPLE * cost
                    year_down += FINE_MULTIPLE * cost
                if breach:
                    if reported:
                        sanctioned += 1.0
                    else:
                        unsanctioned += 1.0
                collapses = collapses or falls
                # Winter: the payment, for what was done.
                if paid > 0.0 and done > 0.0:
                    owed = paid * done
                    stick = (
                        FINE_MULTIPLE * owed
                        + AUDIENCE_SHARE * stake_down * AUDIENCE_MULTIPLIER * reputation
                    )
                    stick += GAMMA[count - 1] * max(experience[1], 0.0)
                    pays = accepts(LAMBDA, (-owed + exposure * stick) / stake_down)
                    reported = np.random.random() < (FALSE_ALARM if pays else DETECTION)
                    due += 1
                    kept += 1 if pays else 0
                    falls = reported and np.random.random() < COLLAPSE
                    note_down = 1 if reported else 0
                    if reported:
                        year_down -= FINE_MULTIPLE * owed
                        year_up += FINE_MULTIPLE * owed
                    if not pays:
                        if reported:
                            sanctioned += 1.0
                        else:
                            unsanctioned += 1.0
                    collapses = collapses or falls
                    if pays:
                        year_up += owed
                        year_down -= owed
                year_up -= cost * done
                year_down += benefit * done
                if note_up >= 0:
                    good[0] = FORGETTING * good[0] + (1 - note_up)
                    bad[0] = FORGETTING * bad[0] + note_up
                if note_down >= 0:
                    good[1] = FORGETTING * good[1] + (1 - note_down)
                    bad[1] = FORGETTING * bad[1] + note_down
                rep_good += sanctioned
                rep_bad += unsanctioned
                experience[0] += LEARNING * (year_up - experience[0])
                experience[1] += LEARNING * (year_down - experience[1])
                if collapses:
                    active = False
                    asleep_until = year + 1 + SLEEP
        gain_up += weight * year_up
        gain_down += weight * year_down
        weight /= 1.0 + DISCOUNT_RATE
    out[0], out[1], out[2], out[3], out[4] = gain_up, gain_down, due, kept, plans


@njit(parallel=True)
def run_parallel(replications, out):
    for r in prange(replications):
        replicate(out[r])


@njit
def run_serial(replications, out):
    for r in range(replications):
        replicate(out[r])


def run(replications, threads=1):
    out = np.zeros((replications, 5))
    (run_serial if threads == 1 else run_parallel)(replications, out)
    return out
