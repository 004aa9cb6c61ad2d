"""Writes the files of this folder anew: scipy 1.17 and h5py 3.16, which the tests themselves do without.

    python -m venv other && other/bin/pip install scipy h5py && other/bin/python tests/matrix_files/make.py

All of them hold the weights W of three nodes, and some what they are called."""

import gzip
import io
import pathlib

import h5py
import numpy as np
import scipy.io
import scipy.sparse

HERE = pathlib.Path(__file__).parent
W = np.array([[0, 0.25, 0.5], [1, 0, 2], [0.125, 3, 0]])
NAMES = ["lh.a", "rh.b", "lh.c"]


def keep(name, content):
    (HERE / f"{name}.gz").write_bytes(gzip.compress(content, 9, mtime=0))


def mat(name, variables, **options):
    buffer = io.BytesIO()
    scipy.io.savemat(buffer, variables, **options)
    keep(name, buffer.getvalue())


def hdf5(name, write, **options):
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", **options) as file:
        write(file)
    keep(name, buffer.getvalue())


def plain(file):
    file["W"] = W
    file["other/sc"] = 2 * W
    file["labels"] = np.array(NAMES, dtype="S")
    file["list"] = np.arange(5.0)


def chunked(file):
    file.create_dataset("weights", data=W.astype("f4"), chunks=(2, 2), compression="gzip", shuffle=True, fletcher32=True)
    file.create_dataset("whole", data=W.astype(">f8"), chunks=(3, 3))
    file.create_dataset("region_labels", data=NAMES, dtype=h5py.string_dtype())


def tracked(file):
    for number in range(12):
        file[f"w{number}"] = W + np.full((3, 3), number)


def latest(file):
    file["W"] = W
    file.create_dataset("packed", data=W, chunks=(3, 3), compression="gzip")
    file["truth"] = W > 0


def cyclic(file):
    group = file.create_group("g")
    group["W"] = W
    group["loop"] = group
    file["up"] = file["/"]
    file["nowhere"] = h5py.SoftLink("/nowhere")
    file["outside"] = h5py.ExternalLink("other.h5", "/W")


def matlab(file):
    """As MATLAB lays out `save -v7.3 W labels`: columns first, a cell refers to its texts, and a head of 512 bytes is before."""
    file.create_dataset("W", data=W.T, chunks=(3, 3), compression="gzip").attrs["MATLAB_class"] = np.bytes_("double")
    texts = file.create_group("#refs#")
    references = []
    for number, name in enumerate(NAMES):
        letters = np.frombuffer(name.encode("utf-16-le"), dtype="u2").reshape(-1, 1)
        texts[f"t{number}"] = letters
        texts[f"t{number}"].attrs["MATLAB_class"] = np.bytes_("char")
        references.append(texts[f"t{number}"].ref)
    cell = file.create_dataset("labels", data=np.array([references], dtype=h5py.ref_dtype), dtype=h5py.ref_dtype)
    cell.attrs["MATLAB_class"] = np.bytes_("cell")


mat("scipy.mat", {"W": W, "labels": np.array(NAMES, dtype=object)})
mat("scipy_packed.mat", {"W": W, "list": np.arange(5.0)}, do_compression=True)
mat("scipy_sparse.mat", {"W": scipy.sparse.csc_matrix(W), "name": "three nodes"})
mat("scipy_whole.mat", {"W": np.array([[0, 1, 200], [4, 0, 3], [2, 1, 0]], dtype="u1"), "V": W, "s": {"W": W}})
hdf5("plain.h5", plain)
hdf5("chunked.h5", chunked)
hdf5("tracked.h5", tracked, track_order=True)
hdf5("latest.h5", latest, libver="latest")
hdf5("cyclic.h5", cyclic)
buffer = io.BytesIO()
with h5py.File(buffer, "w", userblock_size=512) as file:
    matlab(file)
content = bytearray(buffer.getvalue())
content[:128] = b"MATLAB 7.3 MAT-file, Platform: GLNXA64 HDF5 schema 1.00 .".ljust(116) + bytes(8) + b"\x00\x02IM"
keep("matlab.mat", bytes(content))
