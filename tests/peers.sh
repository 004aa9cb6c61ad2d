#!/bin/bash
# The same sweeps by ictus, JAX and numpy, one thread each; ends with an error where their numbers differ. Needs the packages of tests/peers/requirements.txt, installed in .venv.
set -eu -o pipefail
cd "$(dirname "$0")/.."

echo "peers: installing JAX into .venv"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement tests/peers/requirements.txt
cargo build --release --locked --quiet
mkdir -p target/peers
.venv/bin/python tests/peers/jansen_rit.py target/release/ictus target/peers/jansen_rit
.venv/bin/python tests/peers/networks.py target/release/ictus target/peers/networks
