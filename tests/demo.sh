#!/bin/bash
# The first map: builds the program, runs configs/quickstart.toml, and draws its map. A second call finds it all done.
# ICTUS_MANIFEST: build from that Cargo.toml (tests/readme.sh calls this in a copy whose target/ is the original's).
set -eu -o pipefail
cd "$(dirname "$0")/.."

echo "demo: building the program (the first time takes a few minutes)"
cargo build --release --locked --manifest-path "${ICTUS_MANIFEST:-Cargo.toml}"
ictus=target/release/ictus
map=runs/quickstart/map.nc
picture=runs/quickstart/map.png
echo "demo: $ictus run configs/quickstart.toml"
"$ictus" run configs/quickstart.toml
echo "demo: $ictus plot $map -o $picture"
"$ictus" plot "$map" -o "$picture"
"$ictus" plot "$map"
test -s "$map"
test -s "$picture"
echo
echo "The map is $map, its picture $picture."
echo "Next: $ictus info $map; docs/write_a_study.md"
