#!/bin/bash
# The recipes for Spack and Apptainer, as far as that goes without either: the one is Python that names what it must, the other
# has known sections whose commands shellcheck accepts, and copies files that are there.
set -eu -o pipefail
cd "$(dirname "$0")/.."

python3 - << 'END'
import ast
import pathlib
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
