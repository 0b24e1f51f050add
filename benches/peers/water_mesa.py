"""Water for energy in Mesa: river nodes, operator and organisation are agents."""

from math import exp, sqrt

import mesa
import numpy as np
from water_parameters import *

LAW = [
    dict(
        owner=int(OWNER[n]),
        mean_s=float(MEAN_S[n]),
        mean_w=float(MEAN_W[n]),
        sigma_s=float(SIGMA_S[n]),
        sigma_w=float(SIGMA_W[n]),
        demand=float(DEMAND[n]),
        scarce=float(SCARCE[n]),
        steep=float(STEEP[n]),
        keep=float(KEEP[n]),
        consumed=float(CONSUMED[n]),
        fill=float(FILL[n]),
        channel=float(CHANNEL[n]),
        flood=float(FLOOD[n]),
        quota=float(QUOTA[n]),
        stock=float(INITIAL_STOCK[n]),
    )
    for n in range(NODES)
]


def clip(x, low, high):
    return low if x < low else high if x > high else x


def benefit(x, demand, dear, cheap):
    x = min(x, demand)
    return dear * x - 0.5 * (dear - cheap) / demand * x * x


def bought_at(price, demand, dear, cheap):
    return clip(demand * (dear - price) / (dear - cheap), 0.0, demand)


def golden_section(value, low, high):
    a, b = low, high
    c, d = b - GOLDEN * (b - a), a + GOLDEN * (b - a)
    at_c, at_d = value(c), value(d)
    for _ in range(SEARCH):
        if at_c > at_d:
            b, d, at_d = d, c, at_c
            c = b - GOLDEN * (b - a)
            at_c = value(c)
        else:
            a, c, at_c = c, d, at_d
            d = a + GOLDEN * (b - a)
            at_d = value(d)
    return 0.5 * (a + b)


class Place(mesa.Agent):
    """Irrigated land with a small reservoir that fills in winter."""

    def __init__(self, model, law):
        super().__init__(model)
        for key, value in law.items():
            setattr(self, key, value)
        self.own_stock, self.x = self.stock, None
        self.taken = self.kept = self.flow = 0.0

    def shed(self, shared):
        """The year's inflow, as it comes and as it is expected."""
        draw, k, chi = self.random.gauss, SKILL, WINTER_LINK
        innovation = sqrt(COMMON) * shared + sqrt(1.0 - COMMON) * draw(0.0, 1.0)
        self.x = innovation if self.x is None else AR1 * self.x + sqrt(1.0 - AR1**2) * innovation
        y = chi * self.x + sqrt(1.0 - chi**2) * draw(0.0, 1.0)
        seen = k * k * self.x + k * sqrt(1.0 - k * k) * draw(0.0, 1.0)
        s, w = self.sigma_s, self.sigma_w
        self.real = [
            self.mean_s * exp(s * self.x - 0.5 * s * s),
            self.mean_w * exp(w * y - 0.5 * w * w),
        ]
        self.seen = [
            self.mean_s * exp(s * seen - 0.5 * (s * k) ** 2),
            self.mean_w * exp(w * chi * seen - 0.5 * (w * chi * k) ** 2),
        ]

    def irrigate(self, arriving, supply, stock, rest):
        flow = (arriving + supply) * self.keep + stock
        self.taken = clip((flow + rest) * self.quota, 0.0, min(flow, self.demand))
        return flow - self.taken * self.consumed

    def pass_winter(self, arriving, supply):
        flow = (arriving + supply) * self.keep
        self.kept = min(self.fill, flow)
        self.flow = flow - self.kept
        return self.flow

    def land(self):
        excess = max(self.flow - self.channel, 0.0)
        return (
            self.scarce * self.taken
            - 0.5 * self.steep * self.taken**2
            - self.flood * excess * excess
        )


