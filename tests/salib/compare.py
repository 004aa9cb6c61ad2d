"""ictus beside SALib and numpy: the same runs through both, the same indices out of both.

Usage: compare.py PROGRAM FOLDER, the program ictus and a folder for what is written. Ends with an error where two numbers differ that
must not. What must be equal follows from the formulas:

- ST (Jansen 1999): mean (a - x)^2 / 2V, V the variance over A and B with the divisor n, in both. Equal to rounding.
- S1 (Saltelli et al. 2010): mean b (x - a) / V. ictus takes the mean over A and B from b, SALib that over all rows; since it stands before
  x - a, the two differ by (mean over A and B - mean over all) mean (x - a) / V, and by nothing else.
- S2: SALib takes BA of the first input of a pair and AB of the second (Saltelli 2002), ictus the mean over both orders. With A and B
  exchanged, and AB and BA, SALib takes the other order: the mean of both calls is equal to rounding.
- Morris' effects, levels = 4: both divide by the part of the range that was moved, 2/3. Equal to rounding.
- PAWN: ten intervals of equally many points in both. In the last one SALib leaves out the largest point; that moves no median here.
- A grid: analysis of variance, exact."""

import itertools
import json
import math
import pathlib
import subprocess
import sys

import numpy
import pandas
import xarray
from SALib.analyze import morris as analyze_morris
from SALib.analyze import pawn as analyze_pawn
from SALib.analyze import sobol as analyze_sobol
from SALib.sample import latin as sample_latin
from SALib.sample import morris as sample_morris
from SALib.sample import sobol as sample_sobol

EQUAL = 1e-10
NAMES = ["x1", "x2", "x3", "x4"]
PROBLEM = {"num_vars": 4, "names": NAMES, "bounds": [[-math.pi, math.pi]] * 4}
HERE = pathlib.Path(__file__).resolve().parent.parent
program, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
# How many numbers were compared, and by how much those differ that must be equal.
compared, largest = 0, 0.0


def ictus(*arguments):
    return subprocess.run([program, "--quiet", *map(str, arguments)], check=True, cwd=folder, capture_output=True, text=True).stdout


def sense(*arguments):
    """Single indices by output and parameter, pairs by output and both parameters."""
    singles, pairs = {}, {}
    for found in json.loads(ictus("sense", *arguments, "--json")):
        if "parameter_2" in found:
            pairs[found["output"], found["parameter"], found["parameter_2"]] = found
        else:
            singles[found["output"], found["parameter"]] = found
    return singles, pairs


def same(what, ours, theirs, tolerance=EQUAL):
    global compared, largest
    difference = float(numpy.max(numpy.abs(numpy.asarray(ours, float) - numpy.asarray(theirs, float))))
    if not difference <= tolerance:
        sys.exit(f"salib: {what}: {ours} by ictus, {theirs} by the other, {difference:.1e} apart, at most {tolerance:.0e} is allowed")
    if tolerance == EQUAL:
        compared += numpy.size(ours)
        largest = max(largest, difference)


def ishigami(x):
    return numpy.sin(x[:, 0]) + 7 * numpy.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * numpy.sin(x[:, 0])


def study(name, space, features='features = ["final"]'):
    """The function of tests/known/ishigami.ode at the points of another design."""
    inputs = "".join(f"{own} = {{ uniform = [{-math.pi!r}, {math.pi!r}] }}\n" for own in NAMES)
    text = (
        f'title = "Ishigami\'s function"\n[model]\nfile = "ishigami.ode"\n[space]\n{space}\n'
        f'{"" if "table" in space else "[space.parameters]" + chr(10) + inputs}'
        f"[time]\ntransient = 0\nwindow = 2\n[observe]\n{features}\n"
    )
    (folder / name).write_text(text)


def in_salib_order(runs, output, names=NAMES):
    """Outputs as SALib wants them: of each base row A, AB of each input, BA of each input, B."""
    keyed = runs.assign(swapped=runs["swapped"].fillna("")).set_index(["replicate", "base_row", "block", "swapped"])[output]
    cells = cells_of(names)
    present = [cell for cell in cells if cell in set(zip(keyed.index.get_level_values(2), keyed.index.get_level_values(3)))]
    table = keyed.unstack(["block", "swapped"])
    return table[present].to_numpy(), present


def cells_of(names):
    return [("A", "")] + [("AB", name) for name in names] + [("BA", name) for name in names] + [("B", "")]


