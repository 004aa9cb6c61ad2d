"""What the accessor says of a map, against closed forms, published bifurcations and direct searches."""

import re
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from cf_xarray.units import units
from conftest import CONFIGS, many

import ictus
from ictus._colours import regime_colours


def test_a_map_opens_by_its_file_and_by_its_folder(pair: xr.Dataset) -> None:
    file = pair.encoding["source"]
    by_file, by_folder = ictus.open(file), ictus.open(file.removesuffix("map.nc"))
    xr.testing.assert_identical(by_file, by_folder)
    assert by_file["regime"].dims == ("k", "sigma")
    # Flags stay integers, with names as CF has it.
    assert by_file["regime"].dtype == np.int8
    xr.testing.assert_equal(by_file["regime"].cf == "saddle", by_file.ictus.is_in("saddle"))


def test_times_stay_numbers_whatever_their_unit_is_called(tmp_path: Path) -> None:
    regime = xr.DataArray(np.zeros(2, dtype=np.int8), dims="delay", attrs={"flag_meanings": "rest", "seizing": np.int8(0)})
    data = xr.Dataset({"regime": regime}, coords={"delay": ("delay", [0.5, 1.5], {"units": "seconds"})})
    data.to_netcdf(tmp_path / "map.nc")
    opened = ictus.open(tmp_path)
    assert opened["delay"].values.tolist() == [0.5, 1.5]
    assert opened.ictus.shares().to_dict() == {"rest": 1.0}


def test_what_is_no_map_is_told(tmp_path: Path) -> None:
    folder = tmp_path
    with pytest.raises(ictus.IctusError, match=r"no map\.nc"):
        ictus.open(folder)
    with pytest.raises(FileNotFoundError):
        ictus.open(folder / "nothing.nc")
    xr.Dataset({"x": 1.0}).to_netcdf(folder / "other.nc")
    with pytest.raises(ictus.IctusError, match="no variable `regime`"):
        ictus.open(folder / "other.nc")
    with pytest.raises(ValueError, match="not a map"):
        _ = xr.Dataset({"x": 1.0}).ictus


def test_two_regions_are_stable_where_the_closed_form_says(tmp_path_factory: pytest.TempPathFactory) -> None:
    # Fagerholm et al. 2020: stable where k < 1 and sigma < (1 + k)/2 (docs/fagerholm_2020.md).
    study = CONFIGS / "two_region_stability.toml"
    changed = {"time.transient": 60, "time.window": 5, "space.axes.k.n": 31, "space.axes.sigma.n": 41}
    data = ictus.run(study, set=changed, output=tmp_path_factory.mktemp("fagerholm") / "run")
    k, sigma = xr.broadcast(data["k"], data["sigma"])
    exact = (k < 1) & (sigma < (1 + k) / 2)
    stable = data.ictus.is_in("stable").transpose(*exact.dims)
    # On the border itself nothing decides.
    is_clear = (abs(k - 1) > 0.03) & (abs(sigma - (1 + k) / 2) > 0.03)
    assert int(is_clear.sum()) > 1000
    assert bool((stable == exact).where(is_clear, True).all())


def test_boundaries_are_where_the_column_bifurcates(column: xr.Dataset) -> None:
    # Grimbert & Faugeras 2006 at B = 22 from zeros: spikes from p = 113.586 (a saddle-node on an invariant circle), alpha from
    # 137.379.
    boundary = column.ictus.boundary("p")
    row = boundary[boundary["B"] == 22.0]
    onset = row[row["above"] == "spike_wave"].iloc[0]
    change = row[(row["below"] == "spike_wave") & (row["above"] == "alpha")].iloc[0]
    assert onset["half_cell"] == pytest.approx(5.0)
    assert abs(onset["p"] - 113.586) <= onset["half_cell"]
    assert abs(change["p"] - 137.379) <= change["half_cell"]


def _is_beside_unsettled(regime: xr.DataArray, names: list[str], place: tuple[int, ...]) -> bool:
    """Whether a point, or one beside it along an axis, is unsettled."""
    steps = [(0,) * regime.ndim]
    for at, axis in enumerate(regime.dims):
        if axis != "start":
            steps += [tuple(sign * (other == at) for other in range(regime.ndim)) for sign in (-1, 1)]
    for step in steps:
        beside = tuple(i + d for i, d in zip(place, step, strict=True))
        if all(0 <= i < n for i, n in zip(beside, regime.shape, strict=True)) and names[int(regime.values[beside])] == "unsettled":
            return True
    return False


