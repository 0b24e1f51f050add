"""Python interface of Consortia, a simulator of regional cooperation.

States with water, hydrocarbons and trade negotiate deals inside an organisation whose rules can be
changed. A comparison of designs shows which deals are made, how deep they are, whether they are
kept, and how gains are distributed. The package runs the engine of the command ``consortia``: the
same seed gives the same bytes.

    import consortia

    comparison = consortia.compare("central-asia", ["ucas-2007", "caco-2002"], replications=500)
    comparison.differences.to_pandas()

Tables (:class:`Table`) implement the Arrow PyCapsule interface: pandas, Polars, pyarrow and DuckDB
read them without copying numbers. Exceptions derive from :class:`ConsortiaError`; an argument of a
wrong type raises ``TypeError``.
"""

from ._engine import Table
from ._engine import version as __version__
from .errors import (
    ClusterError,
    ConsortiaError,
    ConsortiaWarning,
    EngineError,
    IncompleteError,
    InputError,
    Mistake,
)
from .experiments import Experiment, Measure, Parameter
from .results import (
    Attribution,
    Coalitions,
    Comparison,
    Discovery,
    Evaluation,
    Game,
    Power,
    Run,
    Sensitivity,
    Sweep,
)
from .scenarios import Organisation, Scenario, builtin, validate
from .verbs import (
    attribute,
    coalitions,
    compare,
    discover,
    game,
    merge,
    power,
    run,
    sensitivity,
    status,
    sweep,
)

__all__ = [
    "Attribution",
    "ClusterError",
    "Coalitions",
    "Comparison",
    "ConsortiaError",
    "ConsortiaWarning",
    "Discovery",
    "EngineError",
    "Evaluation",
    "Experiment",
    "Game",
    "IncompleteError",
    "InputError",
    "Measure",
    "Mistake",
    "Organisation",
    "Parameter",
    "Power",
    "Run",
    "Scenario",
    "Sensitivity",
    "Sweep",
    "Table",
    "__version__",
    "attribute",
    "builtin",
    "coalitions",
    "compare",
    "discover",
    "game",
    "merge",
    "power",
    "run",
    "sensitivity",
    "status",
    "sweep",
    "validate",
]
