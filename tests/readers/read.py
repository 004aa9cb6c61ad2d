"""What xarray reads in a map; read.R and read.m print the same lines."""

import sys

import numpy
import xarray

data = xarray.open_dataset(sys.argv[1])
regime, status, amplitude = data["regime"], data["status"], data["amplitude"]
dimensions = regime.dims
assert dimensions == ("start", "B", "p"), dimensions

assert list(data["start"].values) == ["rest", "excited", "far"], data["start"].values
assert data.sel(start="excited")["regime"].dims == ("B", "p")
for flags in (regime, status, data["settled"]):
    assert flags.dtype == numpy.int8, f"{flags.name} became {flags.dtype}"
    meanings = flags.attrs["flag_meanings"].split()
    assert list(range(len(meanings))) == list(flags.attrs["flag_values"]), flags.name
    assert int(flags.min()) >= 0 and int(flags.max()) < len(meanings), flags.name
for axis in dimensions[1:]:
    assert data[axis].dtype == numpy.float64 and data[axis].attrs["long_name"], axis
for name, variable in data.data_vars.items():
    assert "long_name" in variable.attrs, name
    assert "units" in variable.attrs or "flag_values" in variable.attrs, name
    assert variable.dtype.kind in "fi", f"{name} became {variable.dtype}"
assert data["A"].shape == () and data["A"].attrs["units"] == "mV"
assert data.attrs["Conventions"].startswith("CF-1.11"), data.attrs["Conventions"]
for text in ("title", "study", "model", "history"):
    assert data.attrs[text].strip(), text
assert "jansen_rit" in data.attrs["study"] and "done" in data.attrs["model"]

print("dimensions", *(f"{name}={data.sizes[name]}" for name in dimensions))
for axis in dimensions[1:]:
    print(axis, data[axis].attrs["units"], f"{float(data[axis][0]):.9g}", f"{float(data[axis][-1]):.9g}")
print("A", data["A"].attrs["units"], f"{float(data['A']):.9g}")
print("meanings", regime.attrs["flag_meanings"])
print("regimes", *numpy.bincount(regime.values.ravel(), minlength=len(regime.attrs["flag_values"])))
print("status", *numpy.bincount(status.values.ravel(), minlength=len(status.attrs["flag_values"])))
print("amplitude", int(amplitude.count()), f"{float(amplitude.sum()):.9g}", amplitude.attrs["units"])
print("corner", f"{float(amplitude[0, 0, -1]):.9g}", int(regime[0, 0, -1]), int(data["steps"][0, 0, -1]))
