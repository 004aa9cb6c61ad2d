#!/bin/bash
# Packs dist/ictus-VERSION-x86_64-linux.tar.gz: the program of the wheel in dist/, for whoever has no pip, with manual pages, completions, models,
# studies, pages, licences and the bill of materials. The same sources give the same bytes.
set -eu -o pipefail
cd "$(dirname "$0")/.."

fail() {
    echo "dist: $*" >&2
    exit 1
}

shopt -s nullglob
wheels=(dist/ictus-*.whl)
[ "${#wheels[@]}" -eq 1 ] || fail "dist/ holds ${#wheels[@]} wheels and not one; run make wheel, or make dist, which does it first"
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
[[ ${wheels[0]} == "dist/ictus-$version-"* ]] || fail "${wheels[0]} is not of version $version; run make dist"
name=ictus-$version-x86_64-linux
place=target/dist
rm -rf "$place"
folder=$place/$name
mkdir -p "$folder"/{bin,licences} "$folder"/share/{man/man1,bash-completion/completions,zsh/site-functions,fish/vendor_completions.d}

"${PYTHON:-python3}" - "${wheels[0]}" "$folder" << 'END_OF_PYTHON'
import pathlib
import sys
import zipfile

archive, folder = zipfile.ZipFile(sys.argv[1]), pathlib.Path(sys.argv[2])
for name in archive.namelist():
    last = name.rpartition("/")[2]
    if name.endswith(".data/scripts/ictus"):
        (folder / "bin/ictus").write_bytes(archive.read(name))
    elif "/licenses/" in name or name.endswith("/sboms/ictus.cdx.json"):
        (folder / "licences" / last).write_bytes(archive.read(name))
END_OF_PYTHON
for part in bin/ictus licences/THIRD_PARTY.txt licences/ictus.cdx.json; do
    [ -s "$folder/$part" ] || fail "${wheels[0]} has no $part; make it anew with make wheel"
done
chmod 755 "$folder/bin/ictus"
program=$folder/bin/ictus
"$program" manual "$folder/share/man/man1" > /dev/null
"$program" completions bash > "$folder/share/bash-completion/completions/ictus"
"$program" completions zsh > "$folder/share/zsh/site-functions/_ictus"
"$program" completions fish > "$folder/share/fish/vendor_completions.d/ictus.fish"
# What is not in git is nobody's but the builder's.
git ls-files -z models configs docs jobs slurm/profiles README.md CHANGELOG.md CITATION.cff LICENSE-APACHE LICENSE-MIT |
    xargs -0 cp --parents --target-directory="$folder"
# The first date that a wheel can have, for the same reason: archives differ by what is in them alone.
archive=dist/$name.tar.gz
rm -f dist/ictus-*-linux.tar.gz
tar --create --format=ustar --sort=name --mtime=@315532800 --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
    --directory="$place" "$name" | gzip -9 --no-name > "$archive.part"
mv "$archive.part" "$archive"
ls -l "$archive"
