#!/bin/bash
# cargo test as it is, with the seconds of each test beside its name; keeps them in target/test_times.
set -eu -o pipefail
cd "$(dirname "$0")/.."
# The runner adds libtest's own clock, which stable Rust has but hides.
cargo test --release --locked --config 'target."cfg(all())".runner = "tests/timed_test.sh"' "$@" 2>&1 |
    tee target/test_log
awk '/^test .* <[0-9.]+s>$/ {
        seconds = $NF; gsub(/[<>s]/, "", seconds); printf "%8.3f %s %s\n", seconds, binary, $2
    }
    /^ *Running / { binary = $(NF - 1) }' target/test_log > target/test_times
