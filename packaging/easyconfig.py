"""Prints the easyconfig by which EasyBuild builds ictus with Open MPI: docs/install_on_a_cluster.md.

The crates and their checksums are those of Cargo.lock, so that they cannot differ. EasyBuild takes the sources from a tar file in
its source path, since they have no public address."""

import pathlib
import tomllib

HEAD = """\
# Made by packaging/easyconfig.py of the sources of ictus. The sources: in a clone,
#   git archive --prefix=ictus-{version}/ --output=ictus-{version}.tar.gz HEAD
easyblock = "Cargo"

name = "ictus"
version = "{version}"

# The sources have no public place yet.
homepage = ""
description = "Maps where a brain model is stable and where it seizes: parameter sweeps over MPI ranks into NetCDF maps."

toolchain = {{"name": "foss", "version": "2025b"}}

sources = [SOURCE_TAR_GZ]

builddependencies = [
    ("binutils", "2.44"),
    ("Rust", "1.91.1"),
    ("pkgconf", "2.4.3"),
    # bindgen reads the headers of the MPI library by its libclang.
    ("LLVM", "20.1.8"),
]
dependencies = [("netCDF", "4.9.3")]

preinstallopts = 'MPICC=mpicc LIBCLANG_PATH="$EBROOTLLVM/lib" '
installopts = "--features mpi --bin ictus"

crates = [
"""
TAIL = """\
]

postinstallcmds = [
    "mkdir -p %(installdir)s/share/man/man1",
    "%(installdir)s/bin/ictus manual %(installdir)s/share/man/man1",
]

sanity_check_paths = {"files": ["bin/ictus", "share/man/man1/ictus.1"], "dirs": []}
sanity_check_commands = ["ictus --version", "ictus doctor ."]

moduleclass = "bio"
"""


def easyconfig() -> str:
    """The text."""
    version = tomllib.loads(pathlib.Path("Cargo.toml").read_text(encoding="utf-8"))["package"]["version"]
    locked = tomllib.loads(pathlib.Path("Cargo.lock").read_text(encoding="utf-8"))["package"]
    crates = [package for package in locked if "source" in package]
    lines = [f'    ("{package["name"]}", "{package["version"]}"),\n' for package in crates]
    sums = [f'    {{"{package["name"]}-{package["version"]}.tar.gz": "{package["checksum"]}"}},\n' for package in crates]
    # The checksum of the sources is unknown here: whoever makes the tar file may add it.
    return HEAD.format(version=version) + "".join(lines) + "]\n\nchecksums = [\n    None,\n" + "".join(sums) + TAIL


if __name__ == "__main__":
    print(easyconfig(), end="")
