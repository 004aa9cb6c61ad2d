#!/bin/bash
# The same sweep by ictus and by JAX, one thread each. Needs the packages of tests/peers/requirements.txt, installed in .venv.
set -eu -o pipefail
cd "$(dirname "$0")/.."

echo "peers: installing JAX into .venv"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement tests/peers/requirements.txt
cargo build --release --locked --quiet
place=target/peers
mkdir -p "$place"
target/release/ictus --quiet run tests/peers/jansen_rit.toml --threads 1 --fresh --output "$place/jansen_rit"
.venv/bin/python tests/peers/jansen_rit.py "$place/jansen_rit/map.nc"
