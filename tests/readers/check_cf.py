"""The CF checker of PyPI finds no error and no warning in a map, and does find one in a broken copy of it."""

import json
import subprocess
import sys

import netCDF4


def complaints(path):
    """What the checker of CF-1.11 says, from errors down to warnings."""
    program = sys.executable.replace("python", "compliance-checker")
    command = [program, "--test=cf:1.11", "--format=json", "--output=cf.json", path]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    with open("cf.json", encoding="utf-8") as file:
        report = json.load(file)["cf:1.11"]
    checks = report["high_priorities"] + report["medium_priorities"] + report["low_priorities"]
    assert checks, "the checker checked nothing"
    return [f"{check['name']}: {message}" for check in checks for message in check["msgs"]]


path = sys.argv[1]
found = complaints(path)
print("\n".join(found) or "no error, no warning")

with open(path, "rb") as whole, open("broken.nc", "wb") as broken:
    broken.write(whole.read())
with netCDF4.Dataset("broken.nc", "a") as data:
    data["regime"].flag_meanings = "too few"
assert len(complaints("broken.nc")) > len(found), "the checker does not see a broken map"
sys.exit(bool(found))
