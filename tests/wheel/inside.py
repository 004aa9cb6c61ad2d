"""Looks into a wheel: what is in it, that its bill of materials is whole and names what is linked in, and that licences are there. Writes what
the bill says of NetCDF and HDF5 into a file, in the words of `ictus doctor`."""

import csv
import io
import json
import sys
import zipfile

archive = zipfile.ZipFile(sys.argv[1])
files = {info.filename: info for info in archive.infolist()}
print(f"wheel: {sys.argv[1].rpartition('/')[2]}, {sum(info.compress_size for info in files.values()) / 1e6:.1f} MB:")
for info in files.values():
    print(f"  {info.file_size:>9}  {info.filename}")


def only(ending):
    """The one file whose name ends so."""
    (name,) = [name for name in files if name.endswith(ending)]
    return archive.read(name)


program = only(".data/scripts/ictus")
assert program[:4] == b"\x7fELF", "it is not a program"
for name, digest, size in csv.reader(io.StringIO(only("/RECORD").decode())):
    assert name in files, name
    assert not size or int(size) == files[name].file_size, name
    assert not digest or digest.startswith("sha256="), name

bill = json.loads(only("/sboms/ictus.cdx.json"))
parts = {part["name"]: part for part in bill["components"]}
references = {part["bom-ref"] for part in bill["components"]} | {bill["metadata"]["component"]["bom-ref"]}
for entry in bill["dependencies"]:
    assert {entry["ref"], *entry["dependsOn"]} <= references, entry
for part in parts.values():
    assert part["version"] and part["licenses"][0]["expression"], part
for name in ("HDF5", "netCDF-C", "zlib"):
    print(f"wheel: the bill names {name} {parts[name]['version']}")

texts = only("/THIRD_PARTY.txt").decode()
for part in parts.values():
    assert f"{part['name']} {part['version']}" in texts, part["name"]
for words in ("The HDF Group", "Unidata", "Jean-loup Gailly", "SIL OPEN FONT LICENSE"):
    assert words in texts, words
with open(sys.argv[2], "w", encoding="utf-8") as file:
    file.write(f"netcdf {parts['netCDF-C']['version']}, hdf5 {parts['HDF5']['version']}\n")
print(f"wheel: {len(parts)} parts, each with its licence")
