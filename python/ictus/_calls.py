"""The verbs of the program as functions. Knows nothing of what maps mean."""

from __future__ import annotations

import io
import json
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from . import _map
from ._binary import call
from ._progress import Progress
from ._study import Study, assignments, document_of, is_text, scratch, write, written

__all__ = ["Point", "check", "design", "models", "point", "run", "sense", "table", "trace"]


@dataclass(frozen=True)
class Point:
    """What was measured at one point."""

    #: The parameters that the study varies, and where they stand; a named initial state is a text.
    at: dict[str, float | str]
    #: The name of the regime.
    regime: str
    #: Whether that is a seizure.
    seizing: bool
    #: How the measurement ended: `ok`, `diverged`, `singular`, ..
    status: str
    #: The features by name, in the units that the map has; NaN where undefined.
    features: dict[str, float | bool]
    #: Why the point is called so.
    reason: str

    def __getitem__(self, name: str) -> float | bool:
        return self.features[name]


def run(
    study: Study,
    *,
    output: str | os.PathLike[str] | None = None,
    set: Mapping[str, Any] | None = None,
    threads: int | None = None,
    fresh: bool = False,
    join: bool = False,
    time_limit: str | None = None,
    progress: bool | Callable[[dict[str, Any]], None] = True,
) -> xr.Dataset:
    """Measures every point of a study that its folder does not hold yet, and opens the map.

    Parameters
    ----------
    study
        The path of a study or map, a study's text, or the same as a mapping. Files that a text or a mapping names are looked for
        in the working directory.
    output
        The folder of the run; without it the study's `[output] directory`, else `runs/` and the name of the study's file. A
        text or a mapping has no such name and needs one of the two.
    set
        Keys of the study that have another value, as `{"space.axes.p.n": 64}`.
    threads
        How many threads compute; one a physical core if not given.
    fresh
        Start anew; an older run in the folder is kept aside.
    join
        Share the folder with other processes that do so.
    time_limit
        Stop before so much time has passed, as `"30 min"`.
    progress
        Whether a bar is shown where the run takes longer than a second, or a function that gets what `ictus status --json` says
        a few times a second.

    Returns
    -------
    The map, as `ictus.open` gives it.

    Raises
    ------
    StudyError
        When the study is wrong; the messages say where and what to do.
    Stopped
        When the run ended at its time limit or by a signal. The same call resumes it.
    KeyboardInterrupt
        When it was interrupted. What is finished is kept; the same call resumes it.
    """
    with written(study) as own:
        folder = Path(output) if output is not None else _directory(study, set or {})
        arguments = ["run", own.argument, *assignments(set), "--json"]
        if folder is not None:
            folder = folder.absolute()
            arguments += ["--output", str(folder)]
        if threads is not None:
            arguments += ["--threads", str(threads)]
        if time_limit is not None:
            arguments += ["--time-limit", time_limit]
        arguments += ["--fresh"] * fresh + ["--join"] * join
        follower = Progress(folder, progress) if folder is not None and progress is not False else None
        is_whole = False
        try:
            report = json.loads(call(arguments, folder=own.folder, watch=follower, may_fail_in_part=True))
            is_whole = True
        finally:
            if follower is not None:
                follower.close(is_whole)
    if report.get("map") is None:
        raise ValueError("another process of --join writes the map; open it when that has ended")
    return _map.open(report["map"])


def _directory(study: Study, overrides: Mapping[str, Any]) -> Path | None:
    """Where a run is kept that is not told where; `None` where only the program knows."""
    stem = None if isinstance(study, Mapping) or is_text(study) else Path(study).stem
    directory = overrides.get("output.directory")
    if directory is None:
        try:
            directory = document_of(study).get("output", {}).get("directory")
        except (OSError, ValueError, AttributeError):
            # The program says what is wrong with a study; a map or the name of a model is read by it alone.
            if stem is not None:
                return None
    if directory is None and stem is None:
        raise ValueError("where should the run be kept? Give output=FOLDER, or `directory` under [output] of the study")
    return Path(directory) if directory is not None else Path("runs", str(stem))


def point(study: Study, *, set: Mapping[str, Any] | None = None, at: Mapping[str, Any] | None = None, **values: Any) -> Point:
    """Measures one point: `point("study.toml", p=120, start="rest")`.

    Names are parameters, `start`, or initial values, which need `at={"init.y0": 1}`. Axes that are not named stand at their middle.

    Raises
    ------
    StudyError
        When the study is wrong, or the model has no such parameter.
    """
    with written(study) as own:
        arguments = ["point", own.argument, *_at({**(at or {}), **values}), *assignments(set), "--json"]
        report = json.loads(call(arguments, folder=own.folder))
    return Point(
        at={name: _number(value) for name, value in report["point"].items()},
        regime=report["regime"],
        seizing=report["seizing"],
        status=report["status"],
        features={name: math.nan if value is None else value for name, value in report["features"].items()},
        reason=report["reason"],
    )


