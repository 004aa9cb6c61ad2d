"""A map as an `xarray.Dataset`. Knows nothing of how it was made."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import xarray as xr

from ._errors import IctusError

__all__ = ["open"]


def open(path: str | os.PathLike[str], **options: Any) -> xr.Dataset:  # noqa: A001
    """Opens a map, or the map in the folder of a run.

    The dimensions are the axes of the study in its order, perhaps `start`, `direction` and `sample`; each has a coordinate with
    `units` and `long_name`. `regime` and `status` are small integers with `flag_meanings`, as CF has it, features are numbers
    that are NaN where undefined. The accessor `.ictus` knows names, colours, shares, boundaries and pictures. Values are
    read when they are needed.

    `options` go to `xarray.open_dataset`, for instance `chunks={}` for a map that is larger than memory (with dask).

    Raises
    ------
    IctusError
        When the folder has no map yet, or the file is none.
    OSError
        When there is no such file, or it is no NetCDF.
    """
    place = Path(path)
    if place.is_dir():
        if not (place / "map.nc").exists():
            raise IctusError(f"{place} holds no map.nc: run the study to its end, or make the map with `ictus map {place}`")
        place = place / "map.nc"
    # A model whose time is in "seconds" has numbers all the same, and no map has dates.
    data = xr.open_dataset(place, **{"decode_times": False} | options)
    if "regime" not in data:
        data.close()
        raise IctusError(f"{place} is not a map of ictus: it has no variable `regime`")
    return data
