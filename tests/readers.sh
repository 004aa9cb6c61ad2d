#!/bin/bash
# A small map, made by the real program, opened by the readers that people use: ncdump, xarray, R, Octave. Each prints the
# same summary, which must agree with the others; a CF checker must find nothing to complain about.
set -eu -o pipefail
cd "$(dirname "$0")/.."

place=target/readers
rm -rf "$place"
mkdir -p "$place"

if [ $# -eq 1 ]; then
    cp "$1" "$place/map.nc"
else
    cargo build --release --locked --quiet
    target/release/ictus run tests/readers/study.toml --output "$place/run"
    cp "$place/run/map.nc" "$place/map.nc"
fi
cd "$place"
here=../../tests/readers
python=../../.venv/bin/python

echo "readers: ncdump"
ncdump -h map.nc > ncdump.txt
for wanted in 'byte regime(start, B, p)' 'byte status(start, B, p)' 'double amplitude(start, B, p)' \
    'regime:flag_meanings' 'Conventions = "CF-1.11' ':study =' ':model =' ':history ='; do
    grep --quiet --fixed-strings "$wanted" ncdump.txt || {
        echo "readers: ncdump -h does not show $wanted" >&2
        exit 1
    }
done

echo "readers: xarray"
"$python" "$here/read.py" map.nc > xarray.txt
echo "readers: R ncdf4"
Rscript --vanilla "$here/read.R" map.nc > R.txt
echo "readers: Octave netcdf"
octave-cli --norc --quiet "$here/read.m" map.nc > octave.txt 2> octave.err || {
    cat octave.err >&2
    exit 1
}
cat xarray.txt
diff xarray.txt R.txt || { echo "readers: R (>) read something else than xarray (<)" >&2; exit 1; }
diff xarray.txt octave.txt || { echo "readers: Octave (>) read something else than xarray (<)" >&2; exit 1; }

echo "readers: CF checker"
"$python" "$here/check_cf.py" map.nc
echo "readers: all agree"
