"""Runs, points and tables through the program: the same numbers, errors with their places, interrupts that resume."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tomli_w
import xarray as xr
from conftest import COLUMN, CONFIGS, PAIR
from SALib.analyze import sobol as analysis
from SALib.sample import sobol as sampler

import ictus

SHORT = {"time.transient": "1 s", "time.window": "1 s"}


def shuffled(data: xr.Dataset) -> pd.DataFrame:
    """All points of a map in another order, under an index of words."""
    points = data["amplitude"].to_dataframe().reset_index()[list(data["amplitude"].dims)]
    points = points.sample(frac=1.0, random_state=1)
    return points.set_axis([f"point {n}" for n in range(len(points))], axis="index")


def test_a_point_has_the_numbers_of_the_map(column: xr.Dataset) -> None:
    point = ictus.point(COLUMN, p=130, B=22)
    place = column.sel(p=130, B=22)
    assert point.regime == str(place.ictus.regimes.item()) == "spike_wave"
    assert point.seizing
    assert point.status == "ok"
    assert point.at == {"B": 22.0, "p": 130.0}
    assert point["amplitude"] == float(place["amplitude"])
    assert point["frequency"] == float(place["frequency"])
    assert "spike_wave" in point.reason
    # What is undefined is NaN, as in the map.
    assert np.isnan(ictus.point(COLUMN, p=80, B=22)["frequency"])
    assert np.isnan(float(column["frequency"].sel(p=80, B=22)))


def test_numbers_of_numpy_and_states_are_points(column: xr.Dataset) -> None:
    study = {**COLUMN, "initial": {"states": ["rest", "excited"]}}
    point = ictus.point(study, p=np.float64(130), at={"B": np.int64(22), "start": "rest"})
    assert point.at == {"B": 22.0, "p": 130.0, "start": "rest"}
    assert point["amplitude"] == float(column["amplitude"].sel(p=130, B=22))


def test_a_trace_spans_transient_and_window() -> None:
    signal_of = ictus.trace(COLUMN, p=130, B=22)
    assert signal_of["eeg"].dims == ("time",)
    assert float(signal_of["time"][-1]) == pytest.approx(6.0, abs=0.01)
    # In the window as in the features.
    window = signal_of["eeg"].sel(time=slice(4, None))
    assert float(window.max()) == pytest.approx(float(ictus.point(COLUMN, p=130, B=22)["maximum"]), abs=1e-3)


def test_a_table_gives_the_rows_of_the_map_in_the_order_of_the_frame(column: xr.Dataset) -> None:
    points = shuffled(column)
    told = ictus.table(COLUMN, points)
    assert told.index.equals(points.index)
    rows = pd.MultiIndex.from_frame(points[["B", "p"]])
    expected = column.ictus.table().loc[rows].set_axis(points.index, axis="index")
    pd.testing.assert_frame_equal(told, expected, check_exact=True)


@pytest.mark.parametrize("form", ["path", "text", "mapping", "axes", "name"])
def test_a_study_may_be_a_path_a_text_or_a_mapping(form: str, tmp_path: Path) -> None:
    fixed = {"model": {"name": "jansen_rit", "set": {"A": 3.0}}, **{key: COLUMN[key] for key in ("time", "observe")}}
    text = tomli_w.dumps(fixed)
    (tmp_path / "study.toml").write_text(text)
    study: Any = {
        "path": tmp_path / "study.toml",
        "text": text,
        "mapping": fixed,
        # What varies in the study, and what is fixed there, come from the table where that has them.
        "axes": {**fixed, "space": {"axes": {"p": {"values": [1, 2]}}, "where": "p > 100"}},
        "name": "jansen_rit",
    }[form]
    points = pd.DataFrame({"A": [3.25, 3.5], "p": [130.0, 220.0], "B": [22.0, 22.0]}, index=[7, 3])
    told = ictus.table(study, points, set=None if form != "name" else {"time.transient": "4 s", "time.window": "2 s"})
    assert list(told.index) == [7, 3]
    assert list(told["regime"]) == ["spike_wave", "alpha"]


def test_starts_of_a_table_are_names(column: xr.Dataset) -> None:
    study = {**COLUMN, "initial": {"states": ["rest", "excited"]}}
    points = pd.DataFrame({"start": ["excited", "rest"], "p": 100.0, "B": 22.0})
    told = ictus.table(study, points)
    # Grimbert & Faugeras 2006: from 89.829 to 113.586 alpha and a fixed point are both stable.
    assert list(told["regime"]) == ["alpha", "fixed_point"]
    several = ictus.table(study, points[["p", "B"]].set_axis(["a", "b"], axis="index").rename_axis("who"))
    assert several.index.names == ["who", "start"]
    assert several.loc[("b", "excited"), "amplitude"] == told.loc[0, "amplitude"]
    assert several.loc[("a", "rest"), "amplitude"] == float(column["amplitude"].sel(p=100, B=22))


def test_files_of_a_study_go_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "models").mkdir()
    shutil.copyfile(CONFIGS.parent / "models" / "two_region.ode", tmp_path / "models" / "mine.ode")
    # A table of the study's own, which is not the one that is measured.
    (tmp_path / "points.csv").write_text("k,sigma\n0,0\n")
    study = {"model": {"file": "models/mine.ode"}, "stability": {"only": True}}
    (tmp_path / "study.toml").write_text(tomli_w.dumps({**study, "space": {"design": "table", "table": "points.csv"}}))
    points = pd.DataFrame({"k": [0.5, 1.5], "sigma": [0.5, 0.5]})
    expected = ictus.table(PAIR, points)
    pd.testing.assert_frame_equal(ictus.table(tmp_path / "study.toml", points), expected)
    monkeypatch.chdir(tmp_path)
    pd.testing.assert_frame_equal(ictus.table(study, points), expected)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["models", "points.csv", "study.toml"]


def test_parameters_of_a_network_vary_as_others(tmp_path: Path) -> None:
    study = CONFIGS / "fagerholm_fib90.toml"
    data = ictus.run(study, set={"space.axes.sigma.n": 3, "space.axes.a.n": 2}, output=tmp_path / "run")
    points = shuffled(data.rename(max_re="amplitude"))
    told = ictus.table(study, points)
    rows = pd.MultiIndex.from_frame(points[["sigma", "a"]])
    expected = data.ictus.table().loc[rows].set_axis(points.index, axis="index")
    pd.testing.assert_frame_equal(told, expected, check_exact=True)


def test_salib_asks_and_ictus_tells() -> None:
    # Of uniform k in [0, 1.5] and sigma in [0, 2], with stability where k < 1 and sigma < (1 + k)/2: S1 = 5/27 and 37/81,
    # ST = 44/81 and 22/27 (docs/sensitivity.md).
    problem = {"num_vars": 2, "names": ["k", "sigma"], "bounds": [[0, 1.5], [0, 2]]}
    asked = pd.DataFrame(sampler.sample(problem, 2048, calc_second_order=False, seed=1), columns=problem["names"])
    told = ictus.table({"model": {"name": "two_region"}, "stability": {"only": True}}, asked)
    assert len(told) == len(asked) == 2048 * 4
    stable = (told["regime"] == "stable_node").to_numpy(dtype=float)
    indices = analysis.analyze(problem, stable, calc_second_order=False, seed=1)
    np.testing.assert_allclose(indices["S1"], [5 / 27, 37 / 81], atol=0.03)
    np.testing.assert_allclose(indices["ST"], [44 / 81, 22 / 27], atol=0.03)


@pytest.mark.parametrize(
    ("points", "error", "said"),
    [
        ({"p": [1.0]}, ValueError, "varies B, of which the points have no column"),
        ({"p": [1.0], "B": [float("nan")]}, ictus.StudyError, "B"),
        ({"p": [1.0], "B": [1.0], "Q": [1.0]}, ictus.StudyError, "Q"),
    ],
)
def test_what_is_wrong_with_a_table_is_told(points: dict[str, list[float]], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        ictus.table(COLUMN, pd.DataFrame(points))


def test_points_of_a_chain_are_refused() -> None:
    space: Any = COLUMN["space"]
    with pytest.raises(ValueError, match="goes on from point to point"):
        ictus.table({**COLUMN, "space": {**space, "continue": "p"}}, pd.DataFrame({"p": [1.0], "B": 1.0}))


def test_errors_carry_the_messages_of_the_program_with_their_places(tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text('[model]\nname = "jansen_ritt"\n\n[time]\nmethod = "rk4"\nstep = "1 ms"\nwindow = "1 s"\n')
    for call in (lambda: ictus.run(file), lambda: ictus.point(file), lambda: ictus.check(file), lambda: ictus.design(file)):
        with pytest.raises(ictus.StudyError) as caught:
            call()
        first, second = caught.value.messages
        assert first.summary == "there is no model `jansen_ritt`"
        assert (first.file, first.line, first.column) == (str(file), 2, 8)
        assert first.remedy == "did you mean `jansen_rit`?"
        assert (second.summary, second.line) == ("[time] needs `transient`", 4)
        assert caught.value.returncode == 2
        assert "^^^" in str(caught.value)


def test_errors_of_a_mapping_and_of_a_text_have_places_too() -> None:
    with pytest.raises(ictus.StudyError) as caught:
        ictus.table({**COLUMN, "observe": {"features": ["extreme"]}}, pd.DataFrame({"p": [1.0], "B": 1.0}))
    assert caught.value.messages[0].file == "study.toml"
    with pytest.raises(ictus.StudyError) as caught:
        ictus.table('model = { name = "jansen_rit" \n', pd.DataFrame({"p": [1.0]}))
    assert caught.value.messages[0].line == 1
    with pytest.raises(ictus.StudyError, match=r"nowhere\.toml cannot be read"):
        ictus.point("nowhere.toml")
    with pytest.raises(ictus.StudyError, match="no parameter `q`"):
        ictus.point(COLUMN, q=1)


def test_too_many_failures_are_a_warning_and_still_a_map(tmp_path: Path) -> None:
    # Beyond the bound every point diverges.
    with pytest.warns(ictus.FailuresWarning):
        data = ictus.run(COLUMN, set={**SHORT, "time.bound": 1e-6}, output=tmp_path / "run")
    assert (data.ictus.regimes == "diverged").all()


def test_a_run_that_is_told_where_keeps_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="where should the run be kept"):
        ictus.run(PAIR)
    inside = ictus.run({**PAIR, "output": {"directory": "runs/inside"}})
    assert Path(inside.encoding["source"]) == tmp_path / "runs/inside/map.nc"
    (tmp_path / "named.toml").write_text(tomli_w.dumps(PAIR))
    ictus.run("named.toml")
    ictus.run("named.toml", set={"output.directory": "runs/other"})
    assert sorted(folder.name for folder in (tmp_path / "runs").iterdir()) == ["inside", "named", "other"]
    # A map is a study as well.
    again = ictus.run("runs/named/map.nc", output="runs/again")
    xr.testing.assert_equal(again, inside)


def test_a_run_stops_at_its_time_limit_and_goes_on(tmp_path: Path) -> None:
    study = {**COLUMN, "time": {**dict(COLUMN["time"]), "window": "400 s"}}  # type: ignore[call-overload]
    with pytest.raises(ictus.Stopped) as caught:
        ictus.run(study, output=tmp_path / "run", time_limit="1 s", threads=1)
    assert caught.value.returncode == 75


INTERRUPTED = """
import sys, ictus
try:
    ictus.run(sys.argv[1], output=sys.argv[2], threads=1, progress=lambda status: print(status["done"], flush=True))
