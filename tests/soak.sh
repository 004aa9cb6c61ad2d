#!/bin/bash
# The long campaigns. ICTUS_KILLS: how often one run is killed (50); ICTUS_FUZZ_SECONDS: how long each reader is fuzzed (60).
# Findings of the fuzzer are left in fuzz/artifacts; a good seed belongs in fuzz/seeds.
set -eu -o pipefail
cd "$(dirname "$0")/.."

export ICTUS_KILLS=${ICTUS_KILLS:-50}
seconds=${ICTUS_FUZZ_SECONDS:-60}

echo "soak: $ICTUS_KILLS kills, then every fault, one by one"
ICTUS_ALL_FAULTS=1 cargo test --release --locked --test kill --test store_faults --test resume

echo "soak: $ICTUS_KILLS kills of ranks"
tests/mpi.sh build
ICTUS_MPI_PROGRAM=$PWD/target/mpi-openmpi/release/ictus \
    cargo test --release --locked --test kill -- --ignored --nocapture

echo "soak: ranks of separately built programs"
tests/versions.sh

echo "soak: the journals of 10^7 points, and processes that share a folder, again and again"
cargo test --release --locked --test resume -- --ignored --nocapture
for _ in 1 2 3 4 5; do
    cargo test --release --locked --quiet --test join --test quarantine
done

if ! cargo fuzz --version > /dev/null 2>&1; then
    echo "soak: installing cargo-fuzz"
    cargo install --locked --quiet cargo-fuzz
fi
memory=/dev/shm
[ -w "$memory" ] || memory=${TMPDIR:-/tmp}
ICTUS_FUZZ_FOLDER=$(mktemp -d "$memory/ictus-fuzz-XXXXXX")
export ICTUS_FUZZ_FOLDER
trap 'rm -rf "$ICTUS_FUZZ_FOLDER"' EXIT
for target in model study journal matrix; do
    echo "soak: fuzzing the $target reader for $seconds s"
    mkdir -p "fuzz/corpus/$target"
    seeds=("fuzz/seeds/$target")
    case $target in
    model) seeds+=(models) ;;
    study) seeds+=(configs) ;;
    esac
    # Without the address sanitizer, which needs a nightly compiler: the readers are safe code.
    cargo fuzz run --sanitizer none --release "$target" "fuzz/corpus/$target" "${seeds[@]}" -- \
        -max_total_time="$seconds" -max_len=20000 -timeout=20 -rss_limit_mb=4096 -verbosity=0 -print_final_stats=1
done
echo "soak: done"
