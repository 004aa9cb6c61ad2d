"""What several tests share: small maps that are made once."""

import matplotlib as mpl

mpl.use("Agg")

from pathlib import Path

import pytest
import xarray as xr

import ictus

CONFIGS = Path(__file__).parents[2] / "configs"

#: The Jansen-Rit column at B = 22 and around it, as in `configs/quickstart.toml`, with shorter times.
COLUMN = {
    "title": "Jansen-Rit: input rate x inhibitory gain",
    "model": {"name": "jansen_rit"},
    "space": {"axes": {"B": {"from": 20, "to": 24, "n": 3}, "p": {"from": 80, "to": 340, "n": 27}}},
    "time": {"method": "rk4", "step": "1 ms", "transient": "4 s", "window": "2 s"},
    "observe": {"features": ["extrema", "cycles"]},
}

#: Two regions that are stable where k < 1 and sigma < (1 + k)/2 (Fagerholm et al. 2020), by their eigenvalues k - 1 and
#: 2 sigma - 1 - k: every point takes microseconds.
PAIR = {
    "model": {"name": "two_region"},
    "space": {
        "axes": {
            "k": {"from": 0, "to": 1.5, "n": 60, "at": "centres"},
            "sigma": {"from": 0, "to": 2, "n": 80, "at": "centres"},
        }
    },
    "stability": {"only": True},
}


@pytest.fixture(scope="session")
def column(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    return ictus.run(COLUMN, output=tmp_path_factory.mktemp("column") / "run")


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    return ictus.run(PAIR, output=tmp_path_factory.mktemp("pair") / "run")


@pytest.fixture(scope="session")
def from_two_states(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    study = {
        **COLUMN,
        "space": {"axes": {"p": {"from": 80, "to": 340, "n": 27}}},
        "initial": {"states": ["rest", "excited"]},
    }
    return ictus.run(study, output=tmp_path_factory.mktemp("states") / "run")


def many(seizing: int, quiet: int) -> dict[str, object]:
    """A study of a line on which so many regimes of either kind follow each other, told by the parameter alone."""
    names = [(f"seizure_{n}", True) for n in range(seizing)] + [(f"quiet_{n}", False) for n in range(quiet)]
    rules = [
        {"name": name, "when": f"place < {n + 1}", **({"seizing": True} if is_seizing else {})}
        for n, (name, is_seizing) in enumerate(names)
    ]
    return {
        "model": {"name": "two_region"},
        "space": {"axes": {"sigma": {"from": 0, "to": len(names), "n": len(names), "at": "centres"}}},
        "stability": {"only": True},
        "derive": {"place": "sigma"},
        "regime": rules,
    }
