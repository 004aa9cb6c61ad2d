#!/bin/bash
# The same sweeps by ictus, JAX and numpy, one thread each, and the same indices by ictus, OpenTURNS, SALib and R; ends with an error where
# their numbers differ. Needs the packages of tests/peers/requirements.txt, installed in .venv, and the R package `sensitivity`, installed
# from CRAN into target/peers/R where R does not have it; ICTUS_PEERS_WITHOUT_R=1 leaves R out.
set -eu -o pipefail
cd "$(dirname "$0")/.."

echo "peers: installing JAX and OpenTURNS into .venv"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement tests/peers/requirements.txt
cargo build --release --locked --quiet
mkdir -p target/peers
.venv/bin/python tests/peers/jansen_rit.py target/release/ictus target/peers/jansen_rit
.venv/bin/python tests/peers/networks.py target/release/ictus target/peers/networks
.venv/bin/python tests/peers/sensitivity.py target/release/ictus target/peers/sensitivity

if [ "${ICTUS_PEERS_WITHOUT_R:-}" = 1 ]; then
    echo "peers: R is left out, as ICTUS_PEERS_WITHOUT_R=1 asks: its sobolmartinez, soboljansen, sobol2007 and morris were not compared"
    exit
fi
mkdir -p target/peers/R
export R_LIBS="$PWD/target/peers/R${R_LIBS:+:$R_LIBS}"
has_sensitivity() {
    Rscript --vanilla -e 'quit(status = !requireNamespace("sensitivity", quietly = TRUE))' > /dev/null 2>&1
}
if ! has_sensitivity; then
    echo "peers: installing the R package sensitivity and what it needs from CRAN into target/peers/R, which takes a while"
    Rscript --vanilla -e 'install.packages("sensitivity", lib = "target/peers/R", repos = "https://cloud.r-project.org")' \
        > target/peers/R.log 2>&1 || true
    has_sensitivity || {
        echo "peers: the R package sensitivity is not there and could not be installed (target/peers/R.log): R was not compared." >&2
        echo "Install it by other means, or say ICTUS_PEERS_WITHOUT_R=1 to leave R out." >&2
        exit 1
    }
fi
Rscript --vanilla tests/peers/sensitivity.R target/peers/sensitivity
