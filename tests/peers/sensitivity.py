"""Indices of the same runs by ictus, OpenTURNS, SALib and numpy, and how long each takes; writes what tests/peers/sensitivity.R
compares with the R package `sensitivity`.

Usage: sensitivity.py PROGRAM FOLDER, the program ictus and the folder it is to run in. The function is Ishigami's (1990), and 1 where it is
above 5; tests/known/ishigami.toml is the study. With a, b, x the output in A, B and AB of one row, V the variance over A and B together:

- Martinez: correlations. Equal to rounding.
- Jansen: OpenTURNS (and R) divide sums of squares by 2n - 1 and by the variance over A alone with the divisor n - 1.
- Mauntz & Kucherenko: their S1 is Saltelli's (2010) with the same variance, and the mean over all rows taken from b.
- Saltelli in OpenTURNS is the older formula of 2002, which ictus does not have: near, not equal.

Where a formula differs by a divisor or a mean, the number is computed over and must then be equal. Time is told, not judged: by the
processor's clock, of numbers in memory for OpenTURNS, SALib and numpy, of files for ictus."""

import json
import os
import pathlib
import resource
import subprocess
import sys
import time

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy
import openturns
import pandas
import xarray
from SALib.analyze import sobol as analyze_sobol

EQUAL, NEAR = 1e-10, 0.03
NAMES = ["x1", "x2", "x3", "x4"]
KNOWN = pathlib.Path(__file__).resolve().parent.parent / "known"
program, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
folder.mkdir(parents=True, exist_ok=True)
agrees = True


def ictus(*arguments):
    return subprocess.run([program, "--quiet", *map(str, arguments)], check=True, cwd=folder, capture_output=True, text=True).stdout


def sense(*arguments):
    found = [own for own in json.loads(ictus("sense", *arguments, "--json")) if "parameter_2" not in own]
    return {(own["output"], own["parameter"]): own for own in found}


def same(what, ours, theirs, tolerance=EQUAL):
    global agrees
    difference = float(numpy.max(numpy.abs(numpy.asarray(ours) - numpy.asarray(theirs))))
    if not difference <= tolerance:
        agrees = False
    print(f"{what:46} largest difference {difference:.1e}, at most {tolerance:.0e} is allowed")


def ishigami(x):
    return numpy.sin(x[:, 0]) + 7 * numpy.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * numpy.sin(x[:, 0])


def blocks(runs, column, names):
    """Values by block: A, B, then AB of each input."""
    keyed = runs.assign(swapped=runs["swapped"].fillna("")).sort_values(["replicate", "base_row"])
    part = lambda block, swapped: keyed[(keyed["block"] == block) & (keyed["swapped"] == swapped)][column].to_numpy()
    return [part("A", ""), part("B", "")] + [part("AB", name) for name in names]


def of_openturns(name, points, values, size):
    made = getattr(openturns, f"{name}SensitivityAlgorithm")(openturns.Sample(points), openturns.Sample(values[:, None]), size)
    return numpy.array(made.getFirstOrderIndices()), numpy.array(made.getTotalOrderIndices())


def compare():
    study = KNOWN / "ishigami.toml"
    ictus("design", study, "--set", "space.base=1024", "--set", "space.second_order=false", "-o", "design.csv")
    runs = pandas.read_csv(folder / "design.csv")
    runs["y"] = ishigami(runs[NAMES].to_numpy())
    runs["above"] = (runs["y"] > 5).astype(float)
    runs.to_csv(folder / "outputs.csv", index=False)
    size = int((runs["block"] == "A").sum())
    # In the order of OpenTURNS and R: A, B, AB of each input, over the rows of all replicates.
    points = numpy.column_stack([numpy.concatenate(blocks(runs, name, NAMES)) for name in NAMES])
    kinds = {"martinez": "martinez", "jansen": "jansen", "saltelli": "jansen"}
    found = {first: sense("--table", "outputs.csv", "--s1", first, "--st", total) for first, total in kinds.items()}
    written = []
    for output in ("y", "above"):
        parts = blocks(runs, output, NAMES)
        a, b = parts[:2]
        values, both = numpy.concatenate(parts), numpy.concatenate(parts[:2])
        index = lambda kind, name: numpy.array([found[kind][output, parameter][name] for parameter in NAMES])
        # From V with the divisor 2n over A and B to the variance with n - 1 over A alone.
        scale = both.var() / a.var(ddof=1)
        moved = numpy.array([(x - a).mean() for x in parts[2:]])
        pooled = 2 * size / (2 * size - 1)
        martinez = [index("martinez", name) for name in ("S1", "ST")]
        jansen = [1 - (1 - index("jansen", "S1")) * scale * pooled, index("jansen", "ST") * scale * pooled]
        saltelli = index("saltelli", "S1") * scale * size / (size - 1)
        kucherenko = saltelli + (both.mean() - values.mean()) * moved * size / (size - 1) / a.var(ddof=1)
        for name, first, total in (("Martinez", *martinez), ("Jansen", *jansen), ("MauntzKucherenko", kucherenko, None)):
            theirs = of_openturns(name, points, values, size)
            same(f"OpenTURNS {name}, S1 of {output}", first, theirs[0])
            if total is not None:
                same(f"OpenTURNS {name}, ST of {output}", total, theirs[1])
        theirs = of_openturns("Saltelli", points, values, size)
        same(f"OpenTURNS Saltelli (2002), S1 of {output}", index("saltelli", "S1"), theirs[0], NEAR)
        # For R: what its formulas must give.
        for place, parameter in enumerate(NAMES):
            written += [
                (output, parameter, "sobolmartinez", martinez[0][place], martinez[1][place]),
                (output, parameter, "soboljansen", jansen[0][place], jansen[1][place]),
                (output, parameter, "sobol2007", saltelli[place], None),
            ]
    pandas.DataFrame(written, columns=["output", "parameter", "estimator", "S1", "ST"]).to_csv(folder / "indices.csv", index=False)


