#!/usr/bin/env python3
"""Changes the program in one place at a time and asks the tests of that room whether they see it.

    tests/mutants.py FOLDER --seed 1 --count 200              mutants drawn from the rooms below
    tests/mutants.py FOLDER --functions store/frame.rs:check store/journal.rs:scan      all mutants of these

Needs `cargo install cargo-mutants --locked`, which lists the mutants. FOLDER gets a copy of the checkout with a target of its own,
which is built step by step: what a mutant costs is one incremental build and the tests of its room, `--lib` first. Results are
appended to FOLDER/results.jsonl; what stands there is not run again, so that a campaign can be stopped and gone on with.
A mutant is caught (a test fails), missed (none does), timed out (no end within the limit) or unviable (it does not compile).
"""

import argparse
import collections
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import time

# Room: filters of its unit tests, and its integration tests, the quickest first.
ROOMS = {
    "observe": (["observe::"], ["features", "golden"]),
    "regime": (["regime::"], ["study", "fagerholm"]),
    "store": (["store::"], ["store_faults", "resume", "map_file", "quarantine", "join"]),
    "schedule": (["schedule::"], ["coordinator", "resume", "quarantine", "join"]),
    "study": (["study::"], ["study", "golden", "model_pages", "networks"]),
}
BUILD_SECONDS = 600
TEST_SECONDS = 120


def run(command, folder, seconds):
    """Exit code and output; None where it does not end. All of its processes end with it."""
    environment = dict(os.environ, CARGO_INCREMENTAL="1", CARGO_TARGET_DIR=str(folder / "target"))
    process = subprocess.Popen(
        command, cwd=folder / "tree", env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace", start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=seconds)
        return process.returncode, output
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return None, ""


def prepare(folder):
    """A copy of what git knows, as it is in the checkout, and the dependencies that are built already."""
    tree, target = folder / "tree", folder / "target"
    names = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], capture_output=True, check=True, text=True)
    tree.mkdir(parents=True, exist_ok=True)
    for name in filter(None, names.stdout.split("\0")):
        source, copy = pathlib.Path(name), tree / name
        if source.is_file() and (not copy.exists() or source.read_bytes() != copy.read_bytes()):
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)
            copy.chmod(source.stat().st_mode)
    if not target.exists() and pathlib.Path("target/release").exists():
        ignored = shutil.ignore_patterns("incremental")
        shutil.copytree("target/release", target / "release", ignore=ignored)


def room_of(mutant):
    return pathlib.Path(mutant["file"]).relative_to("src").parts[0].removesuffix(".rs")


def name_of(mutant):
    return mutant["name"]


def listed(folder):
    command = ["cargo", "mutants", "--list", "--json", "--diff"]
    for room in ROOMS:
        command += ["-f", f"src/{room}/**", "-f", f"src/{room}.rs"]
    listing = subprocess.run(command, cwd=folder / "tree", capture_output=True, check=True, text=True)
    return sorted(json.loads(listing.stdout), key=name_of)


def function_of(mutant):
    return (mutant.get("function") or {}).get("function_name", "")


def is_named(mutant, functions):
    for wanted in functions:
        file, _, function = wanted.partition(":")
        own = function_of(mutant)
        if mutant["file"] == f"src/{file}" and (not function or re.search(rf"(^|::){re.escape(function)}$", own)):
            return True
    return False


def judge(mutant, folder):
    filters, tests = ROOMS[room_of(mutant)]
    steps = [["--lib"]] + [["--test", name] for name in tests]
    for step in steps:
        wanted = filters if step == ["--lib"] else []
        code, output = run(["cargo", "test", "--release", "--no-run", *step], folder, BUILD_SECONDS)
        if code is None:
            return "timed out", "build"
        if code != 0:
            return "unviable", ""
        code, output = run(["cargo", "test", "--release", *step, "--", *wanted], folder, TEST_SECONDS)
        if code is None:
            return "timed out", step[-1]
        if code != 0:
            failed = re.findall(r"^test (\S+) \.\.\. FAILED", output, re.M)
            return "caught", f"{step[-1]} {' '.join(failed[:3])}"
    return "missed", ""


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--count", type=int, default=200)
    arguments.add_argument("--functions", nargs="*", default=[], help="FILE below src, or FILE:FUNCTION")
    arguments.add_argument("--minutes", type=float, default=1e9, help="begin no mutant after so many")
    wish = arguments.parse_args()
    began = time.monotonic()
    folder = wish.folder.resolve()
    prepare(folder)
    everything = listed(folder)
    if wish.functions:
        chosen = [mutant for mutant in everything if is_named(mutant, wish.functions)]
    else:
        chosen = random.Random(wish.seed).sample(everything, min(wish.count, len(everything)))
    results = folder / "results.jsonl"
    known = {}
    if results.exists():
        known = {own["name"]: own for own in map(json.loads, results.read_text().splitlines())}
    print(f"{len(everything)} mutants, {len(chosen)} chosen, {sum(name_of(own) in known for own in chosen)} of them known")
    for number, mutant in enumerate(chosen):
        if name_of(mutant) in known:
            continue
        if time.monotonic() - began > 60 * wish.minutes:
            break
        path = folder / "tree" / mutant["file"]
        whole = path.read_text()
        patch = subprocess.run(["patch", "-p1", "--quiet", "--no-backup-if-mismatch", mutant["file"]],
                               cwd=folder / "tree", input=mutant["diff"], text=True, capture_output=True)
        start = time.monotonic()
        try:
            verdict, by = judge(mutant, folder) if patch.returncode == 0 else ("unviable", patch.stdout)
        finally:
            path.write_text(whole)
        known[name_of(mutant)] = {"name": name_of(mutant), "verdict": verdict, "by": by}
        with results.open("a") as file:
            file.write(json.dumps(known[name_of(mutant)]) + "\n")
        print(f"{number + 1}/{len(chosen)} {verdict} ({time.monotonic() - start:.0f} s): {name_of(mutant)} {by}", flush=True)
    verdicts = collections.Counter(known[name_of(own)]["verdict"] for own in chosen if name_of(own) in known)
    print(", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items())))
    for own in chosen:
        if known.get(name_of(own), {}).get("verdict") in ("missed", "timed out"):
            print(f"{known[name_of(own)]['verdict']}: {name_of(own)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
