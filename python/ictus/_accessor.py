"""What a map means: names and colours of regimes, shares, boundaries, tables. Knows nothing of how pictures are drawn."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from ._colours import of_pairs, regime_colours

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["IctusAccessor"]

#: Dimensions along which points are not neighbours.
UNORDERED = frozenset({"sample", "realisation", "region", "sensor", "start", "direction", "label"})

#: Labels of points at which nothing was measured.
_NOT_MEASURED = ("excluded", "not_computed")


def meanings(variable: xr.DataArray) -> list[str]:
    """The names of a flag, in the order of its numbers."""
    return str(variable.attrs["flag_meanings"]).split()


def numbers_of(variable: xr.DataArray | xr.Variable) -> npt.NDArray[np.int64]:
    """The numbers of a flag; -1 where `where` of xarray has left a gap."""
    values = variable.to_numpy()
    if values.dtype.kind == "f":
        values = np.where(np.isnan(values), -1, values)
    return values.astype(np.int64)


class IctusAccessor:
    """The accessor `.ictus` of a map that `ictus.open` or `ictus.run` returned, or of a part of it."""

    def __init__(self, data: xr.Dataset) -> None:
        if "regime" not in data or "flag_meanings" not in data["regime"].attrs:
            raise ValueError("the dataset is not a map of ictus: it has no flag `regime`")
        self._data = data

    @property
    def names(self) -> list[str]:
        """The names of the regimes: `names[k]` is what the number k in `regime` means."""
        return meanings(self._data["regime"])

    @property
    def colours(self) -> dict[str, str]:
        """The colour of each regime as `#rrggbb`, as in the pictures of `ictus plot`: no two are equal."""
        return self.colours_of("regime")

    def colours_of(self, name: str) -> dict[str, str]:
        """The colours of the names of a flag, as `regime_over_starts`."""
        variable = self._data[name]
        names = meanings(variable)
        seizing = np.atleast_1d(variable.attrs.get("seizing", np.zeros(len(names))))
        own = of_pairs(str(variable.attrs.get("regime_colours", "")), " ")
        return regime_colours(names, [bool(flag) for flag in seizing], own)

    @property
    def labels(self) -> dict[str, str]:
        """What each regime is called in legends: the `label` of its rule in the study, else its name with spaces."""
        return self.labels_of("regime")

    def labels_of(self, name: str) -> dict[str, str]:
        """The labels of the names of a flag, as `regime_over_starts`."""
        variable = self._data[name]
        own = of_pairs(str(variable.attrs.get("regime_labels", "")), ";")
        return {regime: own.get(regime, regime.replace("_", " ")) for regime in meanings(variable)}

    @property
    def regimes(self) -> xr.DataArray:
        """The name of the regime at every point, of the shape of `regime`; empty where `where` has left a gap."""
        regime = self._data["regime"]
        named = regime.copy(data=np.array([*self.names, ""])[numbers_of(regime)])
        named.attrs = {"long_name": regime.attrs.get("long_name", "regime")}
        return named

    def is_in(self, *names: str) -> xr.DataArray:
        """Where the regime is one of these, of the shape of `regime`.

        Raises
        ------
        ValueError
            When the study has no such regime.
        """
        known = self.names
        unknown = [name for name in names if name not in known]
        if unknown:
            raise ValueError(f"no regime is called {unknown[0]}; there are {', '.join(known)}")
        return self._data["regime"].isin([known.index(name) for name in names])

    @property
    def seizing(self) -> xr.DataArray:
        """Where the regime counts as a seizure, of the shape of `regime`."""
        regime = self._data["regime"]
        seizing = regime.isin(np.flatnonzero(np.atleast_1d(regime.attrs["seizing"])))
        seizing.attrs = {"long_name": "whether the regime is a seizure"}
        return seizing.rename("seizing")

    @property
    def measured(self) -> xr.DataArray:
        """Where something was measured: neither left out by `where` nor left over. Points that failed are counted in."""
        is_left = self.is_in(*(name for name in _NOT_MEASURED if name in self.names))
        return (~is_left & self._data["regime"].notnull()).rename("measured")

    @property
    def features(self) -> list[str]:
        """The names of the measured variables."""
        return [str(name) for name, own in self._data.data_vars.items() if own.attrs.get("role") == "feature"]

    def shares(self, over: Hashable | Sequence[Hashable] = ()) -> pd.Series[float] | pd.DataFrame:
        """The share of each regime among the measured points: 0 to 1, with the sum 1; NaN where no point was measured.

        A series over the names or, with `over`, a frame with a row for each value of these dimensions and a column for each name:
        `shares("p")`, `shares(["p", "start"])`.
        """
        regime = self._data["regime"]
        kept = [over] if isinstance(over, str) or not isinstance(over, Sequence) else list(over)
        for dimension in kept:
            if dimension not in regime.dims:
                raise ValueError(f"the map has no dimension {dimension}; there are {_list(regime.dims)}")
        others = [dimension for dimension in regime.dims if dimension not in kept]
        ordered = regime.transpose(*kept, *others)
        shape = tuple(ordered.sizes[dimension] for dimension in kept)
        numbers = numbers_of(ordered).reshape(int(np.prod(shape)), -1)
        names = self.names
        counts = np.stack([(numbers == number).sum(axis=1) for number in range(len(names))], axis=1).astype(float)
        for name in _NOT_MEASURED:
            if name in names:
                counts[:, names.index(name)] = 0.0
        with np.errstate(invalid="ignore"):
            counts /= counts.sum(axis=1, keepdims=True)
        columns = pd.Index(names, name="regime")
        if not kept:
            return pd.Series(counts[0], index=columns, name="share")
        return pd.DataFrame(counts, index=self._index(ordered, kept), columns=columns)

    def boundary(self, *axes: Hashable) -> pd.DataFrame:
        """Where the regime changes between neighbours along an axis: a row for each pair of neighbours that differ.

        `axis` is the axis along which they are neighbours, and the column of its name the middle between them (the geometric mean
        on a logarithmic axis); the other dimensions have the pair's coordinates. `half_cell` is half the distance between them,
        in the unit of `axis`: the boundary is known up to it. `below` and `above` are the regimes at the smaller and the larger
        value, and `touches_unsettled` is true where one of the two, or a point beside one of them, is unsettled. Without `axes`
        all numeric axes are looked along. Pairs of which one was not measured do not count.

        Raises
        ------
        ValueError
            When one of `axes` is not a numeric axis: the points of a design and the states of `start` have no neighbours.
        """
        regime = self._data["regime"]
        known = [dimension for dimension in regime.dims if self._is_axis(dimension)]
        for axis in axes:
            if axis not in known:
                raise ValueError(f"{axis} is not an axis with neighbours; there are {_list(known)}")
        names = self.names
        near_unsettled = self._near(regime.isin([number for number, name in enumerate(names) if name == "unsettled"]), known)
        unmeasured = [-1, *(names.index(name) for name in _NOT_MEASURED if name in names)]
        parts = []
        for axis in axes or known:
            values = np.asarray(self._data[axis].to_numpy(), dtype=float)
            order = np.argsort(values)
            values = values[order]
            numbers = numbers_of(regime.transpose(axis, ...))[order]
            low, high = numbers[:-1], numbers[1:]
            differs = (low != high) & ~np.isin(low, unmeasured) & ~np.isin(high, unmeasured)
            where = np.nonzero(differs)
            below, above = values[where[0]], values[where[0] + 1]
            is_log = self._data[axis].attrs.get("scale") == "log"
            middle = np.sign(below) * np.sqrt(below * above) if is_log else (below + above) / 2
            columns: dict[str, Any] = {"axis": np.full(len(middle), str(axis), dtype=object)}
            others = [dimension for dimension in regime.dims if dimension != axis]
            places = dict(zip(others, where[1:], strict=True))
            for dimension in regime.dims:
                columns[str(dimension)] = middle if dimension == axis else self._coordinate(dimension)[places[dimension]]
            columns["half_cell"] = (above - below) / 2
            columns["below"] = _categories(low[where], names)
            columns["above"] = _categories(high[where], names)
            near = near_unsettled.transpose(axis, ...).to_numpy()[order]
            columns["touches_unsettled"] = (near[:-1] | near[1:])[where]
            parts.append(pd.DataFrame(columns))
        if not parts:
            raise ValueError("the map has no numeric axis, so no point has neighbours")
        return pd.concat(parts, ignore_index=True)

    def _near(self, mask: xr.DataArray, axes: Sequence[Hashable]) -> xr.DataArray:
        """Where a mask holds, or holds at a neighbour along one of these axes."""
        near = mask.copy()
        for axis in axes:
            order = np.argsort(np.asarray(self._data[axis].to_numpy(), dtype=float))
            own = mask.transpose(axis, ...).to_numpy()[order]
            grown = own.copy()
            grown[1:] |= own[:-1]
            grown[:-1] |= own[1:]
            back = np.empty_like(grown)
            back[order] = grown
            near |= mask.transpose(axis, ...).copy(data=back).transpose(*mask.dims)
        return near

    def table(self) -> pd.DataFrame:
        """All points as a table, a row a point, indexed by their coordinates in the map's order.

        Columns are the inputs of a design and parameters that go along with an axis, `regime` and `status` as categories,
        `seizing`, and the features: numbers (NaN where undefined), counts as `Int64` and facts as `boolean`, both with NA where
        undefined.
        """
        data, regime = self._data, self._data["regime"]
        wanted = [
            str(name)
            for name, own in data.variables.items()
            if own.attrs.get("role") in ("input", "linked", "feature", "regime", "status", "regime_over_starts")
            and name not in data.dims
        ]
        wanted.sort(key=lambda name: data[name].attrs["role"] not in ("input", "linked"))
        extra = [dimension for name in wanted for dimension in data[name].dims if dimension not in regime.dims]
        dims = [*regime.dims, *dict.fromkeys(extra)]
        sizes = {dimension: data.sizes[dimension] for dimension in dims}
        columns: dict[str, Any] = {}
        for name in wanted:
            variable = data[name].variable
            if "flag_meanings" in variable.attrs:
                variable = variable.copy(data=numbers_of(variable))
            values = _spread(variable, sizes)
            columns[name] = _column(values, variable.attrs)
            if name == "regime":
                seizing = np.atleast_1d(variable.attrs["seizing"]).astype(bool)
                columns["seizing"] = np.append(seizing, False)[values]
        return pd.DataFrame(columns, index=self._index(data, dims) if dims else pd.RangeIndex(1))

    def quantify(self) -> xr.Dataset:
        """The map with quantities of pint: `data.ictus.quantify()["amplitude"].pint.to("V")`. Flags and what has the unit 1 stay
        numbers. It needs `pint-xarray`, and `cf-xarray`, which knows units as UDUNITS writes them.

        Raises
        ------
        ImportError
            Where one of them is missing.
        ValueError
            Where a model's unit is none.
        """
        try:
            import pint_xarray  # noqa: F401, PLC0415
            from cf_xarray.units import units  # noqa: PLC0415
        except ImportError as missing:
            raise ImportError("quantities need more packages: pip install pint-xarray cf-xarray") from missing
        data = self._data.copy()
        named: dict[Hashable, None] = {}
        for name, own in data.variables.items():
            unit = own.attrs.get("units")
            if unit is None or unit == "1" or own.attrs.get("role") == "mark":
                named[name] = None
        quantified: xr.Dataset = data.pint.quantify(named, unit_registry=units)
        return quantified

    def plot(
        self,
        ax: Axes | None = None,
        feature: str | None = None,
        *,
        x: str | None = None,
        y: str | None = None,
        legend: bool = True,
        at: Mapping[str, Any] | None = None,
        **sel: Any,
    ) -> Axes:
        """Draws the regimes, each in its colour with a legend of names and shares, or a feature with a bar of its unit.

        One or two dimensions can be drawn. Choose a place along the others by name, `plot(start="rest", B=22)`, or by `at` where a
        name is also one of the arguments; of numbers the nearest is taken, and the title says which. `x` and `y` say which
        dimension goes where; without them the last is drawn across. Of a design `x` and `y` are two of its inputs, and each run
        is a point.

        Raises
        ------
        ValueError
            When more dimensions are left than can be drawn, or a name is none of the map's.
        """
        # Matplotlib takes longer to load than a small map to make.
        from ._plot import Wish, draw  # noqa: PLC0415

        return draw(self._data, Wish(feature, x, y, {**(at or {}), **sel}, legend), ax)

    def _is_axis(self, dimension: Hashable) -> bool:
        return (
            dimension not in UNORDERED and dimension in self._data.coords and np.issubdtype(self._data[dimension].dtype, np.number)
        )

    def _coordinate(self, dimension: Hashable) -> npt.NDArray[Any]:
        values: npt.NDArray[Any] = self._data[dimension].to_numpy()
        return values.astype(object) if values.dtype.kind in "SU" else values

    def _index(self, data: xr.Dataset | xr.DataArray, dims: Sequence[Hashable]) -> pd.Index[Any]:
        """The coordinates of these dimensions as an index, the last fastest."""
        levels = [
            self._coordinate(dimension) if dimension in data.coords else np.arange(data.sizes[dimension]) for dimension in dims
        ]
        if len(dims) == 1:
            return pd.Index(levels[0], name=dims[0])
        return pd.MultiIndex.from_product(levels, names=list(dims))


xr.register_dataset_accessor("ictus")(IctusAccessor)  # type: ignore[no-untyped-call]


def _spread(variable: xr.Variable, sizes: Mapping[Hashable, int]) -> npt.NDArray[Any]:
    """The values at all points of these dimensions, the last fastest."""
    own = variable.transpose(*(dimension for dimension in sizes if dimension in variable.dims)).to_numpy()
    shape = [size if dimension in variable.dims else 1 for dimension, size in sizes.items()]
    return np.broadcast_to(own.reshape(shape), tuple(sizes.values())).ravel()


def _categories(numbers: npt.NDArray[Any], names: Sequence[str]) -> pd.Categorical[str]:
    """Names of numbers."""
    return pd.Categorical.from_codes(numbers, pd.Index(list(names)))


def _column(values: npt.NDArray[Any], attributes: Mapping[str, Any]) -> Any:
    """A variable as a column of a table."""
    kind, role = attributes.get("kind"), attributes.get("role")
    if "flag_meanings" in attributes:
        names = str(attributes["flag_meanings"]).split()
        if kind == "fact":
            return pd.arrays.BooleanArray(values == names.index("yes"), (values == names.index("undefined")) | (values < 0))
        if role in ("regime", "status", "regime_over_starts"):
            return _categories(values, names)
    if kind == "count":
        is_missing = np.isnan(values)
        return pd.arrays.IntegerArray(np.where(is_missing, 0, values).astype(np.int64), is_missing)
    return values


def _list(names: Sequence[Hashable]) -> str:
    return ", ".join(str(name) for name in names) or "none"
