#!/bin/bash
# The recipes, read by the tools they are for: conda's by rattler-build, EasyBuild's by `eb`, which also looks for every dependency among its own
# easyconfigs. For `make soak`, since the tools take minutes to install; tests/recipes.sh looks at the same files without them.
set -eu -o pipefail
cd "$(dirname "$0")/.."

if [ ! -e /usr/share/lmod/lmod/libexec/lmod ] && [ -z "${LMOD_CMD:-}" ]; then
    echo "recipes: EasyBuild needs Lmod: apt-get install lmod, or LMOD_CMD=/path/to/lmod" >&2
    exit 1
fi
tools=$(packaging/tools.sh tests/recipe_tools.txt recipe-tools)
"$tools/python" - << 'END_OF_PYTHON'
import rattler_build

recipe = rattler_build.Stage0Recipe.from_file("packaging/conda/recipe.yaml")
variants = rattler_build.VariantConfig({"c_compiler": ["gcc"], "c_stdlib": ["sysroot"], "rust_compiler": ["rust"]})
(rendered,) = recipe.render(variants)
built = rendered.recipe.to_dict()
assert "rust_linux-64" in built["requirements"]["build"] and "libnetcdf" in built["requirements"]["host"], built
print(f"recipes: rattler-build {rattler_build.rattler_build_version()} renders {built['package']}")
END_OF_PYTHON

place=$PWD/target/recipes
rm -rf "$place"
mkdir -p "$place"
recipe=$place/ictus-$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)-foss-2025b.eb
python3 packaging/easyconfig.py > "$recipe"
root=()
[ "$(id -u)" -ne 0 ] || root=(--allow-use-as-root-and-accept-consequences)
env HOME="$place" PATH="$tools:$PATH" LMOD_CMD="${LMOD_CMD:-/usr/share/lmod/lmod/libexec/lmod}" \
    eb "${root[@]}" --robot="$tools/../easybuild/easyconfigs" --dry-run "$recipe" > "$place/said" 2>&1 || {
    cat "$place/said" >&2
    exit 1
}
grep 'module: ictus/' "$place/said"
# Spack's recipe is checked by tests/recipes.sh; Spack itself has no package that pip installs.