@pytest.mark.parametrize("name", ["pair", "column", "from_two_states"])
def test_a_boundary_is_what_a_search_of_all_pairs_finds(name: str, request: pytest.FixtureRequest) -> None:
    data: xr.Dataset = request.getfixturevalue(name)
    regime = data["regime"]
    expected = []
    for place, axis in enumerate(regime.dims):
        if axis == "start":
            continue
        for index in np.ndindex(*regime.shape):
            if index[place] + 1 == regime.shape[place]:
                continue
            after = tuple(i + (at == place) for at, i in enumerate(index))
            low, high = int(regime.values[index]), int(regime.values[after])
            if low != high:
                at = {
                    str(dim): data[dim].values[i] if dim != axis else (data[dim].values[i] + data[dim].values[i + 1]) / 2
                    for dim, i in zip(regime.dims, index, strict=True)
                }
                half = (data[axis].values[after[place]] - data[axis].values[index[place]]) / 2
                names = data.ictus.names
                touches = any(_is_beside_unsettled(regime, names, place) for place in (index, after))
                pair = {"below": names[low], "above": names[high], "touches_unsettled": touches}
                expected.append({"axis": axis, **at, "half_cell": half, **pair})
    found = data.ictus.boundary()
    assert len(expected) > 20 or name != "pair"
    by = ["axis", *map(str, regime.dims)]
    wanted = pd.DataFrame(expected).sort_values(by, ignore_index=True)
    found = found.astype({"below": str, "above": str}).sort_values(by, ignore_index=True)
    pd.testing.assert_frame_equal(found, wanted, check_dtype=False, check_exact=True)


def test_a_boundary_on_a_logarithmic_or_falling_axis_lies_between_its_neighbours() -> None:
    regime = xr.DataArray(np.array([0, 0, 1, 2], dtype=np.int8), dims="g", coords={"g": [1.0, 10.0, 1000.0, 1e4]})
    regime.attrs = {"flag_meanings": "rest spikes excluded", "seizing": np.array([0, 1, 0], dtype=np.int8)}
    data = xr.Dataset({"regime": regime})
    data["g"].attrs["scale"] = "log"
    (row,) = data.ictus.boundary().to_dict("records")
    # The geometric mean of 10 and 1000; what is excluded is no neighbour.
    assert (row["g"], row["half_cell"], row["below"], row["above"]) == (pytest.approx(100.0), 495.0, "rest", "spikes")
    (row,) = data.isel(g=slice(None, None, -1)).ictus.boundary().to_dict("records")
    assert (row["g"], row["below"], row["above"]) == (pytest.approx(100.0), "rest", "spikes")


def test_states_and_runs_of_a_design_have_no_neighbours(from_two_states: xr.Dataset) -> None:
    assert set(from_two_states.ictus.boundary()["axis"]) == {"p"}
    with pytest.raises(ValueError, match="start is not an axis with neighbours; there are p"):
        from_two_states.ictus.boundary("start")


def test_shares_are_those_of_the_file(pair: xr.Dataset, from_two_states: xr.Dataset) -> None:
    shares = pair.ictus.shares()
    np.testing.assert_allclose(shares, pair["regime"].attrs["share"], atol=1e-12)
    over = from_two_states.ictus.shares(["p", "start"])
    assert list(over.index.names) == ["p", "start"]
    assert over.loc[(80.0, "rest"), "fixed_point"] == 1.0
    np.testing.assert_allclose(over.mean(), from_two_states.ictus.shares())
    with pytest.raises(ValueError, match="no dimension q; there are start, p"):
        from_two_states.ictus.shares("q")


def test_shares_are_of_measured_points() -> None:
    regime = xr.DataArray(np.array([[0, 1, 2, 2], [2, 2, 2, 2]], dtype=np.int8), dims=("x", "y"), coords={"x": [1.0, 2.0]})
    regime.attrs = {"flag_meanings": "rest spikes excluded", "seizing": np.array([0, 1, 0], dtype=np.int8)}
    data = xr.Dataset({"regime": regime})
    assert data.ictus.shares().to_dict() == {"rest": 0.5, "spikes": 0.5, "excluded": 0.0}
    over = data.ictus.shares("x")
    assert over.loc[1.0, "spikes"] == 0.5
    assert over.loc[2.0].isna().all()
    assert int(data.ictus.measured.sum()) == 2


