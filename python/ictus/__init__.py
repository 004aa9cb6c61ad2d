"""Maps of brain models in Python: where they are stable and where they seize.

The program `ictus` computes; this package calls it and hands back what xarray, pandas and matplotlib know. It measures nothing by
itself, so a number is the same here and on the command line.

    import ictus

    data = ictus.run("study.toml")          # an xarray.Dataset
    data.ictus.plot()                       # its regimes, in the colours of the program
    ictus.point("study.toml", p=120).regime
    ictus.table("study.toml", frame)        # points in, features and regimes out
"""

from ._accessor import IctusAccessor
from ._binary import binary
from ._calls import Point, check, design, models, point, run, sense, table, trace
from ._errors import (
    BinaryNotFound,
    FailuresWarning,
    IctusError,
    IctusWarning,
    MachineError,
    Message,
    Stopped,
    StudyError,
)
from ._map import open  # noqa: A004

__all__ = [
    "BinaryNotFound",
    "FailuresWarning",
    "IctusAccessor",
    "IctusError",
    "IctusWarning",
    "MachineError",
    "Message",
    "Point",
    "Stopped",
    "StudyError",
    "binary",
    "check",
    "design",
    "models",
    "open",
    "point",
    "run",
    "sense",
    "table",
    "trace",
]
