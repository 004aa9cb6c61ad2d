#!/bin/bash
# The same runs through ictus and SALib, designs of one in the other, maps against an analysis of variance in numpy: tests/salib/compare.py.
set -eu -o pipefail
cd "$(dirname "$0")/.."

cargo build --release --locked --quiet
rm -rf target/salib
.venv/bin/python tests/salib/compare.py target/release/ictus target/salib