def design_of_ictus(name, space):
    """A design of ictus evaluated in numpy, through SALib and `ictus sense --table`."""
    study("design.toml", space)
    ictus("design", "design.toml", "-o", "design.csv")
    runs = pandas.read_csv(folder / "design.csv")
    runs["y"] = ishigami(runs[NAMES].to_numpy())
    runs["above"] = (runs["y"] > 5).astype(float)
    # In any order: rows are found by what they say.
    runs.sample(frac=1, random_state=1).to_csv(folder / "outputs.csv", index=False)
    saltelli, _ = sense("--table", "outputs.csv", "--s1", "saltelli", "--st", "jansen")
    published, _ = sense("--table", "outputs.csv", "--published")
    _, pairs = sense("--table", "outputs.csv")
    for output in ("y", "above"):
        rows, cells = in_salib_order(runs, output)
        has_second = len(cells) == 2 * len(NAMES) + 2
        theirs = analyze_sobol.analyze(PROBLEM, rows.ravel(), calc_second_order=has_second, num_resamples=2, seed=1)
        a, b = rows[:, 0], rows[:, -1]
        both = numpy.concatenate([a, b])
        for place, parameter in enumerate(NAMES):
            own, x = saltelli[output, parameter], rows[:, 1 + place]
            shift = (both.mean() - rows.mean()) * (x - a).mean() / both.var()
            same(f"{name}, S1 of {output}, {parameter}", own["S1"] + shift, theirs["S1"][place])
            same(f"{name}, ST of {output}, {parameter}", own["ST"], theirs["ST"][place])
            same(f"{name}, published S1", published[output, parameter]["S1"], own["S1"], 0.0)
            same(f"{name}, published ST", published[output, parameter]["ST"], own["ST"], 0.0)
        if name == "one sample" and output == "above":
            own = saltelli[output, "x1"]
            print(
                f"salib: 1 where Ishigami > 5, x1: S1 {own['S1']:.12f} by ictus, {theirs['S1'][0]:.12f} by SALib;"
                f" ST {own['ST']:.12f} and {theirs['ST'][0]:.12f}"
            )
        if has_second:
            turned = rows[:, [cells.index(turn(cell)) for cell in cells]]
            other = analyze_sobol.analyze(PROBLEM, turned.ravel(), num_resamples=2, seed=1)
            for one, two in itertools.combinations(range(len(NAMES)), 2):
                wanted = (theirs["S2"][one, two] + other["S2"][one, two]) / 2
                same(f"{name}, S2 of {output}", pairs[output, NAMES[one], NAMES[two]]["S2"], wanted)


def turn(cell):
    return {"A": ("B", ""), "B": ("A", ""), "AB": ("BA", cell[1]), "BA": ("AB", cell[1])}[cell[0]]


def points_and_groups():
    """Without scrambling both take the same points; a group is swapped as a whole; of runs with one number undefined SALib
    says that nothing has an effect, without a warning."""
    study("plain.toml", 'design = "saltelli"\nbase = 256\nreplicates = 1\nscramble = "none"\nsecond_order = true')
    ictus("design", "plain.toml", "-o", "plain.csv")
    runs = pandas.read_csv(folder / "plain.csv")
    theirs = sample_sobol.sample(PROBLEM, 256, scramble=False)
    for place, parameter in enumerate(NAMES):
        same(f"Sobol' points, {parameter}", in_salib_order(runs, parameter)[0].ravel(), theirs[:, place], 1e-13)

    names = ["both", "x2", "x4"]
    groups = 'groups = { both = ["x1", "x3"] }'
    study("groups.toml", f'design = "saltelli"\nbase = 256\nreplicates = 1\nscramble = "none"\nsecond_order = true\n{groups}')
    ictus("design", "groups.toml", "-o", "groups.csv")
    runs = pandas.read_csv(folder / "groups.csv")
    problem = PROBLEM | {"groups": ["both", "x2", "both", "x4"]}
    theirs = sample_sobol.sample(problem, 256, scramble=False)
    for place, parameter in enumerate(NAMES):
        same(f"points of groups, {parameter}", in_salib_order(runs, parameter, names)[0].ravel(), theirs[:, place], 1e-13)
    runs["y"] = ishigami(runs[NAMES].to_numpy())
    runs.to_csv(folder / "outputs.csv", index=False)
    ours, _ = sense("groups.toml", "--table", "outputs.csv", "--published")
    rows = in_salib_order(runs, "y", names)[0]
    theirs = analyze_sobol.analyze(problem, rows.ravel(), num_resamples=2, seed=1)
    for place, parameter in enumerate(names):
        same(f"ST of {parameter}", ours["y", parameter]["ST"], theirs["ST"][place])
    rows = rows.copy()
    rows[3, 1] = numpy.nan
    theirs = analyze_sobol.analyze(problem, rows.ravel(), num_resamples=2, seed=1)
    if theirs["ST"].any():
        sys.exit("salib: SALib's indices are not 0 where a number is undefined; docs/with_salib.md says that they are")


