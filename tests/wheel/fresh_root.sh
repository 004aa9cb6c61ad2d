#!/bin/bash
# The wheel in a system that has Python and nothing else: no compiler, no NetCDF, no network. Prints the seconds of each step. Needs root
# and debootstrap, and a wheel in dist/; the system is kept in target/fresh-root and used again.
set -eu -o pipefail
cd "$(dirname "$0")/../.."

fail() {
    echo "fresh root: $*" >&2
    exit 1
}

[ "$(id -u)" -eq 0 ] || fail "a root of its own needs root; run this as root, as in a container"
command -v debootstrap > /dev/null || fail "debootstrap is missing; tests/setup.sh soak installs it"
shopt -s nullglob
wheels=(dist/ictus-*.whl)
[ "${#wheels[@]}" -eq 1 ] || fail "dist/ holds ${#wheels[@]} wheels; make wheel"
suite=${ICTUS_ROOT_SUITE:-bookworm} mirror=${ICTUS_ROOT_MIRROR:-http://deb.debian.org/debian}
root=$PWD/target/fresh-root/$suite

if [ ! -e "$root/whole" ]; then
    echo "fresh root: a Debian $suite with Python alone, from $mirror"
    rm -rf "$root"
    mkdir -p "$root"
    debootstrap --variant=minbase --include=python3,python3-venv "$suite" "$root" "$mirror" > "$root.log" 2>&1 || {
        tail -n 5 "$root.log" >&2
        fail "debootstrap has failed; all it said: $root.log"
    }
    touch "$root/whole"
fi
for absent in cc gcc make cmake nc-config ncdump; do
    ! chroot "$root" sh -c "command -v $absent" > /dev/null || fail "the root has $absent and is not fresh"
done
! find "$root"/usr/lib "$root"/lib -name 'libnetcdf*' -o -name 'libhdf5*' | grep --quiet . || fail "the root has NetCDF"

rm -rf "$root/home/user"
mkdir -p "$root/home/user"
cp "${wheels[0]}" configs/quickstart.toml "$root/home/user/"

# step WORDS COMMAND...: runs a command in there, without a network, and says how long it took.
step() {
    local words=$1 start=${EPOCHREALTIME/./}
    shift
    unshare --net chroot "$root" env -i HOME=/home/user PATH=/home/user/venv/bin:/usr/bin:/bin sh -c "cd; $*" > "$root.step" 2>&1 || {
        cat "$root.step" >&2
        fail "$words: failed"
    }
    printf 'fresh root: %-40s %6.2f s\n' "$words" "$((${EPOCHREALTIME/./} - start))e-6"
}

step "an environment" python3 -m venv venv
step "pip install of the wheel" pip install --quiet --disable-pip-version-check --no-index --no-deps "$(basename "${wheels[0]}")"
step "ictus --version" ictus --version
step "the first map" ictus run quickstart.toml --output quickstart
step "its picture" ictus plot quickstart/map.nc -o map.png
step "its report" ictus report quickstart/map.nc -o report.html

# The map is that of this machine's own build, bit for bit.
cargo build --release --locked --quiet
target/release/ictus run configs/quickstart.toml --output "$root.own" --fresh --quiet > /dev/null
target/release/ictus diff --bits "$root.own/map.nc" "$root/home/user/quickstart/map.nc"
for made in map.png report.html; do
    [ -s "$root/home/user/$made" ] || fail "no $made"
done
[ "$(head -c 8 "$root/home/user/map.png" | od -An -tx1 | tr -d ' \n')" = 89504e470d0a1a0a ] || fail "map.png is no PNG"
! grep --quiet --extended-regexp '(src|href)="https?://' "$root/home/user/report.html" || fail "the report wants the network"
echo "fresh root: done"
