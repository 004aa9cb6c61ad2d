#!/bin/bash
# Builds dist/ictus-*.whl: the program with NetCDF and HDF5 inside, for every Linux on x86-64 with glibc 2.17 or newer, and the
# Python package. zig links it, since it can for an older glibc than this machine's. What the C libraries cost is paid once: they stay in
# target/wheel. What follows the command goes to maturin.
set -eu -o pipefail
cd "$(dirname "$0")/.."

glibc=2.17
target=x86_64-unknown-linux-gnu
if [ "$(uname -sm)" != "Linux x86_64" ]; then
    echo "wheel: this builds for Linux on x86-64, on such a machine; this is $(uname -sm). See docs/install.md." >&2
    exit 1
fi
tools=$(packaging/tools.sh)
PATH=$tools:$PATH
"$tools/python" packaging/bill.py python/licences

# The program names places in its sources when it fails; no folder of this machine belongs there. Debugging information need not be made for
# a program that is stripped.
home=${CARGO_HOME:-$HOME/.cargo}
sysroot=$(rustc --print sysroot)
export RUSTFLAGS="--remap-path-prefix=$PWD=. --remap-path-prefix=$home/registry/src=crates --remap-path-prefix=$sysroot=rust"
export CFLAGS_x86_64_unknown_linux_gnu="-g0 -ffile-prefix-map=$home/registry/src=crates -ffile-prefix-map=$PWD=."
# NetCDF asks for a C++ compiler and uses none; zig need not build its library of C++ for that question.
export CXXFLAGS_x86_64_unknown_linux_gnu=-nostdlib++
# NetCDF says when it was compiled; this is the date of all files in a wheel.
export SOURCE_DATE_EPOCH=315532800
export CMAKE=$PWD/packaging/cmake.sh
export CARGO_PROFILE_RELEASE_DEBUG=none
export CARGO_TARGET_DIR=$PWD/target/wheel
rm -f dist/ictus-*.whl
(cd python && maturin build --release --locked --strip --zig --target "$target" --compatibility "manylinux_${glibc/./_}" \
    --features static-netcdf --sbom-include licences/ictus.cdx.json --out ../dist "$@")
ls -l dist/ictus-*.whl
