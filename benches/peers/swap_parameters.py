"""What season-swap/*.toml say, and the defaults of behaviour, for the peers."""

YEARS = 30
LEVELS = 4
PROBABILITIES = (0.3, 0.4, 0.3)
COST = (20.0, 30.0, 45.0)
BENEFIT = (60.0, 60.0, 60.0)
DISCOUNT_RATE = 0.05
DETECTION, FALSE_ALARM = 0.7, 0.03
FINE_MULTIPLE = 1.0
COLLAPSE, SLEEP = 0.5, 3
AUDIENCE_SHARE, AUDIENCE_MULTIPLIER = 0.05, 2.0
LAMBDA = 8.0
PATIENCE = 0.9
TRUST_MEAN, TRUST_WEIGHT, FORGETTING = 0.6, 2.5, 0.85
REPUTATION_MEAN, REPUTATION_WEIGHT = 0.7, 5.0
LEARNING = 0.3
TOLERANCE = 0.1
STAKE_FLOOR = 0.05
# Beta(1, 19): mean 0.05, concentration 20; its quantile is 1 − (1 − u)^(1/19).
SLIPPAGE_B = 19.0


def continuation(obligations):
    """Γ of a regime that a reported breach suspends (ODD §9)."""
    one = 1.0 - FALSE_ALARM * COLLAPSE
    others = one ** (obligations - 1)
    survives = others * one
    asleep = PATIENCE**SLEEP
    return (
        COLLAPSE
        * others
        * PATIENCE
        * (1.0 - asleep)
        / (1.0 - PATIENCE * survives - (1.0 - survives) * PATIENCE * asleep)
    )


GAMMA = (continuation(1), continuation(2))