def trajectories():
    """Morris' effects, for R."""
    text = (KNOWN / "ishigami.toml").read_text().replace('"saltelli"', '"morris"').replace("second_order = true\n", "")
    text = text.replace("base = 8192", "base = 32").replace("replicates = 8", "replicates = 1")
    (folder / "ishigami.ode").write_text((KNOWN / "ishigami.ode").read_text())
    (folder / "trajectories.toml").write_text(text.replace("-3.141592653589793", "-2").replace("3.141592653589793", "5"))
    ictus("design", "trajectories.toml", "-o", "trajectories.csv")
    runs = pandas.read_csv(folder / "trajectories.csv")
    runs["y"] = ishigami(runs[NAMES].to_numpy())
    runs.to_csv(folder / "trajectories.csv", index=False)
    found = sense("trajectories.toml", "--table", "trajectories.csv")
    kinds = ["mu", "mu_star", "sigma"]
    rows = [[parameter, *(found["y", parameter][kind] for kind in kinds)] for parameter in NAMES]
    pandas.DataFrame(rows, columns=["parameter", *kinds]).to_csv(folder / "effects.csv", index=False)


def spent(work):
    """What it returns, and the seconds of the processor in this process and its children."""
    clock = lambda: time.process_time() + sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    before = clock()
    result = work()
    return result, clock() - before


def speed():
    """S1 and ST of 8 inputs from 10 x 2^17 runs of the function G, with intervals where there are any."""
    names = [f"x{place}" for place in range(1, 9)]
    sets = ["--set", "space.base=16384", "--set", "space.second_order=false", "--output", "sobol_g", "--fresh"]
    _, run = spent(lambda: ictus("run", KNOWN / "sobol_g.toml", *sets))
    with xarray.open_dataset(folder / "sobol_g/map.nc", decode_timedelta=False) as data:
        runs = {name: data[name].values for name in names + ["replicate", "base_row", "block", "swapped", "final"]}
        words = dict(zip(data["block"].attrs["flag_values"].tolist(), data["block"].attrs["flag_meanings"].split()))
    runs = pandas.DataFrame(runs)
    runs["block"] = runs["block"].map(words)
    runs["swapped"] = [names[place] if place >= 0 else "" for place in runs["swapped"].astype(int)]
    runs["base_row"] = runs["base_row"].astype(int)
    parts = blocks(runs, "final", names)
    runs.to_csv(folder / "sobol_g.csv", index=False)
    table = numpy.column_stack([parts[0], *parts[2:], parts[1]])
    a, b, swapped = parts[0], parts[1], table[:, 1:-1]

    def in_numpy():
        variance = numpy.concatenate([a, b]).var()
        return (b[:, None] * (swapped - a[:, None])).mean(0) / variance, ((swapped - a[:, None]) ** 2).mean(0) / 2 / variance

    problem = {"num_vars": 8, "names": names, "bounds": [[0, 1]] * 8}
    values = numpy.concatenate(parts)
    points = numpy.column_stack([numpy.concatenate(blocks(runs, name, names)) for name in names])
    found, of_map = spent(lambda: sense("sobol_g", "--of", "final", "--published"))
    told = [("ictus sense, of the map", of_map)]
    _, of_table = spent(lambda: sense("--table", "sobol_g.csv", "--published"))
    told.append(("ictus sense --table, of the CSV file", of_table))
    (_, plain), seconds = spent(in_numpy)
    told.append(("numpy, no intervals", seconds))
    _, seconds = spent(lambda: of_openturns("Jansen", points, values, len(a)))
    told.append(("OpenTURNS, no intervals", seconds))
    theirs, seconds = spent(lambda: analyze_sobol.analyze(problem, table.ravel(), calc_second_order=False, seed=1))
    told.append(("SALib, 100 resamples", seconds))
    ours = numpy.array([found["final", name]["ST"] for name in names])
    same(f"{values.size} runs, ST of ictus and SALib", ours, theirs["ST"])
    same(f"{values.size} runs, ST of ictus and numpy", ours, plain)
    print(f"{values.size} runs of 8 inputs: {'ictus run, the simulations themselves':38} {run:7.2f} s")
    for name, seconds in told:
        print(f"{values.size} runs of 8 inputs: {name:38} {seconds:7.2f} s  ratio {seconds / of_map:.2f}")


compare()
trajectories()
speed()
(folder / "sobol_g.csv").unlink()
sys.exit(not agrees)
