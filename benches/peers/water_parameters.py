"""Values of water-energy/scenario.toml: nodes from source to mouth, a reservoir at the first."""

from math import log, sqrt
from pathlib import Path

import numpy as np
import tomllib

FILE = tomllib.loads((Path(__file__).parent / "water-energy" / "scenario.toml").read_text())
YEARS = FILE["scenario"]["horizon"]
DISCOUNT_RATE = FILE["scenario"]["discount_rate"]
BASIN = FILE["basins"]["syr"]
RIVER = list(BASIN["nodes"].values())
NODES = len(RIVER)
STATES = tuple(FILE["states"])


def by_node(key, default=0.0):
    return np.array([float(node.get(key, default)) for node in RIVER])


def sigma(cv):
    return np.sqrt(np.log1p(np.asarray(cv) ** 2))


OWNER = np.array([STATES.index(node["owner"]) for node in RIVER])
MEAN_S, MEAN_W = by_node("inflow_summer_mean"), by_node("inflow_winter_mean")
SIGMA_S, SIGMA_W = sigma(by_node("inflow_summer_cv")), sigma(by_node("inflow_winter_cv"))
DEMAND, SCARCE, FULL = by_node("irrigation_demand_summer"), by_node("p_scarce"), by_node("p_full")
STEEP = (SCARCE - FULL) / DEMAND
KEEP, CONSUMED = 1.0 - by_node("loss"), 1.0 - by_node("return_flow")
FILL = by_node("winter_fill_to_summer")
INITIAL_STOCK = FILL * by_node("initial_fill", 1.0)
CHANNEL, FLOOD = by_node("winter_channel_capacity", np.inf), by_node("flood_phi")
# What a node may take of the water that is there or still to come downstream of it.
QUOTA = DEMAND / np.cumsum(DEMAND[::-1])[::-1]

AR1, WINTER_LINK, SKILL = BASIN["ar1_summer"], BASIN["winter_link"], BASIN["forecast_skill"]
COMMON = BASIN["common_factor_share"]

PLANT = RIVER[0]["reservoir"]
CAPACITY, INITIAL, TARGET = (
    PLANT["active_capacity"],
    PLANT["initial_storage"],
    PLANT["target_storage"],
)
KAPPA = PLANT["productivity"]
OTHER_S, OTHER_W = PLANT["other_generation_summer"], PLANT["other_generation_winter"]
LOAD_S, LOAD_W = PLANT["power_demand_summer"], PLANT["power_demand_winter"]
DEAR_S, CHEAP_S = PLANT["power_p_scarce_summer"], PLANT["power_p_full_summer"]
DEAR_W, CHEAP_W = PLANT["power_p_scarce_winter"], PLANT["power_p_full_winter"]
EXPORT_PRICE, EXPORT_LINE = PLANT["export_price_summer"], PLANT["export_line_capacity_summer"]
LEAST_S, LEAST_W = PLANT["release_min_summer"], PLANT["release_min_winter"]
MOST_S, MOST_W = PLANT["release_max_summer"], PLANT["release_max_winter"]
OMEGA_I, OMEGA_S = PLANT["omega_inflow"], PLANT["omega_storage"]
THERMAL = PLANT["thermal_capacity_winter"]
MEAN_YEAR = float(MEAN_S[0] + MEAN_W[0])

SUPPLIERS = [at for at, state in enumerate(STATES) if "fuel_cost" in FILE["states"][state]]
FUEL_COST = np.array([FILE["states"][STATES[at]]["fuel_cost"] for at in SUPPLIERS])
FIRST, SECOND = SUPPLIERS
COMMERCIAL = float(FUEL_COST.min() * (1.0 + FILE["fuel"]["markup"]))
FUEL_LAW = FILE["shocks"]["fuel_price"]
FUEL_AR1, FUEL_SIGMA = FUEL_LAW["ar1"], FUEL_LAW["sd_dlog"] / sqrt(2.0 * (1.0 - FUEL_LAW["ar1"]))
WINTER_CV = FILE["shocks"]["winter_demand"]["cv"]

ROUNDS = 3  # suppliers' shares and the optimum, found in turn
GOLDEN = (sqrt(5.0) - 1.0) / 2.0
PRECISION = 1e-5  # of the largest shift or release: how far a search for an optimum goes
SEARCH = int(log(PRECISION) / log(GOLDEN)) + 1

# What a replication returns: present value of gains, sums over its years of what follows.
OUTCOMES = (
    "gain",
    "gained",
    "promised",
    "optimum",
    "irrigation_deficit",
    "winter_power_deficit",
    "flood_cost",
    "sink_inflow",
    "fuel_delivered",
)