class Operator(mesa.Agent):
    """Plans and operates the reservoir for its own power."""

    def __init__(self, model):
        super().__init__(model)
        self.storage = INITIAL

    @staticmethod
    def power(release_s, release_w, load_w, commercial, delivered):
        power = KAPPA * min(release_s, MOST_S) + OTHER_S
        value = benefit(power, LOAD_S, DEAR_S, CHEAP_S) + EXPORT_PRICE * clip(
            power - LOAD_S, 0.0, EXPORT_LINE
        )
        delivered = min(delivered, THERMAL)
        own = KAPPA * clip(release_w, 0.0, MOST_W) + OTHER_W + delivered
        bought = clip(
            bought_at(commercial, load_w, DEAR_W, CHEAP_W) - own, 0.0, THERMAL - delivered
        )
        return value + benefit(
            own + bought, load_w, DEAR_W, CHEAP_W
        ) - bought * commercial, own + bought

    def schedule(self, expected_s, expected_w, commercial):
        inflow, storage = expected_s + expected_w, self.storage
        annual = MEAN_YEAR + OMEGA_I * (inflow - MEAN_YEAR) + OMEGA_S * (storage - TARGET)
        annual = clip(annual, LEAST_S + LEAST_W, MOST_S + MOST_W)
        annual = max(min(max(annual, storage + inflow - CAPACITY), storage + inflow), 0.0)
        at_hand = storage + expected_s
        low = max(LEAST_S, at_hand - CAPACITY, annual - MOST_W)
        high = min(MOST_S, at_hand, annual - LEAST_W)
        if low > high:
            return annual, max(min(low, MOST_S, at_hand, annual), 0.0)
        return annual, golden_section(
            lambda r: self.power(r, annual - r, LOAD_W, commercial, 0.0)[0], low, high
        )

    def operate(self, annual, planned, inflow_s, inflow_w):
        at_hand = self.storage + inflow_s
        released = min(planned, at_hand)
        forced = max(at_hand - released - CAPACITY, 0.0)
        out_s = released + forced
        middle = at_hand - out_s
        at_hand = middle + inflow_w
        released = min(max(annual - planned, 0.0), at_hand)
        out_w = released + max(at_hand - released - CAPACITY, 0.0)
        limit = max(min(MOST_S - out_s, middle, released - LEAST_W), 0.0)
        return out_s, out_w, limit, forced, at_hand - out_w


class Consortium(mesa.Agent):
    """Finds the members' joint optimum: water into summer against fuel."""

    def optimise(self, which, stocks, limit, load_w, price, land):
        model = self.model
        share, commercial = 0.5, COMMERCIAL * price
        outflow_s, outflow_w = which[0][0], which[1][0]

        def joint(shift, cost):
            model.send_down(which, stocks, shift)
            wanted = bought_at(cost, load_w, DEAR_W, CHEAP_W) if cost <= commercial else 0.0
            own = KAPPA * clip(outflow_w - shift, 0.0, MOST_W) + OTHER_W
            fuel = min(clip(wanted - own, 0.0, KAPPA * shift), THERMAL)
            power = model.operator.power(
                outflow_s + shift, outflow_w - shift, load_w, commercial, fuel
            )[0]
            return sum(place.land() for place in model.places) + power - cost * fuel, fuel

        for turn in range(ROUNDS):
            cost = float(share * FUEL_COST[0] + (1.0 - share) * FUEL_COST[1]) * price
            shift = golden_section(lambda s: joint(s, cost)[0], 0.0, limit)
            best, fuel = joint(shift, cost)
            if turn + 1 == ROUNDS:
                break
            with_shift = model.land_by_state()
            first, second = (max(with_shift[state] - land[state], 0.0) for state in (FIRST, SECOND))
            new = first / (first + second) if first + second > 0.0 else 0.5
            if abs(new - share) <= 1e-6:
                break
            share = new
        before = model.operator.power(outflow_s, outflow_w, load_w, commercial, 0.0)[0] + sum(land)
        return shift, fuel, cost, best - before


