#!/usr/bin/env python3
"""Changes the program in one place at a time and asks the tests of that room whether they see it.

    tests/mutants.py FOLDER --seed 1 --count 200                            drawn from the rooms below
    tests/mutants.py FOLDER --functions store/frame.rs:decode store/suspects.rs    all of these functions or files

All chosen mutants are built into one program, in a copy of the checkout in FOLDER with a target of its own: each stands behind a
switch that ICTUS_MUTANT turns, so that hundreds cost one build. What is changed: a condition is negated, or one of its operators
replaced by its neighbour; a function returns at once, with true, false, 0, 1, nothing, an empty list or Ok. A mutant that does not
compile is left out. Results are appended to FOLDER/results.jsonl, and what stands there is not run again. A mutant is caught (a
test fails), missed (none does) or timed out (no end within the limit).
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

# Room: integration tests, the quickest first; the unit tests of the room come before them.
ROOMS = {
    "observe": ["features", "golden"],
    "regime": ["study"],
    "store": ["store_faults", "resume", "map_file", "coordinator", "quarantine", "join"],
    "schedule": ["coordinator", "resume", "quarantine", "join"],
    "study": ["study", "golden"],
}
TEST_SECONDS = 120
SWITCH = """//! Which mutant is on.
use std::sync::OnceLock;
/// Whether it is this one.
pub fn is(number: u32) -> bool {
    static ON: OnceLock<u32> = OnceLock::new();
    *ON.get_or_init(|| std::env::var("ICTUS_MUTANT").ok().and_then(|text| text.parse().ok()).unwrap_or(0)) == number
}
"""
NEIGHBOURS = {"==": "!=", "!=": "==", "<": "<=", "<=": "<", ">": ">=", ">=": ">", "&&": "||", "||": "&&", "+": "-", "-": "+"}


def mask(text):
    """The text with comments, strings and characters blanked, of the same length."""
    pattern = r'//[^\n]*|/\*.*?\*/|b?r#*"(?:.|\n)*?"#*|b?"(?:\\.|[^"\\])*"|b?\'(?:\\.[^\']*|[^\'\\])\''
    return re.sub(pattern, lambda found: re.sub(r"[^\n]", " ", found.group()), text, flags=re.S)


def closing(masked, start):
    """Where the bracket that opens at `start` closes."""
    depth = 0
    for at in range(start, len(masked)):
        depth += (masked[at] in "([{") - (masked[at] in ")]}")
        if depth == 0:
            return at
    return len(masked)


def end_of_condition(masked, start):
    """Where the condition that begins at `start` ends: before `{`, or before `=>` of a guard."""
    at = start
    while at < len(masked):
        if masked[at] in "([":
            at = closing(masked, at)
        elif masked[at] == "{" or masked.startswith("=>", at):
            return at
        elif masked[at] in ";}":
            return None
        at += 1
    return None


def values(kind):
    """What a function of this type may return at once."""
    kind = " ".join(kind.split())
    simple = {"": ["()"], "bool": ["true", "false"], "f64": ["0.0", "1.0"], "String": ["String::new()"]}
    if kind in simple:
        return simple[kind]
    if kind in ("u8", "u32", "u64", "usize", "i32"):
        return ["0", "1"]
    if kind.startswith("Vec<"):
        return ["Vec::new()"]
    if kind.startswith("Option<"):
        return ["None"]
    if re.match(r"(io::)?Result<\(\)", kind):
        return ["Ok(())"]
    if re.match(r"(io::)?Result<Option<", kind):
        return ["Ok(None)"]
    if re.match(r"(io::)?Result<bool", kind):
        return ["Ok(true)", "Ok(false)"]
    return []


def mutants_of(path, text):
    """Every mutant of a file: its name, the function, and the span that it replaces or (where empty) is put into."""
    masked = mask(text)
    tests = re.search(r"#\[cfg\(test\)\]\s*(#\[[^\]]*\]\s*)*(pub(\([^)]*\))? )?mod \w+ \{", masked)
    end = tests.start() if tests else len(text)
    functions = []
    for found in re.finditer(r"\bfn (\w+)", masked[:end]):
        if re.search(r"\bconst (unsafe )?$", masked[: found.start()]):
            continue
        opening = end_of_condition(masked, found.end())
        if opening is None or masked[opening] != "{":
            continue
        head = masked[found.end() : opening]
        arrow = head.rfind("->")
        kind = re.split(r"\bwhere\b", head[arrow + 2 :])[0] if arrow >= 0 and "(" not in head[:arrow][-1:] else ""
        functions.append((found.group(1), opening, closing(masked, opening)))
        line = text.count("\n", 0, found.start()) + 1
        for value in values(kind if arrow >= 0 else ""):
            yield {"name": f"{path}:{line} {found.group(1)} returns {value}", "file": path, "function": found.group(1),
                   "span": [opening + 1, opening + 1], "text": value}
    for found in re.finditer(r"\b(if|while) ", masked[:end]):
        stop = end_of_condition(masked, found.end())
        condition = masked[found.end() : stop] if stop else "{"
        if re.search(r"\blet\b|[{}]", condition) or not condition.strip():
            continue
        inside = [name for name, opening, last in functions if opening < found.start() < last]
        line = text.count("\n", 0, found.start()) + 1
        start, whole = found.end(), text[found.end() : stop]
        own = {"file": path, "function": inside[-1] if inside else "", "span": [start, stop]}
        short = " ".join(whole.split())
        yield {**own, "name": f"{path}:{line} `{short}` negated", "text": f"!({whole})"}
        for sign in re.finditer(r"(?<= )(==|!=|<=|>=|<|>|&&|\|\||\+|-)(?= )", condition):
            changed = whole[: sign.start()] + NEIGHBOURS[sign.group()] + whole[sign.end() :]
            place = f" at {sign.start()}" if condition.count(f" {sign.group()} ") > 1 else ""
            yield {**own, "name": f"{path}:{line} `{short}` {sign.group()} is {NEIGHBOURS[sign.group()]}{place}", "text": changed}


def listed(tree):
    everything = []
    for room in ROOMS:
        for path in sorted([*tree.glob(f"src/{room}.rs"), *tree.glob(f"src/{room}/**/*.rs")]):
            if path.name not in ("tests.rs", "trial.rs", "mpi.rs", "survivors.rs"):
                everything += mutants_of(str(path.relative_to(tree)), path.read_text())
    return everything


def with_switches(text, own):
    """A file with the mutants of its own behind switches."""
    spans = collections.defaultdict(list)
    for mutant in own:
        spans[tuple(mutant["span"])].append(mutant)
    for (start, stop), group in sorted(spans.items(), reverse=True):
        if start == stop:
            put = "".join(f" if crate::mutant::is({own['number']}) {{ return {own['text']}; }}" for own in group)
        else:
            cases = "".join(f"if crate::mutant::is({own['number']}) {{ {own['text']} }} else " for own in group)
            put = f"({cases}{{ {text[start:stop]} }}) "
        put = put.replace("\n", " ")  # the lines of errors stay those of the file
        text = text[:start] + put + text[stop:]
    return text


def cargo(folder, *words):
    environment = dict(os.environ, CARGO_INCREMENTAL="1", CARGO_TARGET_DIR=str(folder / "target"), RUSTFLAGS="")
    environment.pop("RUSTFLAGS")
    quick = ["--config", "profile.release.package.ictus.opt-level=1", "--config", "profile.release.package.ictus.debug=false"]
    command = ["cargo", "test", "--release", "--no-run", "--message-format=json", *quick, *words]
    return subprocess.run(command, cwd=folder / "tree", env=environment, capture_output=True, text=True)


def build(folder, texts, chosen, tests):
    """Builds with all mutants that compile; gives the programs by name. Those at a line with an error are left out."""
    tree = folder / "tree"
    while True:
        for path, text in texts.items():
            own = [mutant for mutant in chosen if mutant["file"] == path and not mutant.get("unviable")]
            new = with_switches(text, own)
            if (tree / path).read_text() != new:
                (tree / path).write_text(new)
        done = cargo(folder, "--lib", *[word for test in tests for word in ("--test", test)])
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        if done.returncode == 0:
            programs = [line for line in lines if line.get("executable") and line["profile"]["test"]]
            return {line["target"]["name"]: line["executable"] for line in programs}
        failed = set()
        for line in lines:
            message = line.get("message", {})
            if line.get("reason") == "compiler-message" and message.get("level") == "error":
                for span in message["spans"]:
                    last = span
                    while last.get("expansion") and not last["file_name"].startswith("src/"):
                        last = last["expansion"]["span"]
                    failed.add((last["file_name"], last["line_start"]))
        before = sum(bool(mutant.get("unviable")) for mutant in chosen)
        for mutant in chosen:
            text = texts[mutant["file"]]
            first, last = (text.count("\n", 0, at) + 1 for at in mutant["span"])
            if any((mutant["file"], line) in failed for line in range(first, last + 1)):
                mutant["unviable"] = True
        if sum(bool(mutant.get("unviable")) for mutant in chosen) == before:
            sys.exit(done.stderr + "\n".join(line["message"]["rendered"] for line in lines if line.get("message", {}).get("level") == "error"))


def judge(mutant, programs, tree):
    room = pathlib.Path(mutant["file"]).relative_to("src").parts[0].removesuffix(".rs")
    environment = dict(os.environ, ICTUS_MUTANT=str(mutant["number"]), RUST_BACKTRACE="0")
    for name in ["ictus", *ROOMS[room]]:
        command = [programs[name], *([f"{room}::"] if name == "ictus" else [])]
        process = subprocess.Popen(command, cwd=tree, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   text=True, errors="replace", start_new_session=True)
        try:
            output, _ = process.communicate(timeout=TEST_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return "timed out", name
        if process.returncode != 0:
            return "caught", " ".join([name, *re.findall(r"^test (\S+) \.\.\. FAILED", output, re.M)[:2]])
    return "missed", ""


def prepare(folder):
    """A copy of what git knows, as it is in the checkout, and of the dependencies that are built already."""
    tree, target = folder / "tree", folder / "target"
    listing = ["git", "ls-files", "-z", "-co", "--exclude-standard"]
    names = subprocess.run(listing, capture_output=True, check=True, text=True).stdout.split("\0")
    for name in filter(None, names):
        source, copy = pathlib.Path(name), tree / name
        if source.is_file() and (not copy.exists() or source.read_bytes() != copy.read_bytes()):
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)
            copy.chmod(source.stat().st_mode)
    if not target.exists() and pathlib.Path("target/release").exists():
        shutil.copytree("target/release", target / "release", ignore=shutil.ignore_patterns("incremental"))
    (tree / "src/mutant.rs").write_text(SWITCH)
    library = tree / "src/lib.rs"
    library.write_text(library.read_text().replace("pub mod network;", "pub mod mutant;\npub mod network;"))


def is_named(mutant, functions):
    wanted = (name.partition(":") for name in functions)
    return any(mutant["file"] == f"src/{file}" and function in ("", mutant["function"]) for file, _, function in wanted)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--count", type=int, default=200)
    arguments.add_argument("--functions", nargs="*", default=[], help="FILE below src, or FILE:FUNCTION")
    arguments.add_argument("--minutes", type=float, default=1e9, help="begin no mutant after so many")
    arguments.add_argument("--list", action="store_true", help="only say what is chosen")
    wish = arguments.parse_args()
    began, folder = time.monotonic(), wish.folder.resolve()
    everything = listed(pathlib.Path("."))
    for number, mutant in enumerate(everything):
        mutant["number"] = number + 1
    chosen = [mutant for mutant in everything if is_named(mutant, wish.functions)]
    drawn = random.Random(wish.seed).sample(everything, min(wish.count, len(everything)))
    chosen += [mutant for mutant in drawn if mutant not in chosen]
    print(f"{len(everything)} mutants, {len(chosen)} chosen: {len(chosen) - len(drawn)} named, others with seed {wish.seed}", flush=True)
    if wish.list:
        print("\n".join(mutant["name"] for mutant in chosen))
        return 0
    prepare(folder)
    texts = {path: pathlib.Path(path).read_text() for path in {mutant["file"] for mutant in chosen}}
    rooms = {pathlib.Path(path).relative_to("src").parts[0].removesuffix(".rs") for path in texts}
    tests = list(dict.fromkeys(test for room in ROOMS if room in rooms for test in ROOMS[room]))
    programs = build(folder, texts, chosen, tests)
    nothing = {"file": chosen[0]["file"], "number": 0}
    for room in sorted(rooms):
        verdict, by = judge({**nothing, "file": f"src/{room}/mod.rs"}, programs, folder / "tree")
        if verdict != "missed":
            sys.exit(f"without a mutant the tests of {room} fail: {by}")
    results = folder / "results.jsonl"
    known = {}
    if results.exists():
        known = {own["name"]: own for own in map(json.loads, results.read_text().splitlines())}
    for count, mutant in enumerate(chosen):
        name = mutant["name"]
        if name in known or mutant.get("unviable"):
            continue
        if time.monotonic() - began > 60 * wish.minutes:
            break
        start = time.monotonic()
        verdict, by = judge(mutant, programs, folder / "tree")
        known[name] = {"name": name, "verdict": verdict, "by": by}
        with results.open("a") as file:
            file.write(json.dumps(known[name]) + "\n")
        print(f"{count + 1}/{len(chosen)} {verdict} ({time.monotonic() - start:.0f} s) {name}: {by}", flush=True)
    verdicts = collections.Counter(known.get(mutant["name"], {"verdict": "not run"})["verdict"]
                                   for mutant in chosen if not mutant.get("unviable"))
    unviable = sum(bool(mutant.get("unviable")) for mutant in chosen)
    print(", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items())), f"{unviable} unviable", sep=", ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
