#!/bin/bash
# The long campaigns. SOAK_SEED: of everything that is drawn; SOAK_PART=k/n: only the k-th of n parts, which add up; target/soak keeps what
# each has seen. ICTUS_FUZZ_SECONDS: how long each reader is fuzzed (60). Findings of the fuzzer are left in fuzz/artifacts; a good seed
# belongs in fuzz/seeds.
set -eu -o pipefail
cd "$(dirname "$0")/.."

# Signals that whoever calls ignores, as `nohup` does, would be ignored by the runs that they should stop.
if [ -z "${SOAK_SIGNALS:-}" ]; then
    SOAK_SIGNALS=default exec env --default-signal=HUP,INT,TERM,USR1 "$0" "$@"
fi

export SOAK_SEED=${SOAK_SEED:-20261128} SOAK_PART=${SOAK_PART:-1/1}
if ! [[ $SOAK_PART =~ ^([1-9][0-9]*)/([1-9][0-9]*)$ ]] || [ "${BASH_REMATCH[1]}" -gt "${BASH_REMATCH[2]}" ]; then
    echo "soak: SOAK_PART is k/n, the k-th of n parts: $SOAK_PART" >&2
    exit 2
fi
part=${BASH_REMATCH[1]} parts=${BASH_REMATCH[2]}
seconds=${ICTUS_FUZZ_SECONDS:-60}
number=0

# mine WHAT: whether the next of the smaller campaigns is in this part; says so.
mine() {
    number=$((number + 1))
    [ $(((number - 1) % parts + 1)) -eq "$part" ] || return 1
    echo "soak: $*"
}

fuzz() {
    local target=$1 memory=/dev/shm
    if ! cargo fuzz --version > /dev/null 2>&1; then
        echo "soak: installing cargo-fuzz"
        cargo install --locked --quiet cargo-fuzz
    fi
    [ -w "$memory" ] || memory=${TMPDIR:-/tmp}
    ICTUS_FUZZ_FOLDER=$(mktemp -d "$memory/ictus-fuzz-XXXXXX")
    export ICTUS_FUZZ_FOLDER
    trap 'rm -rf "$ICTUS_FUZZ_FOLDER"' EXIT
    mkdir -p "fuzz/corpus/$target"
    local seeds=("fuzz/seeds/$target")
    case $target in
    model) seeds+=(models) ;;
    study) seeds+=(configs) ;;
    esac
    # Without the address sanitizer, which needs a nightly compiler: the readers are safe code.
    cargo fuzz run --sanitizer none --release "$target" "fuzz/corpus/$target" "${seeds[@]}" -- \
        -max_total_time="$seconds" -max_len=20000 -timeout=20 -rss_limit_mb=4096 -verbosity=0 -print_final_stats=1
    rm -rf "$ICTUS_FUZZ_FOLDER"
}

tests/mpi.sh build
export ICTUS_MPI_PROGRAM=$PWD/target/mpi-openmpi/release/ictus

if mine "every fault, one by one"; then
    ICTUS_ALL_FAULTS=1 cargo test --release --locked --test store_faults --test resume
fi
if mine "one long run, killed fifty times, and the same over ranks"; then
    ICTUS_KILLS=50 cargo test --release --locked --test kill -- --include-ignored --nocapture
fi
if mine "errors and intervals of sensitivity indices"; then
    cargo test --release --locked --lib sensitivity -- --ignored --nocapture
fi
if mine "ranks of separately built programs"; then
    tests/versions.sh
fi
if mine "the wheel compiled twice, and the recipes read by their own tools"; then
    tests/wheel.sh twice
    tests/recipe_tools.sh
fi
if mine "the wheel in a system that has Python alone"; then
    packaging/wheel.sh
    tests/wheel/fresh_root.sh
fi
if mine "the journals of 10^7 points, and processes that share a folder, again and again"; then
    cargo test --release --locked --test resume -- --ignored --nocapture
    for _ in 1 2 3 4 5; do
        cargo test --release --locked --quiet --test join --test quarantine
    done
fi
for target in model study journal matrix; do
    if mine "fuzzing the $target reader for $seconds s"; then
        fuzz "$target"
    fi
done

echo "soak: part $part of $parts of every kind of study x every wire x every way to stop, seed $SOAK_SEED"
cargo test --release --locked --test campaign -- --ignored --nocapture all_runs
echo "soak: done"
