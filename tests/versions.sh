#!/bin/bash
# Ranks of separately built programs: one of another version, one of another arithmetic. Either is refused by both sides, whoever
# is rank 0, and leaves no row. For tests/soak.sh, since each is a build of its own; tests/mpi.sh alters the word on its way.
set -eu -o pipefail
cd "$(dirname "$0")/.."
repository=$PWD
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
tests/mpi.sh build
ours=$repository/target/mpi-openmpi/release/ictus

# other NAME FILE EXPRESSION: the program with one line of its source changed, built with what was built for ours.
other() {
    local source=target/other-$1
    rm -rf "$source"
    mkdir -p "$source"
    git ls-files -z | tar --create --null --files-from=- | tar --extract --directory="$source"
    sed --in-place "$3" "$source/$2"
    if cmp --silent "$2" "$source/$2"; then
        echo "versions: nothing to change in $2" >&2
        exit 1
    fi
    mkdir -p "$source/target/release"
    cp -a target/mpi-openmpi/release/{.fingerprint,build,deps} "$source/target/release/"
    echo "versions: building a program of another $1"
    (cd "$source" && MPICC=mpicc.openmpi cargo build --release --offline --quiet --features mpi --bin ictus --target-dir target)
}

# refused NAME FIRST SECOND: two ranks end with 2, name the version, and leave no row.
refused() {
    local code=0
    rm -rf target/mpi-other
    mpirun.openmpi -n 1 "$2" run configs/quickstart.toml --output target/mpi-other --threads 1 \
        : -n 1 "$3" run configs/quickstart.toml --output target/mpi-other --threads 1 > target/mpi-other.log 2>&1 || code=$?
    if [ "$code" -ne 2 ] || ! grep --quiet "its program is not of the version of rank 0" target/mpi-other.log ||
        [ -e target/mpi-other/map.nc ]; then
        cat target/mpi-other.log >&2
        echo "versions: ranks of another $1 ended with $code and not with 2" >&2
        exit 1
    fi
    grep "rank 1" target/mpi-other.log
}

other version Cargo.toml 's/^version = ".*"$/version = "99.0.0"/'
other arithmetic src/simulate/mod.rs 's/^\(pub const NUMERICS_VERSION: u32 = \).*$/\199;/'
for name in version arithmetic; do
    theirs=$repository/target/other-$name/target/release/ictus
    refused "$name" "$ours" "$theirs"
    refused "$name" "$theirs" "$ours"
done
echo "versions: done"
