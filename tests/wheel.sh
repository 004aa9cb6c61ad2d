#!/bin/bash
# The wheel, as a stranger meets it: which systems it says it is for and is, what is inside, under which licences, and the first
# map by the program that `pip install` leaves, without this machine's NetCDF library. The environment stays in target/wheel-test/venv,
# for tests/python.sh and tests/slurm.sh; with `install`, that is all. With `twice`, everything of the project's own is compiled a second
# time, and must give the same bytes.
set -eu -o pipefail
cd "$(dirname "$0")/.."

fail() {
    echo "wheel: $*" >&2
    exit 1
}

packaging/wheel.sh
tools=$(packaging/tools.sh)
place=$PWD/target/wheel-test
rm -rf "$place"
mkdir -p "$place"

shopt -s nullglob
wheels=(dist/ictus-*.whl)
[ "${#wheels[@]}" -eq 1 ] || fail "dist/ holds ${#wheels[@]} wheels"
wheel=$PWD/${wheels[0]}
echo "wheel: installed into an empty environment"
python3 -m venv "$place/venv"
start=${EPOCHREALTIME/./}
"$place/venv/bin/pip" install --quiet --disable-pip-version-check --no-index --no-deps "$wheel"
echo "wheel: pip needed $(((${EPOCHREALTIME/./} - start) / 1000)) ms"
# Newer than what it was made of, for tests/slurm.sh.
touch "$place/venv/bin/ictus"
[ "${1:-}" != install ] || exit 0

"$tools/python" tests/wheel/inside.py "$wheel" "$place/libraries"
if [ "${1:-}" = twice ]; then
    sum=$(sha256sum < "$wheel")
    cargo clean --quiet --release --target x86_64-unknown-linux-gnu --target-dir target/wheel --package ictus
    start=${EPOCHREALTIME/./}
    packaging/wheel.sh > "$place/again" 2>&1
    echo "wheel: made again in $(((${EPOCHREALTIME/./} - start) / 1000)) ms"
    [ "$(sha256sum < "$wheel")" = "$sum" ] || fail "the same sources have given other bytes"
fi
"$tools/auditwheel" show "$wheel" > "$place/audit"
grep --quiet 'manylinux_2_17_x86_64' "$place/audit" || {
    cat "$place/audit" >&2
    fail "auditwheel finds it needs more than glibc 2.17"
}

# Nothing of the environment but what every system has; no folder of this project.
ictus() {
    (cd "$place" && env -i PATH=/usr/bin:/bin HOME="$place" "$place/venv/bin/ictus" "$@")
}
[ "$(ictus --version)" = "ictus $(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)" ] || fail "it says it is $(ictus --version)"
needed=$(objdump -p "$place/venv/bin/ictus" | awk '$1 == "NEEDED" { print $2 }' | sort | paste -sd ' ')
echo "wheel: needs $needed"
case $needed in
    *netcdf* | *hdf5* | *libz.* | *stdc++* | *gcc_s*) fail "it needs more than the C library" ;;
esac
# The newest of all versions of symbols.
newest=$(objdump -T "$place/venv/bin/ictus" | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -n 1)
echo "wheel: the newest symbol is of $newest"
[ "$(printf '%s\nGLIBC_2.17\n' "$newest" | sort -V | tail -n 1)" = GLIBC_2.17 ] || fail "glibc 2.17 has no symbols of $newest"
if grep --quiet --text -e "$HOME/.cargo" -e "$PWD" -e "$HOME/.rustup" "$place/venv/bin/ictus"; then
    fail "the program names folders of this machine"
fi
ictus doctor | sed 's/^/  /'
# says KEY COMMAND...: what the doctor of a program finds.
says() {
    "${@:2}" doctor --json | python3 -c "import json, sys; print(json.load(sys.stdin)['$1'])"
}
[ "$(says netcdf ictus)" = "$(cat "$place/libraries")" ] || fail "the bill names other libraries: $(cat "$place/libraries")"
# The instruction set is chosen when the program runs, as in the other build.
cargo build --release --locked --quiet
level=$(says instructions target/release/ictus)
[ "$(says instructions ictus)" = "$level" ] || fail "it uses $(says instructions ictus), and not $level"

echo "wheel: the first map"
cp configs/quickstart.toml "$place/"
start=${EPOCHREALTIME/./}
ictus run quickstart.toml --output quickstart
echo "wheel: the map needed $(((${EPOCHREALTIME/./} - start) / 1000)) ms"
start=${EPOCHREALTIME/./}
ictus plot quickstart/map.nc -o map.png
echo "wheel: its picture needed $(((${EPOCHREALTIME/./} - start) / 1000)) ms"
test -s "$place/map.png"
# Of the same bits as by the build that the other tests use.
target/release/ictus run configs/quickstart.toml --output "$place/other" --quiet
target/release/ictus diff --bits "$place/other/map.nc" "$place/quickstart/map.nc"
ncdump -h "$place/quickstart/map.nc" > /dev/null
