#!/bin/bash
# The recipes for Spack, EasyBuild, conda and Apptainer, as far as that goes without their tools: the first two are Python that names what it
# must, all have the version of Cargo.toml, and the last has known sections whose commands shellcheck accepts, and copies files that are there.
# tests/recipe_tools.sh reads two of them by their own tools.
set -eu -o pipefail
cd "$(dirname "$0")/.."

python3 - << 'END'
import ast
import pathlib
import re
import subprocess
import sys
import tomllib

path = pathlib.Path("slurm/spack/package.py")
tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
(package,) = [node for node in tree.body if isinstance(node, ast.ClassDef)]
calls = {node.value.func.id for node in package.body if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)}
functions = {node.name for node in package.body if isinstance(node, ast.FunctionDef)}
assert package.name == "Ictus" and {"version", "depends_on", "variant", "license"} <= calls, calls
assert "install" in functions, functions
# An address is the project's own, as Cargo.toml says it, or none.
assigned = [node for node in package.body if isinstance(node, ast.Assign)]
addresses = {node.value.value for node in assigned if node.targets[0].id in ("homepage", "url", "git")}
own = tomllib.loads(pathlib.Path("Cargo.toml").read_text(encoding="utf-8"))["package"]
assert addresses <= {own.get("homepage"), own.get("repository")}, addresses
versions = [node.value.args[0].value for node in package.body if getattr(getattr(node, "value", None), "func", None) and node.value.func.id == "version"]
assert versions == [own["version"]], versions

# EasyBuild's: every crate of the lock file with its checksum, and the newest Rust is new enough.
text = subprocess.run([sys.executable, "packaging/easyconfig.py"], check=True, capture_output=True, text=True).stdout
easyconfig = {"SOURCE_TAR_GZ": None}
exec(compile(text, "easyconfig", "exec"), easyconfig)
locked = tomllib.loads(pathlib.Path("Cargo.lock").read_text(encoding="utf-8"))["package"]
outside = [(entry["name"], entry["version"]) for entry in locked if "source" in entry]
assert easyconfig["version"] == own["version"] and easyconfig["crates"] == outside
assert len(easyconfig["checksums"]) == 1 + len(outside)
newest = tuple(int(part) for part in dict(easyconfig["builddependencies"])["Rust"].split("."))
oldest = tuple(int(part) for part in own["rust-version"].split("."))
assert newest >= oldest, (newest, oldest)

# conda's: without a reader of YAML, what may drift.
recipe = pathlib.Path("packaging/conda/recipe.yaml").read_text(encoding="utf-8")
assert re.search(r"^  version: (\S+)$", recipe, re.MULTILINE)[1] == own["version"]
assert re.search(r"^  license: (.+)$", recipe, re.MULTILINE)[1] == own["license"]
for name in re.findall(r"^    - (LICENSE-\w+)$", recipe, re.MULTILINE):
    assert pathlib.Path(name).exists(), name
END

recipe=slurm/apptainer.def
section() {
    awk -v wanted="%$1" '/^%/ { inside = ($1 == wanted); next } inside { sub(/^    /, ""); print }' "$recipe"
}
grep --only-matching '^%[a-z]*' "$recipe" | while read -r name; do
    case $name in
    %files | %post | %runscript | %test | %environment | %labels | %help) ;;
    *)
        echo "recipes: $recipe has a section $name, which Apptainer does not know" >&2
        exit 1
        ;;
    esac
done
grep --quiet '^Bootstrap: ' "$recipe"
grep --quiet '^From: ' "$recipe"
for name in post runscript test; do
    section "$name" | shellcheck --shell=sh -
done
for line in $(section files); do
    [ "${line#/}" != "$line" ] || [ -e "$line" ] || {
        echo "recipes: $recipe copies $line, which is not there" >&2
        exit 1
    }
done
