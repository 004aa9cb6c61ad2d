"""Reads `cargo metadata --all-features` on standard input and deny.toml; fails when a dependency's licence or origin is not allowed.

cargo-deny reads the same deny.toml and knows more (advisories), but takes minutes to build; this takes a second and needs
no network."""

import json
import re
import sys
import tomllib

REGISTRY = "registry+https://github.com/rust-lang/crates.io-index"


def allowed(expression, licences):
    """Whether an SPDX expression can be met with the allowed licences alone."""
    words = re.findall(r"[()]|[^\s()/]+(?: WITH [^\s()/]+)?", expression.replace("/", " OR "))

    def either():
        met = both()
        while words and words[0] == "OR":
            words.pop(0)
            met = both() or met
        return met

    def both():
        met = one()
        while words and words[0] == "AND":
            words.pop(0)
            met = one() and met
        return met

    def one():
        word = words.pop(0)
        if word == "(":
            met = either()
            assert words.pop(0) == ")", expression
            return met
        return word in licences

    met = either()
    assert not words, expression
    return met


def faults(packages, licences, clarified):
    """One line for each package that may not be used."""
    for package in packages:
        licence = package["license"] or clarified.get(package["name"], "none")
        name = f"{package['name']} {package['version']}"
        if package["source"] not in (None, REGISTRY):
            yield f"{name} comes from {package['source']}: depend on a release from crates.io"
        if not allowed(licence, licences):
            yield f"{name} is under `{licence}`: allow it in deny.toml or do without it"


def check_the_check():
    """A check that cannot fail is none."""
    allow = {"MIT", "Apache-2.0 WITH LLVM-exception"}
    assert allowed("MIT OR GPL-3.0-only", allow) and allowed("(GPL-2.0 OR MIT) AND MIT", allow)
    assert allowed("Apache-2.0 WITH LLVM-exception", allow) and allowed("Unlicense/MIT", allow)
    assert not allowed("GPL-3.0-only", allow) and not allowed("MIT AND GPL-2.0", allow) and not allowed("none", allow)
    bad = {"name": "x", "version": "1", "source": "git+https://example.org", "license": "GPL-3.0-only"}
    assert len(list(faults([bad], allow, {}))) == 2


def main():
    check_the_check()
    with open("deny.toml", "rb") as file:
        rules = tomllib.load(file)["licenses"]
    packages = json.load(sys.stdin)["packages"]
    clarified = {entry["crate"]: entry["expression"] for entry in rules["clarify"]}
    found = list(faults(packages, set(rules["allow"]), clarified))
    for fault in found:
        print(fault, file=sys.stderr)
    print(f"licences: {len(packages)} packages, {len(found)} not allowed")
    sys.exit(bool(found))


main()
