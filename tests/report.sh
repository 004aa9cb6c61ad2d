#!/bin/bash
# Makes reports of real maps and opens them in a browser without a window: clicks, keys, sliders, screens, paper. Pictures of the
# pages stay in target/report/pictures.
set -eu -o pipefail
cd "$(dirname "$0")/.."

ictus=$PWD/target/release/ictus
folder=$PWD/target/report
rm -rf "$folder"
mkdir -p "$folder"
export PATH=$PWD/target/release:$PATH

# make NAME STUDY [--set KEY=VALUE]...: a run and its page.
make() {
    local name=$1
    shift
    "$ictus" --quiet run "$@" --output "$folder/$name" > "$folder/$name.log" 2>&1 || {
        cat "$folder/$name.log" >&2
        exit 1
    }
    (cd "$folder" && "$ictus" --quiet report "$name" -o "$name.html")
}

make plane configs/quickstart.toml --set space.axes.B.n=84 --set space.axes.p.n=128
"$ictus" --quiet curves configs/quickstart.toml --along p --with B --at B=22 -o "$folder/plane/curves.nc"
"$ictus" --quiet sense "$folder/plane" > "$folder/sense.log"
(cd "$folder" && "$ictus" --quiet report plane -o plane.html)

make further tests/report/further.toml
make line configs/jansen_rit_orbits.toml --set space.axes.p.n=150
make large tests/report/large.toml
make strange tests/report/strange.toml
make point tests/report/point.toml
make runs tests/report/runs.toml
"$ictus" --quiet sense "$folder/runs" > "$folder/sense.log"
(cd "$folder" && "$ictus" --quiet report runs -o runs.html)

size=$(stat -c %s "$folder/large.html")
if [ "$size" -ge 2000000 ]; then
    echo "report: the page of a million points has $size bytes" >&2
    exit 1
fi
python3 tests/report/check.py "$folder"
