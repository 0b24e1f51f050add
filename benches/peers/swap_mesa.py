"""The season swap in Mesa: states and organisation are agents, a step is a year."""

from math import exp

import mesa
import numpy as np
from swap_parameters import *


class State(mesa.Agent):
    """A state: what it trusts, what it has experienced, what the year gave it."""

    def __init__(self, model):
        super().__init__(model)
        self.good = self.bad = 0.0  # evidence about the other state
        self.experience = None
        self.year = self.present = 0.0
        self.gain = self.stake = 0.0

    @property
    def trust(self):
        return (TRUST_MEAN * TRUST_WEIGHT + self.good) / (TRUST_WEIGHT + self.good + self.bad)

    def accepts(self, z):
        return self.model.random.random() * (1.0 + exp(-LAMBDA * z)) < 1.0

    def votes_yes(self, nothing):
        return abs(self.gain) <= nothing or self.accepts(self.gain / self.stake)

    def performs(self, cost, promise, obligations, reputation):
        stick = (
            FINE_MULTIPLE * cost + AUDIENCE_SHARE * self.stake * AUDIENCE_MULTIPLIER * reputation
        )
        stick += GAMMA[obligations - 1] * max(self.experience, 0.0)
        return self.accepts((-cost + promise + (DETECTION - FALSE_ALARM) * stick) / self.stake)

    def hears(self, reported):
        self.good = FORGETTING * self.good + (0.0 if reported else 1.0)
        self.bad = FORGETTING * self.bad + (1.0 if reported else 0.0)

    def learn(self):
        self.experience += LEARNING * (self.year - self.experience)


class Organisation(mesa.Agent):
    """Bargains, lets states vote, monitors and sanctions."""

    def __init__(self, model):
        super().__init__(model)
        self.active, self.level, self.asleep_until = False, 0, 0
        self.good = self.bad = 0.0
        self.due = self.kept = self.plans = 0
        self.paid = self.cost = self.benefit = self.nothing = 0.0

    @property
    def reputation(self):
        return (REPUTATION_MEAN * REPUTATION_WEIGHT + self.good) / (
            REPUTATION_WEIGHT + self.good + self.bad
        )

    def terms(self):
        up, down, world = self.model.up, self.model.down, self.model.world
        depth = (self.level + 1) / LEVELS
        self.cost, self.benefit = COST[world] * depth, BENEFIT[world] * depth
        net_down, own_up = self.benefit * down.trust, -self.cost / up.trust
        self.paid = (net_down - own_up) / 2.0 if net_down + own_up > 0.0 else 0.0
        up.gain, down.gain = -self.cost + self.paid * up.trust, net_down - self.paid
        stakes = self.cost + self.paid, self.benefit + self.paid
        floor = STAKE_FLOOR * sum(stakes) / 2.0
        up.stake, down.stake = (max(stake, floor) for stake in stakes)
        self.nothing = 1e-6 * (up.stake + down.stake) / 2.0

    def decide(self):
        up, down, world = self.model.up, self.model.down, self.model.world
        best, found = 0.0, False
        for option in reversed(range(LEVELS)):
            depth = (option + 1) / LEVELS
            value = (BENEFIT[world] * down.trust - COST[world]) * depth
            surplus = (BENEFIT[world] * down.trust - COST[world] / up.trust) * depth
            if value > best and surplus > 0.0:
                best, self.level, found = value, option, True
        if not found:
            return False
        self.terms()
        votes = [state.votes_yes(self.nothing) for state in (up, down)]
        return all(votes)

    def judge(self, obligor, observer, breach, cost):
        reported = self.random.random() < (DETECTION if breach else FALSE_ALARM)
        self.due += 1
        self.kept += not breach
        observer.hears(reported)
        if reported:
            obligor.year -= FINE_MULTIPLE * cost
            observer.year += FINE_MULTIPLE * cost
        if breach:
            self.breaches[0 if reported else 1] += 1
        return reported and self.random.random() < COLLAPSE

    def step(self):
        model, up, down = self.model, self.model.up, self.model.down
        if model.year < self.asleep_until:
            return
        if self.active:
            self.terms()
            self.active = up.gain >= -self.nothing and down.gain >= -self.nothing
        if not self.active:
            self.active = self.decide()
        if not self.active:
            return
        self.plans += 1
        for state in (up, down):
            if state.experience is None:
                state.experience = state.gain
        self.breaches = [0, 0]
        trust, reputation, count = up.trust, self.reputation, 2 if self.paid > 0.0 else 1
        intends = up.performs(self.cost, self.paid * trust, count, reputation)
        done = (1.0 - self.random.random()) ** (1.0 / SLIPPAGE_B) if intends else 0.0
        collapses = self.judge(up, down, done < 1.0 - TOLERANCE, self.cost)
        if self.paid > 0.0 and done > 0.0:
            owed = self.paid * done
            pays = down.performs(owed, 0.0, count, reputation)
            collapses |= self.judge(down, up, not pays, owed)
            if pays:
                up.year += owed
                down.year -= owed
        up.year -= self.cost * done
        down.year += self.benefit * done
        self.good += self.breaches[0]
        self.bad += self.breaches[1]
        up.learn()
        down.learn()
        if collapses:
            self.active, self.asleep_until = False, model.year + 1 + SLEEP


class Swap(mesa.Model):
    """One replication."""

    def __init__(self, seed):
        super().__init__(rng=seed)
        self.up, self.down, self.organisation = State(self), State(self), Organisation(self)
        self.year, self.weight, self.world = 0, 1.0, 0

    def step(self):
        self.world = self.random.choices(range(3), PROBABILITIES)[0]
        self.up.year = self.down.year = 0.0
        self.organisation.step()
        for state in (self.up, self.down):
            state.present += self.weight * state.year
        self.weight /= 1.0 + DISCOUNT_RATE
        self.year += 1


def run(replications, seed=1):
    out = np.zeros((replications, 5))
    for r in range(replications):
        model = Swap(seed * 1_000_003 + r)
        for _ in range(YEARS):
            model.step()
        organisation = model.organisation
        out[r] = (
            model.up.present,
            model.down.present,
            organisation.due,
            organisation.kept,
            organisation.plans,
        )
    return out