except KeyboardInterrupt as interruption:
    print("interrupted:", *interruption.__notes__)
    sys.exit(130)
"""


def test_an_interrupted_run_keeps_what_it_has_and_resumes(tmp_path: Path) -> None:
    study = {**COLUMN, "time": {**dict(COLUMN["time"]), "window": "40 s"}}  # type: ignore[call-overload]
    study["space"] = {"axes": {"p": {"from": 80, "to": 340, "n": 2000}}}
    (tmp_path / "study.toml").write_text(tomli_w.dumps(study))
    command = [sys.executable, "-c", INTERRUPTED, str(tmp_path / "study.toml"), str(tmp_path / "run")]
    # As in a terminal, the interrupt goes to the whole group.
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as caller:
        assert caller.stdout is not None
        for line in caller.stdout:
            if int(line) > 0:
                break
        os.killpg(caller.pid, signal.SIGINT)
        said = caller.stdout.read()
    assert caller.returncode == 130
    assert "interrupted: stopped by a signal" in said
    status = subprocess.run([ictus.binary(), "status", tmp_path / "run", "--json"], check=True, capture_output=True, text=True)
    assert '"state":"stopped"' in status.stdout
    data = ictus.run(tmp_path / "study.toml", output=tmp_path / "run")
    assert int(data.attrs["points_taken_from_journals"]) > 0
    assert int(data.attrs["points_taken_from_journals"]) + int(data.attrs["points_computed"]) == 2000


def test_an_interrupt_of_a_cell_stops_the_program(tmp_path: Path) -> None:
    # Jupyter interrupts the main thread of the kernel by SIGINT to it.
    study = {**COLUMN, "time": {**dict(COLUMN["time"]), "window": "400 s"}}  # type: ignore[call-overload]
    seen = threading.Event()

    def interrupt() -> None:
        seen.wait(60)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        ictus.run(study, output=tmp_path / "run", threads=1, progress=lambda _: seen.set())
    thread.join()
    assert time.monotonic() - began < 60
    status = subprocess.run([ictus.binary(), "status", tmp_path / "run", "--json"], check=True, capture_output=True, text=True)
    assert '"state":"stopped"' in status.stdout


@pytest.mark.parametrize("has_tqdm", [True, False])
def test_progress_is_shown_and_stays_out_of_the_way(
    has_tqdm: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ictus._progress._BEFORE_THE_FIRST", 0.0)
    if not has_tqdm:
        monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    study = {**COLUMN, "time": {**dict(COLUMN["time"]), "window": "200 s"}}  # type: ignore[call-overload]
    ictus.run(study, output=tmp_path / "run", threads=1)
    said = capsys.readouterr().err
    assert ("81/81" if has_tqdm else "81 of 81 points") in said
    ictus.run(study, output=tmp_path / "run", progress=False)
    assert capsys.readouterr().err == ""


def test_indices_of_a_map_are_those_of_the_closed_form(pair: xr.Dataset) -> None:
    # As above; the grid's cells of 1.5/60 and 2/80 leave less than 0.01.
    told = ictus.sense(pair, of="stable_node").loc["stable_node"]
    np.testing.assert_allclose(told.loc[["k", "sigma"], "S1"], [5 / 27, 37 / 81], atol=0.01)
    np.testing.assert_allclose(told.loc[["k", "sigma"], "ST"], [44 / 81, 22 / 27], atol=0.01)
    both = ictus.sense(pair, of="stable_node", pairs=True)
    assert list(both.index) == [("stable_node", "k", "sigma")] or list(both.index) == [("stable_node", "sigma", "k")]
    # Of two parameters the parts sum to the whole.
    assert told["S1"].sum() + both["S2"].sum() == pytest.approx(1.0, abs=1e-9)
    with pytest.raises(ictus.StudyError, match="no output"):
        ictus.sense(pair, of="nonsense")


def test_runs_that_were_measured_elsewhere_have_indices() -> None:
    # Of y = 3 x1 + x2 with uniform inputs the variances are as 9 to 1.
    study = {
        "model": {"name": "two_region"},
        "space": {
            "design": "saltelli",
            "base": 256,
            "parameters": {"k": {"uniform": [0, 1]}, "sigma": {"uniform": [0, 1]}},
        },
        "stability": {"only": True},
    }
    runs = ictus.design(study)
    runs["y"] = 3 * runs["k"] + runs["sigma"]
    told = ictus.sense(study, table=runs.sample(frac=1, random_state=1))
    np.testing.assert_allclose(told.loc["y"].loc[["k", "sigma"], "ST"], [0.9, 0.1], atol=0.02)
    assert (abs(told.loc["y"].loc[["k", "sigma"], "S1"] - [0.9, 0.1]) < 0.05).all()


def test_an_axis_is_held_at_a_value(from_two_states: xr.Dataset) -> None:
    told = ictus.sense(from_two_states, of="seizing", at={"start": "rest"})
    # What could not be told is counted in three ways.
    assert told.index[0] == ("seizing", "p")
    assert {output for output, _ in told.index} == {
        "seizing",
        "seizing_unknown_as_1",
        "seizing_unknown_left_out",
    }
    assert set(told["at_start"]) == {"rest"}


def test_a_design_is_written_down_and_told(tmp_path: Path) -> None:
    study = {
        "model": {"name": "two_region"},
        "space": {
            "design": "saltelli",
            "base": 16,
            "replicates": 2,
            "parameters": {"b": {"uniform": [0, 1.5]}, "sigma": {"uniform": [0, 2]}},
        },
        "stability": {"only": True},
    }
    design = ictus.design(study)
    # N (g + 2) R rows, docs/designs.md.
    assert len(design) == 16 * 4 * 2
    assert list(design.columns) == ["replicate", "base_row", "block", "swapped", "b", "sigma"]
    assert set(design["swapped"]) == {"", "b", "sigma"}
    data = ictus.run(study, output=tmp_path / "run")
    told = ictus.table(study, design[["b", "sigma"]])
    by_run = data.ictus.table().set_index(["b", "sigma"]).sort_index()
    by_table = pd.concat([design[["b", "sigma"]], told], axis=1).set_index(["b", "sigma"]).sort_index()
    assert by_run["regime"].tolist() == by_table["regime"].tolist()


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    real = ictus.binary()
    monkeypatch.delenv("ICTUS_BINARY", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sysconfig.get_path", lambda *_: str(tmp_path / "scripts"))
    yield real


def test_the_program_is_found(nothing_installed: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(ictus.BinaryNotFound, match="set ICTUS_BINARY"):
        ictus.models()
    (tmp_path / "ictus").symlink_to(nothing_installed)
    assert ictus.binary() == tmp_path / "ictus"
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "ictus").symlink_to(nothing_installed)
    assert ictus.binary() == tmp_path / "scripts" / "ictus"
    monkeypatch.setenv("ICTUS_BINARY", str(nothing_installed))
    assert ictus.binary() == nothing_installed
    assert "jansen_rit" in ictus.models().index
    monkeypatch.setenv("ICTUS_BINARY", str(tmp_path / "nowhere"))
    with pytest.raises(ictus.BinaryNotFound, match="nowhere, which is not a program"):
        ictus.models()
