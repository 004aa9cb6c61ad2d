"""What pictures show: a colour for each regime, labels with units, and errors that say which dimension is left."""

from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from conftest import many
from matplotlib.collections import PathCollection, QuadMesh

import ictus


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    plt.close("all")


def mesh_of(axes: plt.Axes) -> QuadMesh:
    (mesh,) = (child for child in axes.get_children() if isinstance(child, QuadMesh))
    return mesh


def words(axes: plt.Axes) -> list[str]:
    legend = axes.get_legend()
    assert legend is not None
    return [text.get_text() for text in legend.get_texts()]


def test_every_cell_has_the_colour_of_its_regime(column: xr.Dataset) -> None:
    axes = column.ictus.plot()
    axes.figure.canvas.draw()
    drawn = mesh_of(axes).get_facecolor().reshape(3, 27, 4)[..., :3]
    colours = column.ictus.colours
    for b, p in np.ndindex(3, 27):
        colour = colours[str(column.ictus.regimes[b, p].item())]
        assert tuple(round(255 * part) for part in drawn[b, p]) == tuple(bytes.fromhex(colour[1:]))
    assert axes.get_xlabel() == "p: mean firing rate of the input from elsewhere (1/s)"
    assert axes.get_ylabel() == "B: largest inhibitory postsynaptic potential (mV)"
    shares = column.ictus.shares()
    assert words(axes) == [f"{name.replace('_', ' ')}  {100 * share:.1f} %" for name, share in shares.items() if share > 0]


def test_nineteen_regimes_are_drawn_in_nineteen_colours(tmp_path: Path) -> None:
    data = ictus.run(many(9, 10), output=tmp_path / "run")
    axes = data.ictus.plot()
    axes.figure.canvas.draw()
    assert len(np.unique(mesh_of(axes).get_facecolor(), axis=0)) == 19
    assert len(words(axes)) == 19


def test_the_legend_stands_beside_the_map(column: xr.Dataset) -> None:
    axes = column.ictus.plot()
    axes.figure.canvas.draw()
    legend = axes.get_legend()
    assert legend is not None
    box = legend.get_window_extent()
    assert box.x0 >= axes.get_window_extent().x1
    assert box.x1 <= axes.figure.bbox.x1


def test_cells_stand_around_their_values_on_a_logarithmic_axis() -> None:
    regime = xr.DataArray(np.array([[0, 1, 1]], dtype=np.int8), dims=("x", "g"), coords={"x": [1.0], "g": [1.0, 10.0, 100.0]})
    regime.attrs = {"flag_meanings": "rest spikes", "seizing": np.array([0, 1], dtype=np.int8)}
    data = xr.Dataset({"regime": regime})
    data["g"].attrs["scale"] = "log"
    axes = data.expand_dims(y=[0.0, 1.0]).isel(x=0).ictus.plot()
    assert axes.get_xscale() == "log"
    np.testing.assert_allclose(mesh_of(axes).get_coordinates()[0, :, 0], 10.0 ** np.array([-0.5, 0.5, 1.5, 2.5]))


def test_features_have_a_bar_with_their_unit(column: xr.Dataset) -> None:
    axes = column.ictus.plot(feature="amplitude", x="B", y="p")
    assert axes.get_xlabel().startswith("B:")
    bar = axes.figure.axes[-1]
    assert bar.get_ylabel().replace("\n", " ") == "amplitude: largest minus smallest value in the window (mV)"
    # A feature that is undefined is a gap and no number.
    axes = column.ictus.plot(feature="frequency")
    assert int(np.ma.getmaskarray(mesh_of(axes).get_array()).sum()) == int(column["frequency"].isnull().sum()) > 0
    assert words(column.ictus.plot(feature="settled"))[-1].startswith("yes")


def test_one_dimension_is_a_strip_or_a_line(column: xr.Dataset, from_two_states: xr.Dataset) -> None:
    axes = column.ictus.plot(B=22.3)
    assert axes.get_title() == "B = 22 mV"
    assert mesh_of(axes).get_coordinates().shape == (2, 28, 2)
    part = column.ictus.plot(p=slice(100, 200))
    assert mesh_of(part).get_coordinates().shape == (4, 12, 2)
    axes = from_two_states.ictus.plot(feature="amplitude", start="excited")
    assert axes.get_title() == "start = excited"
    assert axes.get_ylabel().endswith("(mV)")
    (points,) = (child for child in axes.get_children() if isinstance(child, PathCollection))
    assert len(points.get_offsets()) == 27
    # Names are an axis of their own.
    axes = from_two_states.ictus.plot()
    assert [label.get_text() for label in axes.get_yticklabels()] == ["rest", "excited"]


def test_a_frame_that_is_given_is_used(column: xr.Dataset) -> None:
    figure, (left, right) = plt.subplots(1, 2)
    assert column.ictus.plot(left, legend=False) is left
    assert left.get_legend() is None
    assert column.ictus.plot(ax=right, feature="amplitude").figure is figure


def test_what_cannot_be_drawn_is_told(column: xr.Dataset) -> None:
    three = column.expand_dims(start=["rest", "excited"])
    with pytest.raises(ValueError, match=r"start, B, p, which is more than can be drawn.*plot\(start='rest'\)"):
        three.ictus.plot()
    with pytest.raises(ValueError, match=r"more than can be drawn.*plot\(B=20\)"):
        three.ictus.plot(x="p", y="start")
    with pytest.raises(ValueError, match="no variable power; features are minimum, maximum"):
        column.ictus.plot(feature="power")
    with pytest.raises(ValueError, match="no dimension C; there are B, p"):
        column.ictus.plot(C=1)
    with pytest.raises(ValueError, match="start has no value burst; there are rest, excited"):
        three.ictus.plot(start="burst")
    with pytest.raises(ValueError, match="a single point"):
        column.ictus.plot(B=22, p=100)
    with pytest.raises(ValueError, match="dimensions B, p here, and not q"):
        column.ictus.plot(x="q")


def test_runs_of_a_design_are_points_over_two_inputs(tmp_path: Path) -> None:
    study = {
        "model": {"name": "two_region"},
        "space": {
            "design": "sobol",
            "base": 64,
            "replicates": 1,
            "parameters": {"b": {"uniform": [0, 1.5]}, "sigma": {"uniform": [0, 2]}},
        },
        "stability": {"only": True},
    }
    data = ictus.run(study, output=tmp_path / "run")
    with pytest.raises(ValueError, match="runs of a design are drawn over two inputs, x and y, of b, sigma"):
        data.ictus.plot()
    axes = data.ictus.plot(x="b", y="sigma")
    (points,) = (child for child in axes.get_children() if isinstance(child, PathCollection))
    np.testing.assert_array_equal(np.asarray(points.get_offsets())[:, 0], data["b"])
