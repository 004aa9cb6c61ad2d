#!/bin/bash
# Installs what `make demo`, `make test` or `make soak` needs and this machine lacks. Says what it does; does nothing a second time.
set -eu -o pipefail
cd "$(dirname "$0")/.."

missing=()

# need PACKAGE COMMAND...: when the command fails, the Debian package is missing.
need() {
    local package=$1
    shift
    "$@" > /dev/null 2>&1 || missing+=("$package")
}

check_demo() {
    missing=()
    need pkg-config pkg-config --version
    need libnetcdf-dev pkg-config --exists netcdf
}

check_test() {
    check_demo
    need netcdf-bin command -v ncdump
    need xppaut command -v xppaut
    need r-cran-ncdf4 Rscript -e 'library(ncdf4)'
    need octave command -v octave-cli
    need octave-netcdf octave-cli --norc --eval 'pkg load netcdf'
    need shellcheck shellcheck --version
    need man-db command -v man
    need mandoc command -v mandoc
    need bsdextrautils command -v col
    # For tests/recipe_tools.sh, of make soak.
    need lmod test -e /usr/share/lmod/lmod/libexec/lmod
    need chromium command -v chromium
    need chromium-driver command -v chromedriver
    need slurm-wlm command -v slurmctld
    need munge command -v munged
    need openmpi-bin command -v mpirun.openmpi
    need libopenmpi-dev command -v mpicc.openmpi
    need mpich command -v mpirun.mpich
    need libmpich-dev command -v mpicc.mpich
    # libclang-cpp is another library.
    need libclang-dev sh -c "find -L /usr/lib /usr/lib64 -name 'libclang.so*' -o -name 'libclang-[0-9]*.so*' | grep ."
    need procps command -v pgrep
    need python3-venv python3 -c 'import ensurepip, venv'
}

check_soak() {
    check_test
    need debootstrap command -v debootstrap
}

if ! command -v cargo > /dev/null; then
    echo "Rust is missing: install it as https://rustup.rs says (1.89 or newer), then run make again." >&2
    exit 1
fi

"check_$1"
if [ "${#missing[@]}" -eq 0 ]; then
    echo "setup: all packages are there"
else
    if ! command -v apt-get > /dev/null; then
        echo "setup: missing here: ${missing[*]} (names of Debian packages), and there is no apt-get to install them." >&2
        echo "Install them by your system's own means; or, for the program alone, without libnetcdf and without root:" >&2
        echo "    cargo build --release --features static-netcdf      (docs/install.md)" >&2
        exit 1
    fi
    root=()
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo > /dev/null; then
            echo "setup: missing here: ${missing[*]}; installing them needs root, and there is no sudo." >&2
            echo "Ask for them to be installed; or build without them: docs/install.md, \"Without root\"." >&2
            exit 1
        fi
        root=(sudo)
    fi
    echo "setup: installing ${missing[*]} with apt-get"
    apt() {
        "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600 "$@"
    }
    mkdir -p target
    { apt update && apt install -y --no-install-recommends "${missing[@]}"; } > target/apt.log 2>&1 || {
        tail -n 20 target/apt.log >&2
        echo "setup: apt-get failed; its whole output is in target/apt.log" >&2
        exit 1
    }
    "check_$1"
    if [ "${#missing[@]}" -ne 0 ]; then
        echo "setup: installed, but still not usable: ${missing[*]}; see target/apt.log" >&2
        exit 1
    fi
fi

if [ "$1" != demo ]; then
    # The stamp is the list itself: a changed list is installed anew.
    if cmp -s tests/requirements.txt .venv/installed; then
        echo "setup: the Python packages are there"
    else
        echo "setup: installing the Python packages of tests/requirements.txt into .venv"
        rm -rf .venv
        python3 -m venv .venv
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement tests/requirements.txt
        cp tests/requirements.txt .venv/installed
    fi
fi