def test_seizing_is_what_the_study_calls_a_seizure(column: xr.Dataset) -> None:
    xr.testing.assert_equal(column.ictus.seizing, column.ictus.is_in("spike_wave").rename("seizing"))
    assert (column.ictus.seizing == (column.ictus.regimes == "spike_wave")).all()
    with pytest.raises(ValueError, match="no regime is called burst; there are spike_wave, alpha"):
        column.ictus.is_in("burst")


def test_a_table_has_a_row_for_each_point(from_two_states: xr.Dataset) -> None:
    table = from_two_states.ictus.table()
    assert table.index.names == ["start", "p"]
    row = table.loc[("rest", 130.0)]
    assert row["regime"] == "spike_wave"
    assert row["seizing"]
    assert row["amplitude"] == float(from_two_states["amplitude"].sel(p=130.0, start="rest"))
    assert table["regime"].cat.categories.tolist() == from_two_states.ictus.names
    assert str(table["settled"].dtype) == "boolean"
    assert str(table["steps"].dtype) == "Int64"
    assert table["steps"].iloc[0] == 6000


def test_gaps_that_xarray_left_count_nowhere(column: xr.Dataset) -> None:
    part = column.where(column["p"] > 150)
    assert part["regime"].dtype.kind == "f"
    kept = column.sel(p=slice(151, None)).ictus
    pd.testing.assert_series_equal(part.ictus.shares(), kept.shares())
    pd.testing.assert_frame_equal(part.ictus.boundary(), kept.boundary())
    pd.testing.assert_frame_equal(part.ictus.table().dropna(subset="regime"), kept.table())
    assert set(np.unique(part.ictus.regimes.sel(p=slice(None, 150)))) == {""}
    assert not part.ictus.measured.sel(p=slice(None, 150)).any()
    legend = part.ictus.plot().get_legend()
    assert [text.get_text().split("  ")[0] for text in legend.get_texts()] == [
        name.replace("_", " ") for name, share in kept.shares().items() if share > 0
    ]


def test_dimensions_that_are_still_to_come_are_like_others(column: xr.Dataset) -> None:
    later = column.assign({name: column[name].expand_dims(realisation=[0, 1]) for name in ("regime", "status", "amplitude")})
    later["power"] = xr.DataArray(np.ones(4), dims="region", attrs={"role": "feature", "kind": "real"})
    assert later["regime"].dims == ("realisation", "B", "p")
    assert later.ictus.shares("realisation").shape == (2, len(column.ictus.names))
    assert len(later.ictus.boundary()) == 2 * len(column.ictus.boundary())
    table = later.ictus.table()
    assert table.index.names == ["realisation", "B", "p", "region"]
    assert len(table) == 2 * 3 * 27 * 4
    later.ictus.plot(realisation=1)


def test_colours_are_those_of_the_program(tmp_path: Path) -> None:
    folder = tmp_path
    data = ictus.run(many(9, 10), output=folder / "run")
    colours = data.ictus.colours
    assert len(set(colours.values())) == len(data.ictus.names) > 19
    subprocess.run([ictus.binary(), "plot", folder / "run", "-o", folder / "map.svg"], check=True, capture_output=True)
    svg = (folder / "map.svg").read_text()
    # A swatch of the legend, then its name.
    drawn = re.findall(r'<rect [^>]*width="32" height="26"[^>]*fill="(#\w+)"[^>]*/>\n<text [^>]*>\n(\w+ \d+)\n', svg)
    assert len(drawn) == 19
    assert {name.replace(" ", "_"): colour.lower() for colour, name in drawn} == {
        name: colour for name, colour in colours.items() if name.startswith(("seizure", "quiet"))
    }


@pytest.mark.parametrize("seizing", [0, 30, 60])
def test_sixty_regimes_have_sixty_colours(seizing: int) -> None:
    colours = regime_colours([f"r{n}" for n in range(60)], [n < seizing for n in range(60)])
    assert len(set(colours.values())) == 60


def test_units_are_known_to_pint(column: xr.Dataset) -> None:
    quantities = column.ictus.quantify()
    assert quantities["amplitude"].pint.units == "millivolt"
    volts = quantities["amplitude"].pint.to("V").pint.magnitude
    np.testing.assert_allclose(volts, column["amplitude"] / 1000)
    assert quantities["frequency"].pint.to("1/s").pint.units == "1 / second"
    assert quantities["regime"].dtype == np.int8


def test_the_units_of_all_models_are_known_to_pint() -> None:

    for name in ictus.models().index:
        text = subprocess.run([ictus.binary(), "models", name], check=True, capture_output=True, text=True).stdout
        for unit in re.findall(r"^#: \[([^\]]*)\]", text, flags=re.MULTILINE):
            units.Unit(unit)