def trace(study: Study, *, set: Mapping[str, Any] | None = None, at: Mapping[str, Any] | None = None, **values: Any) -> xr.Dataset:
    """The signal of one point over `time`, transient and window, in memory; the point as in `point`.

    The signal is the variable that has the model's name for it, as `eeg`.

    Raises
    ------
    StudyError
        As in `point`.
    """
    with written(study) as own, scratch() as folder:
        file = folder / "trace.nc"
        call(["point", own.argument, *_at({**(at or {}), **values}), *assignments(set), "--trace", str(file)], folder=own.folder)
        return xr.load_dataset(file, decode_times=False).isel(point=0)


def table(
    study: Study,
    points: pd.DataFrame,
    *,
    set: Mapping[str, Any] | None = None,
    threads: int | None = None,
) -> pd.DataFrame:
    """Measures the points of a table, and returns what was measured in the same order with the same index.

    The study says model, times, features and rules; its axes or distributions say only which parameters vary: `points` needs a
    column for each of them, and may have more, which then need not stand in the study. A column `start` holds names of states.
    Nothing is kept on disk. Points that `where` of the study leaves out have the regime `excluded`.

    Parameters
    ----------
    study
        As in `run`; of paths only that of a study.
    points
        A row a point, a column a parameter, in the model's units. Every number is finite.
    set, threads
        As in `run`.

    Returns
    -------
    A row for each row of `points`: `regime` and `status` as categories, `seizing`, and the features as in `.ictus.table()`. Where
    starts are drawn from a box or named, each row has one for each start, and `start` is the last level of the index.

    Raises
    ------
    StudyError
        When the study is wrong, a column is not a parameter, or a cell is not a finite number.
    ValueError
        When `points` lacks a parameter that the study varies, or the study goes on from point to point (`continue`).
    """
    if isinstance(study, str) and "/" not in study and "." not in study and not is_text(study) and not Path(study).exists():
        study = call(["models", study, "--study"])
    beside = Path() if isinstance(study, Mapping) or is_text(study) else Path(study).parent
    try:
        document = document_of(study)
    except ValueError:
        check(study)
        raise
    document = _of_points(document, [str(name) for name in points.columns])
    with scratch(64 * 8 * len(points)) as folder:
        write(document, folder, beside)
        # After the study's own files: one of them may have the same name.
        points.to_csv(folder / "points.csv", index=False)
        arguments = ["run", "study.toml", *assignments(set), "--json", "--output", "run"]
        if threads is not None:
            arguments += ["--threads", str(threads)]
        call(arguments, folder=folder)
        with _map.open(folder / "run" / "map.nc") as data:
            data.load()
            inputs = [str(name) for name, own in data.variables.items() if own.attrs.get("role") == "input"]
            measured = data.ictus.table().drop(columns=inputs)
    return _with_index(measured, points.index)


def _of_points(document: dict[str, Any], columns: Sequence[str]) -> dict[str, Any]:
    """A study of the points of `points.csv` beside it, with the rest of another study."""
    space = document.get("space", {})
    varied = [*space.get("axes", {}), *space.get("parameters", {})]
    missing = [name for name in varied if name not in columns]
    if missing:
        raise ValueError(f"the study varies {', '.join(missing)}, of which the points have no column; add one")
    if "continue" in space:
        raise ValueError("the study goes on from point to point (`continue`), and the rows of a table do not; leave it out")
    changed = {key: value for key, value in document.items() if key != "sense"}
    changed["space"] = {"design": "table", "table": "points.csv"} | {key: space[key] for key in ("where",) if key in space}
    changed["output"] = {"allowed_failures": 1.0}
    # A column stands above what the study fixes. Parameters of a network are declared where they have a value, and stay.
    model = changed.get("model")
    if isinstance(model, Mapping) and isinstance(model.get("set"), Mapping):
        changed["model"] = {**model, "set": {name: value for name, value in model["set"].items() if name not in columns}}
    if isinstance(changed.get("initial"), Mapping):
        changed["initial"] = {name: value for name, value in changed["initial"].items() if f"init.{name}" not in columns}
    return changed


def _with_index(measured: pd.DataFrame, index: pd.Index[Any]) -> pd.DataFrame:
    """The rows of a table, numbered by `sample`, under the index of the points."""
    if not isinstance(measured.index, pd.MultiIndex):
        return measured.set_axis(index, axis="index")
    own = measured.index
    at = own.names.index("sample")
    rows = index.take(own.codes[at])
    levels = [rows.get_level_values(level) for level in range(rows.nlevels)]
    others = [own.get_level_values(level) for level in range(own.nlevels) if level != at]
    names = [*index.names, *(name for place, name in enumerate(own.names) if place != at)]
    return measured.set_axis(pd.MultiIndex.from_arrays([*levels, *others], names=names), axis="index")