def designs_of_salib():
    """Points of SALib, run by ictus as a table, and their outputs back in SALib."""
    study("table.toml", 'design = "table"\ntable = "points.csv"')
    for name, points in (
        ("Sobol' points of SALib", sample_sobol.sample(PROBLEM, 256, seed=3)),
        ("a latin hypercube of SALib", sample_latin.sample(PROBLEM, 3000, seed=3)),
    ):
        pandas.DataFrame(points, columns=NAMES).to_csv(folder / "points.csv", index=False)
        ictus("run", "table.toml", "--output", "table", "--fresh")
        with xarray.open_dataset(folder / "table/map.nc") as data:
            for place, parameter in enumerate(NAMES):
                same(f"{name}, the points", data[parameter].values, points[:, place], 0.0)
            y = data["final"].values
        same(f"{name}, the outputs", y, ishigami(points), 1e-12)
        if "latin" in name:
            theirs = analyze_pawn.analyze(PROBLEM, points, y, S=10)["median"]
            ours, _ = sense("table", "--of", "final")
            ours = [ours["final", parameter]["PAWN"] for parameter in NAMES]
            same(f"{name}, PAWN", ours, theirs)
            continue
        # SALib's order says where a row stands.
        cells = cells_of(NAMES)
        runs = pandas.DataFrame(points, columns=NAMES)
        rows = numpy.arange(len(runs))
        runs.insert(0, "replicate", 0)
        runs.insert(1, "base_row", rows // len(cells))
        runs.insert(2, "block", [cells[row % len(cells)][0] for row in rows])
        runs.insert(3, "swapped", [cells[row % len(cells)][1] for row in rows])
        runs["y"] = y
        runs.to_csv(folder / "outputs.csv", index=False)
        ours, _ = sense("--table", "outputs.csv", "--published")
        theirs = analyze_sobol.analyze(PROBLEM, y, num_resamples=2, seed=1)
        table = y.reshape(-1, len(cells))
        both = numpy.concatenate([table[:, 0], table[:, -1]])
        for place, parameter in enumerate(NAMES):
            shift = (both.mean() - y.mean()) * (table[:, 1 + place] - table[:, 0]).mean() / both.var()
            same(f"{name}, S1", ours["y", parameter]["S1"] + shift, theirs["S1"][place])
            same(f"{name}, ST", ours["y", parameter]["ST"], theirs["ST"][place])


def morris():
    """Trajectories of ictus through SALib, and those of SALib through ictus."""
    problem = PROBLEM | {"bounds": [[-2.0, 5.0]] * 4}
    study("trajectories.toml", 'design = "morris"\nbase = 32\nreplicates = 1\nseed = 5')
    text = (folder / "trajectories.toml").read_text().replace(repr(-math.pi), "-2.0").replace(repr(math.pi), "5.0")
    (folder / "trajectories.toml").write_text(text)
    ictus("design", "trajectories.toml", "-o", "trajectories.csv")
    runs = pandas.read_csv(folder / "trajectories.csv")
    runs["y"] = ishigami(runs[NAMES].to_numpy())
    runs.to_csv(folder / "outputs.csv", index=False)
    ours, _ = sense("trajectories.toml", "--table", "outputs.csv")
    # How many inputs differ from the start tells the order.
    start = runs[runs["block"] == "A"].set_index("base_row")[NAMES].loc[runs["base_row"]].to_numpy()
    runs["moved"] = (runs[NAMES].to_numpy() != start).sum(axis=1)
    runs = runs.sort_values(["base_row", "moved"])
    compare_effects("trajectories of ictus", problem, ours, runs[NAMES].to_numpy(), runs["y"].to_numpy())

    points = sample_morris.sample(problem, 32, num_levels=4, seed=4)
    y, rows = ishigami(points), numpy.arange(len(points))
    moves = [""] + [NAMES[int(numpy.argmax(step != 0))] for step in numpy.diff(points, axis=0)]
    runs = pandas.DataFrame(points, columns=NAMES)
    runs.insert(0, "replicate", 0)
    runs.insert(1, "base_row", rows // 5)
    runs.insert(2, "block", numpy.where(rows % 5 == 0, "A", "AB"))
    runs.insert(3, "swapped", ["" if row % 5 == 0 else move for row, move in zip(rows, moves)])
    runs["y"] = y
    runs.to_csv(folder / "outputs.csv", index=False)
    ours, _ = sense("trajectories.toml", "--table", "outputs.csv")
    compare_effects("trajectories of SALib", problem, ours, points, y)


def compare_effects(name, problem, ours, points, y):
    theirs = analyze_morris.analyze(problem, points, y, num_resamples=2, num_levels=4, seed=1)
    for place, parameter in enumerate(NAMES):
        for own in ("mu", "mu_star", "sigma"):
            same(f"{name}, {own}", ours["y", parameter][own], theirs[own][place])


def analysis_of_variance(values):
    """S1, ST, Shapley effects and S2 of a full grid, from the variances of all conditional means."""
    axes = range(values.ndim)
    sets = [frozenset(own) for size in range(values.ndim + 1) for own in itertools.combinations(axes, size)]
    explained = {own: values.mean(axis=tuple(set(axes) - own)).var() if own else 0.0 for own in sets}
    whole = explained[frozenset(axes)]
    first = [explained[frozenset([axis])] / whole for axis in axes]
    total = [1 - explained[frozenset(axes) - {axis}] / whole for axis in axes]
    share = [
        sum(
            (explained[own | {axis}] - explained[own]) / whole / math.comb(values.ndim - 1, len(own)) / values.ndim
            for own in sets
            if axis not in own
        )
        for axis in axes
    ]
    second = {
        (one, two): explained[frozenset([one, two])] / whole - first[one] - first[two]
        for one, two in itertools.combinations(axes, 2)
    }
    return first, total, share, second


def grids():
    """Maps of studies that come with ictus."""
    for name, study, overrides in (
        ("two axes", "two_region_stability", {"time.transient": 20, "time.window": 5, "space.axes.sigma.n": 40, "space.axes.k.n": 30}),
        (
            "four axes",
            "jansen_rit_4d",
            {
                "time.transient": '"1 s"',
                "time.window": '"1 s"',
                "time.step": '"1 ms"',
                "space.axes.A.n": 5,
                "space.axes.C.n": 4,
                "space.axes.B.n": 6,
                "space.axes.p.n": 7,
            },
        ),
    ):
        sets = [word for key, value in overrides.items() for word in ("--set", f"{key}={value}")]
        ictus("run", HERE.parent / f"configs/{study}.toml", *sets, "--output", study, "--fresh")
        ours, pairs = sense(study)
        with xarray.open_dataset(folder / study / "map.nc", decode_timedelta=False) as data:
            regime = data["regime"]
            parameters = list(regime.dims)
            codes = dict(zip(regime.attrs["flag_meanings"].split(), regime.attrs["flag_values"]))
            outputs = {label: (regime.values == code).astype(float) for label, code in codes.items()}
            outputs |= {feature: data[feature].values for feature in ("amplitude", "mean")}
        told = 0
        for output, values in outputs.items():
            if numpy.ptp(values) == 0 or numpy.isnan(values).any():
                continue
            told += 1
            first, total, share, second = analysis_of_variance(values)
            for place, parameter in enumerate(parameters):
                own = ours[output, parameter]
                same(f"{name}, {output} of {parameter}", [own["S1"], own["ST"], own["Shapley"]], [first[place], total[place], share[place]])
            for (one, two), wanted in second.items():
                key = (output, parameters[one], parameters[two])
                same(f"{name}, S2 of {output}", pairs[key]["S2"], wanted)
        # All regimes together: variances of the labels summed.
        labels = [outputs[label] for label in codes if numpy.ptp(outputs[label]) > 0]
        weights = [label.var() for label in labels]
        for place, parameter in enumerate(parameters):
            wanted = numpy.average([analysis_of_variance(label)[0][place] for label in labels], weights=weights)
            same(f"{name}, S1 of all regimes", ours["regimes", parameter]["S1"], wanted)
        print(f"salib: a grid of {name}, {told} outputs: analysis of variance in numpy gives the same")


folder.mkdir(parents=True, exist_ok=True)
(folder / "ishigami.ode").write_text((HERE / "known/ishigami.ode").read_text())
design_of_ictus("one sample", 'design = "saltelli"\nbase = 1024\nreplicates = 1\nscramble = "none"\nsecond_order = true')
design_of_ictus("eight replicates", 'design = "saltelli"\nbase = 512\nreplicates = 8')
design_of_ictus("eight replicates with pairs", 'design = "saltelli"\nbase = 256\nreplicates = 8\nsecond_order = true')
points_and_groups()
designs_of_salib()
morris()
grids()
print(f"salib: {compared} indices and effects are equal, to {largest:.1e}; {EQUAL:.0e} is allowed")