class River(mesa.Model):
    """One replication."""

    def __init__(self, seed):
        super().__init__(rng=seed)
        self.places = [Place(self, law) for law in LAW]
        self.operator, self.consortium = Operator(self), Consortium(self)
        self.fuel_state, self.weight = None, 1.0
        self.outcomes = [0.0] * len(OUTCOMES)

    def send_down(self, which, stocks, shift):
        """Both seasons down the river; returns what reaches the sink."""
        supply_s, supply_w = which
        rest, water, kept = shift + sum(supply_s) + sum(stocks), 0.0, 0.0
        for n, place in enumerate(self.places):
            local = supply_s[n] + shift if n == 0 else supply_s[n]
            rest -= local + stocks[n]
            water = place.irrigate(water, local, stocks[n], rest)
            kept = place.pass_winter(kept, supply_w[n] - shift if n == 0 else supply_w[n])
        return water + kept

    def land_by_state(self):
        land = [0.0] * len(STATES)
        for place in self.places:
            land[place.owner] += place.land()
        return land

    def step(self):
        draw = self.random.gauss
        shared = draw(0.0, 1.0)
        for place in self.places:
            place.shed(shared)
        known = FUEL_SIGMA * FUEL_AR1
        seen_price = (
            1.0 if self.fuel_state is None else exp(known * self.fuel_state - 0.5 * known * known)
        )
        innovation = draw(0.0, 1.0)
        self.fuel_state = (
            innovation
            if self.fuel_state is None
            else FUEL_AR1 * self.fuel_state + sqrt(1.0 - FUEL_AR1**2) * innovation
        )
        price = exp(FUEL_SIGMA * self.fuel_state - 0.5 * FUEL_SIGMA**2)
        load_w = LOAD_W * clip(1.0 + WINTER_CV * draw(0.0, 1.0), 0.7, 1.3)

        operator, places = self.operator, self.places
        seen = [[place.seen[season] for place in places] for season in range(2)]
        real = [[place.real[season] for place in places] for season in range(2)]
        annual, planned = operator.schedule(seen[0][0], seen[1][0], COMMERCIAL * seen_price)
        seen[0][0], seen[1][0], limit, _, _ = operator.operate(
            annual, planned, seen[0][0], seen[1][0]
        )
        real[0][0], real[1][0], real_limit, forced, operator.storage = operator.operate(
            annual, planned, real[0][0], real[1][0]
        )

        # In spring: what is agreed, on what is expected.
        stocks = [place.stock for place in places]
        self.send_down(seen, stocks, 0.0)
        shift, fuel, cost, promised = self.consortium.optimise(
            seen, stocks, limit, LOAD_W, seen_price, self.land_by_state()
        )
        # With hindsight, and the stocks that the next year begins with without cooperation.
        self.send_down(real, stocks, 0.0)
        land = self.land_by_state()
        for place in places:
            place.stock = place.kept
        optimum = self.consortium.optimise(real, stocks, real_limit, load_w, price, land)[3]
        # What was done.
        done = clip(shift - forced, 0.0, real_limit)
        fuel *= done / shift if shift > 0.0 else 0.0
        sink = self.send_down(real, [place.own_stock for place in places], done)
        value, power = operator.power(
            real[0][0] + done, real[1][0] - done, load_w, COMMERCIAL * price, fuel
        )
        value -= operator.power(real[0][0], real[1][0], load_w, COMMERCIAL * price, 0.0)[0]
        gain = value - fuel * cost * price / seen_price + sum(self.land_by_state()) - sum(land)
        for place in places:
            place.own_stock = place.kept
        flood = sum(place.flood * max(place.flow - place.channel, 0.0) ** 2 for place in places)
        deficit = sum(place.demand - place.taken for place in places)
        row = (
            self.weight * gain,
            gain,
            promised,
            optimum,
            deficit,
            max(load_w - power, 0.0),
            flood,
            sink,
            fuel,
        )
        self.outcomes = [sum_ + value for sum_, value in zip(self.outcomes, row)]
        self.weight /= 1.0 + DISCOUNT_RATE


def run(replications, seed=1):
    out = np.zeros((replications, len(OUTCOMES)))
    for r in range(replications):
        model = River(seed * 1_000_003 + r)
        for _ in range(YEARS):
            model.step()
        out[r] = model.outcomes
    return out
