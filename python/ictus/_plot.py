"""Pictures of maps by matplotlib. Knows nothing of files."""

from __future__ import annotations

import textwrap
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.patches import Patch

from . import _accessor
from ._colours import UNDEFINED

__all__ = ["draw"]

#: So many names stand below each other in a legend.
_MOST_LINES = 20


@dataclass(frozen=True)
class Wish:
    """What is to be drawn."""

    #: A variable of the map; the regimes if not given.
    feature: str | None
    #: What goes across, and what upwards.
    x: str | None
    y: str | None
    #: Where the other dimensions stand.
    sel: Mapping[str, Any]
    #: Whether colours are explained.
    legend: bool


def draw(data: xr.Dataset, wish: Wish, ax: Axes | None) -> Axes:
    """Draws it, into a frame of its own where none is given."""
    name = wish.feature or "regime"
    if name not in data:
        raise ValueError(f"the map has no variable {name}; features are {', '.join(data.ictus.features)}")
    chosen, places = _chosen(data, name, wish.sel)
    own = chosen[name] if "sample" in chosen[name].dims else chosen[name].squeeze()
    x, y = _check_dimensions(chosen, own, wish)
    axes = ax if ax is not None else plt.subplots(layout="constrained", figsize=(8.0, _height(own)))[1]
    painter = _Painter(chosen, own, axes, wish.legend)
    if "sample" in own.dims:
        painter.scatter(x, y)
    elif own.ndim == 1:
        painter.line()
    else:
        painter.mesh(x, y)
    axes.set_title(places or _wrapped(str(data.attrs.get("title", "")), 60), fontsize="medium")
    return axes


def _height(own: xr.DataArray) -> float:
    """How high a picture is, in inches: a strip is low, as far as its legend lets it."""
    if own.ndim > 1 or "sample" in own.dims or "flag_meanings" not in own.attrs:
        return 5.0
    return max(2.2, 0.6 + 0.21 * min(int(own.to_series().nunique()), _MOST_LINES))


def _chosen(data: xr.Dataset, name: str, sel: Mapping[str, Any]) -> tuple[xr.Dataset, str]:
    """The part of a map that stands at these places, and the places in words."""
    words = []
    for key, value in sel.items():
        if key not in data[name].dims:
            raise ValueError(f"{name} has no dimension {key}; there are {', '.join(map(str, data[name].dims))}")
        is_number = key in data.coords and np.issubdtype(data[key].dtype, np.number)
        try:
            is_one = not isinstance(value, slice) and np.ndim(value) == 0
            data = data.sel({key: value}, method="nearest" if is_number and is_one else None)
        except (KeyError, TypeError) as missing:
            raise ValueError(f"{key} has no value {value}; there are {', '.join(map(str, data[key].values))}") from missing
        if data[key].ndim == 0:
            unit = data[key].attrs.get("units", "1")
            said = f"{float(data[key]):.6g}" if is_number else str(data[key].item())
            words.append(f"{key} = {said}" + ("" if unit == "1" else f" {unit}"))
    return data, ", ".join(words)


def _check_dimensions(data: xr.Dataset, own: xr.DataArray, wish: Wish) -> tuple[str, str]:
    """What goes across and what upwards; the second means nothing where one dimension is left."""
    x, y = wish.x, wish.y
    dimensions = [str(dimension) for dimension in own.dims]
    said = f"{own.name} has the dimension{'s' * (len(dimensions) > 1)} {', '.join(dimensions)}"
    others = [dimension for dimension in dimensions if dimension not in ("sample", x, y)]
    # Of names a reader has chosen one sooner than a value of an axis.
    others.sort(key=lambda dimension: dimension not in _accessor.UNORDERED)
    if not dimensions:
        raise ValueError(f"{own.name} is a single point here: there is nothing to draw")
    if len(dimensions) > (1 if "sample" in dimensions else 2):
        value = data[others[0]].to_numpy().ravel()[0] if others[0] in data.coords else 0
        example = f"{others[0]}={str(value)!r}" if isinstance(value, str | bytes) else f"{others[0]}={value:g}"
        raise ValueError(f"{said}, which is more than can be drawn: choose a place along one, for instance plot({example})")
    if "sample" in dimensions:
        inputs = [str(key) for key, coordinate in data.coords.items() if coordinate.attrs.get("role") == "input"]
        if x not in inputs or y not in inputs:
            raise ValueError(f"{said}: runs of a design are drawn over two inputs, x and y, of {', '.join(inputs)}")
        return x, y
    for chosen in (x, y):
        if chosen is not None and chosen not in dimensions:
            raise ValueError(f"{said} here, and not {chosen}")
    across = x or next(dimension for dimension in reversed(dimensions) if dimension != y or len(dimensions) == 1)
    return across, y or next((dimension for dimension in reversed(dimensions) if dimension != across), across)