def sense(
    source: Study | xr.Dataset,
    *,
    table: pd.DataFrame | None = None,
    of: str | Sequence[str] = (),
    at: Mapping[str, Any] | None = None,
    fill: float | None = None,
    pairs: bool = False,
    published: bool = False,
    output: str | os.PathLike[str] | None = None,
) -> pd.DataFrame:
    """Which parameters outcomes depend on: Sobol' indices and their kin, of a finished map or of the runs of a design.

    Parameters
    ----------
    source
        A map's file, the folder of a run, or a dataset that was opened from one; with `table` the study of the design.
    table
        The runs of a design that were measured elsewhere: the columns of `design` and one or more outputs, in any order of rows.
    of
        Outputs: regimes, `seizing`, `regimes` or features; all without it.
    at
        Axes that are held at a value instead of counting as inputs, as `{"start": "rest"}`.
    fill
        What a feature counts as where it is undefined.
    pairs
        The indices of pairs (`S2`) in place of those of single parameters.
    published
        The estimators of the literature, as SALib has them.
    output
        A file `sense.nc` that is kept.

    Returns
    -------
    A row for each `output` and `parameter` (and `parameter_2`), which are the index. `S1`, `ST`, `Shapley` have no unit and are NaN
    where there is no such index; `S1_half` and `ST_half` are half the width of the 95 % interval. `docs/sensitivity.md` and
    `docs/estimators.md` define all columns.

    Raises
    ------
    StudyError
        When the map has no such output or axis.
    """
    if isinstance(source, xr.Dataset):
        if "source" not in source.encoding:
            raise ValueError("the dataset does not say which file it is of; give the path of the map")
        source = str(source.encoding["source"])
    arguments = ["--json"]
    for name in [of] if isinstance(of, str) else of:
        arguments += ["--of", name]
    for place in _at(at or {}):
        arguments += ["--at", place]
    if fill is not None:
        arguments += ["--fill", repr(float(fill))]
    arguments += ["--published"] * published
    rows = 0 if table is None else table.size
    with written(source) as own, scratch(32 * rows) as folder:
        file = Path(output).absolute() if output is not None else folder / "sense.nc"
        if table is not None:
            table.to_csv(folder / "runs.csv", index=False)
            arguments += ["--table", str(folder / "runs.csv")]
        lines = json.loads(call(["sense", own.argument, *arguments, "--output", str(file)], folder=own.folder))
    lines = [line for line in lines if ("parameter_2" in line) == pairs]
    for line in lines:
        line |= {f"at_{name}": _number(value) for name, value in line.pop("at", {}).items()}
    index = ["output", "parameter"] + ["parameter_2"] * pairs
    if not lines:
        return pd.DataFrame(columns=index).set_index(index)
    frame = pd.DataFrame(lines).set_index(index)
    for name in ("S1", "S1_half", "ST", "ST_half", "S2", "S2_half", "Shapley"):
        if name in frame:
            frame[name] = frame[name].astype(float)
    return frame


def design(study: Study, *, set: Mapping[str, Any] | None = None) -> pd.DataFrame:
    """The points of a study's design, without running them: `replicate`, `base_row`, `block`, `swapped` (the group that comes from
    the other sample, empty for none), and the inputs by name, a row a run.

    Raises
    ------
    StudyError
        When the study is wrong or has no design.
    """
    with written(study) as own, scratch() as folder:
        file = folder / "points.csv"
        call(["design", own.argument, *assignments(set), "--output", str(file)], folder=own.folder)
        frame = pd.read_csv(file, dtype=str, keep_default_na=False)
    for name in frame.columns:
        if name in ("replicate", "base_row"):
            frame[name] = frame[name].astype(np.int64)
        elif name not in ("block", "swapped", "start"):
            # By Python's own reading of numbers, which keeps every bit.
            frame[name] = [float(cell) for cell in frame[name]]
    return frame


def check(study: Study, *, set: Mapping[str, Any] | None = None) -> None:
    """Checks a study and its model without running them; what is doubtful is a warning.

    Raises
    ------
    StudyError
        With every mistake, its place and what to do.
    """
    with written(study) as own:
        call(["check", own.argument, *assignments(set)], folder=own.folder)


def models() -> pd.DataFrame:
    """The models that come with the program: `name` (the index) and `title`."""
    return pd.read_json(io.StringIO(call(["models", "--json"]))).set_index("name")


def _at(values: Mapping[str, Any]) -> list[str]:
    return [f"{name}={value if isinstance(value, str) else repr(_plain(value))}" for name, value in values.items()]


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _number(value: Any) -> float | str:
    """A number where a text is one."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return str(value)