class _Painter:
    """Draws one variable into one frame."""

    def __init__(self, data: xr.Dataset, own: xr.DataArray, axes: Axes, legend: bool) -> None:
        self.data, self.own, self.axes, self.legend = data, own, axes, legend
        self.is_flag = "flag_meanings" in own.attrs
        if self.is_flag:
            self.names = _accessor.meanings(own)
            self.colours = data.ictus.colours_of(str(own.name))
            self.labels = data.ictus.labels_of(str(own.name))
            self.style: dict[str, Any] = {
                "cmap": ListedColormap([self.colours[name] for name in self.names]),
                "norm": BoundaryNorm(np.arange(len(self.names) + 1) - 0.5, len(self.names)),
            }
        else:
            self.style = {"cmap": plt.colormaps["viridis"].with_extremes(bad=UNDEFINED)}

    def _values(self, variable: xr.DataArray) -> npt.NDArray[Any]:
        """What is drawn, without what is undefined."""
        if self.is_flag:
            numbers = _accessor.numbers_of(variable)
            return np.ma.masked_less(numbers, 0)
        values = np.asarray(variable.to_numpy(), dtype=float)
        return np.ma.masked_invalid(values)

    def mesh(self, x: str, y: str) -> None:
        """Cells over two dimensions."""
        drawn = self._values(self.own.transpose(y, x))
        across, upwards = _edges(self.data, x), _edges(self.data, y)
        # In a vector picture the ground would show between cells.
        picture = self.axes.pcolormesh(across, upwards, drawn, rasterized=True, **self.style)
        self._frame(x, y)
        self._explain(picture)

    def line(self) -> None:
        """A strip of regimes, or a feature as a line of which each point has the colour of its regime."""
        (dimension,) = self.own.dims
        x = str(dimension)
        edges = _edges(self.data, x)
        if self.is_flag:
            self.axes.pcolormesh(edges, [0.0, 1.0], self._values(self.own)[None, :], rasterized=True, **self.style)
            self._frame(x, None)
            self.axes.set_yticks([])
            self._explain(None)
            return
        places = _places(self.data, x)
        values = np.asarray(self.own.to_numpy(), dtype=float)
        regime = self.data["regime"].squeeze()
        self.axes.plot(places, values, color="#999999", linewidth=0.8, zorder=1)
        if regime.dims == self.own.dims:
            painter = _Painter(self.data, regime, self.axes, self.legend)
            self.axes.scatter(
                places, values, c=painter._values(regime), s=18, edgecolors="#222222", linewidths=0.3, zorder=2, **painter.style
            )
            painter._explain(None)
        self._frame(x, None)
        self.axes.set_ylabel(_label(self.own, 50))

    def scatter(self, x: str, y: str) -> None:
        """Runs of a design over two of its inputs."""
        values = self._values(self.own)
        picture = self.axes.scatter(
            self.data[x], self.data[y], c=values, s=14, edgecolors="#222222", linewidths=0.2, plotnonfinite=True, **self.style
        )
        self.axes.set_xlabel(_label(self.data[x]))
        self.axes.set_ylabel(_label(self.data[y], 50))
        self._explain(picture)

    def _frame(self, x: str, y: str | None) -> None:
        for name, axis in ((x, "x"), (y, "y")):
            if name is None:
                continue
            variable = self.data[name] if name in self.data.variables else None
            getattr(self.axes, f"set_{axis}label")(name if variable is None else _label(variable, 60 if axis == "x" else 50))
            if _is_log(self.data, name):
                getattr(self.axes, f"set_{axis}scale")("log")
            if variable is not None and not np.issubdtype(variable.dtype, np.number):
                getattr(self.axes, f"set_{axis}ticks")(np.arange(variable.size), [str(word) for word in variable.values])

    def _explain(self, picture: ScalarMappable | None) -> None:
        """A legend of the names that are there, beside the frame, or a bar of the numbers."""
        if not self.legend:
            return
        if not self.is_flag:
            assert picture is not None and self.axes.figure is not None
            self.axes.figure.colorbar(picture, ax=self.axes, label=_label(self.own, 40))
            return
        numbers = _accessor.numbers_of(self.own)
        counts = np.bincount(numbers[numbers >= 0], minlength=len(self.names))
        entries = [
            Patch(
                facecolor=self.colours[name],
                edgecolor="#222222",
                linewidth=0.5,
                label=f"{self.labels[name]}  {100 * count / numbers.size:.1f} %",
            )
            for name, count in zip(self.names, counts, strict=True)
            if count > 0
        ]
        self.axes.legend(
            handles=entries,
            loc="upper left",
            bbox_to_anchor=(1.01, 1.0),
            borderaxespad=0.0,
            frameon=False,
            fontsize="small",
            ncols=-(-len(entries) // _MOST_LINES),
        )


def _is_log(data: xr.Dataset, name: Hashable) -> bool:
    return name in data.variables and data[name].attrs.get("scale") == "log" and bool((data[name] > 0).all())


def _places(data: xr.Dataset, name: str) -> npt.NDArray[np.float64]:
    """Where values stand: at themselves, names at 0, 1, 2 and so on."""
    if name in data.coords and np.issubdtype(data[name].dtype, np.number):
        return np.asarray(data[name].to_numpy(), dtype=float)
    return np.arange(data.sizes[name], dtype=float)


def _edges(data: xr.Dataset, name: str) -> npt.NDArray[np.float64]:
    """The edges of the cells of which an axis has the middles, half-way to the neighbours; on a logarithmic axis by their ratio."""
    places = _places(data, name)
    is_log = _is_log(data, name)
    if is_log:
        places = np.log(places)
    if len(places) == 1:
        half = 0.5 if not is_log else 0.05
        edges = np.array([places[0] - half, places[0] + half])
    else:
        middles = (places[:-1] + places[1:]) / 2
        edges = np.concatenate([[2 * places[0] - middles[0]], middles, [2 * places[-1] - middles[-1]]])
    return np.exp(edges) if is_log else edges


def _label(variable: xr.DataArray, width: int = 60) -> str:
    """The name of a variable with its meaning and unit, as `p: input rate (1/s)`."""
    name = str(variable.attrs.get("quantity", variable.name))
    meaning, unit = str(variable.attrs.get("long_name", "")), str(variable.attrs.get("units", "1"))
    said = name if meaning in ("", name) else f"{name}: {meaning}"
    return _wrapped(said + ("" if unit == "1" else f" ({unit})"), width)


def _wrapped(text: str, width: int) -> str:
    return "\n".join(textwrap.wrap(text, width))
