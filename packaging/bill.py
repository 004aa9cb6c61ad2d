"""Lists what is inside the program that `make wheel` builds: a bill of materials (CycloneDX) and the texts of the licences.

Both are made of what is built: the crates that the lock file links into the program, the C sources that two of them carry, what
the compilers add, and the font. The same sources give the same bytes. Fails where a part has no licence, or another one than
deny.toml allows."""

import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tomllib
import uuid

FEATURES = "static-netcdf"
TARGET = "x86_64-unknown-linux-gnu"
#: What the font and the compilers' own libraries are under; deny.toml speaks of crates alone.
ALSO_ALLOWED = {"OFL-1.1"}
TEXTS = re.compile(r"^(licen[cs]e|copying|copyright|notice|unlicen[cs]e)", re.IGNORECASE)


def printed(*command):
    """What a command prints."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def read(path):
    """A text, with the line ends of this system and no blanks at the ends of lines."""
    lines = pathlib.Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(line.rstrip() for line in lines).strip() + "\n"


def found(pattern, path):
    """What a pattern finds in a file; that it finds nothing is an error."""
    match = re.search(pattern, read(path), re.MULTILINE)
    if match is None:
        sys.exit(f"bill: {path} does not say {pattern}")
    return match


def comment(path, number=0):
    """The first comment of a C source that speaks of a copyright."""
    comments = [text for text in re.findall(r"/\*(.*?)\*/", read(path), re.DOTALL) if "opyright" in text]
    lines = [re.sub(r"^\s*\*? ?", "", line) for line in comments[number].splitlines()]
    return "\n".join(lines).strip() + "\n"


def crates():
    """The packages that are linked into the program, by name and version."""
    options = ["--locked", "--features", FEATURES]
    tree = printed(
        "cargo", "tree", *options, "--target", TARGET, "--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"
    )
    linked = {tuple(line.split()[:2]) for line in tree.splitlines() if line}
    metadata = json.loads(printed("cargo", "metadata", "--format-version", "1", *options, "--filter-platform", TARGET))
    packages = {}
    for package in metadata["packages"]:
        if (package["name"], f"v{package['version']}") in linked:
            packages[package["id"]] = package
    edges = {
        node["id"]: sorted({d["pkg"] for d in node["deps"] if d["pkg"] in packages})
        for node in metadata["resolve"]["nodes"]
        if node["id"] in packages
    }
    if len(packages) != len(linked):
        sys.exit(f"bill: {len(linked)} packages are linked, {len(packages)} are described")
    return packages, edges, metadata["resolve"]["root"]


def texts_of(package):
    """The licences that come with a crate: names and texts."""
    folder = pathlib.Path(package["manifest_path"]).parent
    paths = sorted(path for path in folder.iterdir() if TEXTS.match(path.name) and path.is_file())
    if package["license_file"]:
        paths.append(folder / package["license_file"])
    return {path.name: read(path) for path in dict.fromkeys(paths)}


def carried(folders):
    """What is inside beside the crates themselves: name, version, licence, where it is from, texts, and which crate carries it."""
    hdf5 = folders["hdf5-metno-src"] / "ext/hdf5"
    netcdf = folders["netcdf-src"] / "source"
    zlib = folders["libz-sys"] / "src/zlib"
    version = [found(rf"define H5_VERS_{part}\s+(\d+)", hdf5 / "src/H5public.h")[1] for part in ("MAJOR", "MINOR", "RELEASE")]
    yield "HDF5", ".".join(version), "BSD-3-Clause", "pkg:github/HDFGroup/hdf5", {"LICENSE": read(hdf5 / "LICENSE")}, "hdf5-metno-src"
    version = found(r"^ +VERSION ([\d.]+)$", netcdf / "CMakeLists.txt")[1]
    texts = {"COPYRIGHT": read(netcdf / "COPYRIGHT")}
    for name in ("dcrc32.c", "dcrc64.c"):
        texts[f"libdispatch/{name}"] = comment(netcdf / "libdispatch" / name)
    yield "netCDF-C", version, "BSD-3-Clause AND Zlib", "pkg:github/Unidata/netcdf-c", texts, "netcdf-src"
    header = netcdf / "libdispatch/utf8proc.h"
    version = [found(rf"define UTF8PROC_VERSION_{part} (\d+)", header)[1] for part in ("MAJOR", "MINOR", "PATCH")]
    texts = {"utf8proc.h": comment(header)}
    yield "utf8proc", ".".join(version), "MIT", "pkg:github/JuliaStrings/utf8proc", texts, "netcdf-src"
    version = found(r'define ZLIB_VERSION "([\d.]+)', zlib / "zlib.h")[1]
    yield "zlib", version, "Zlib", "pkg:github/madler/zlib", {"LICENSE": read(zlib / "LICENSE")}, "libz-sys"
    yield from of_compilers()
    font = {"OFL.txt": read("src/show/font/OFL.txt")}
    version = hashlib.sha256(pathlib.Path("src/show/font/Arimo-Regular-subset.ttf").read_bytes()).hexdigest()[:12]
    yield "Arimo (a subset)", version, "OFL-1.1", "pkg:github/googlefonts/Arimo", font, "ictus"


def of_compilers():
    """What rustc and zig add to every program."""
    library = pathlib.Path(printed("rustc", "--print", "sysroot").strip()) / "share/doc/rust"
    version = printed("rustc", "--version").split()[1]
    texts = {}
    if (library / "COPYRIGHT-library.html").exists():
        html = read(library / "COPYRIGHT-library.html")
        texts = {"COPYRIGHT-library.html": "It is in the file rust-library.html beside this one.\n"}
        pathlib.Path(folder_of_texts, "rust-library.html").write_text(html, encoding="utf-8")
    yield "rust standard library", version, "MIT OR Apache-2.0", "pkg:github/rust-lang/rust", texts, "ictus"
    import ziglang  # noqa: PLC0415 - it is in the folder of the tools alone

    zig = pathlib.Path(ziglang.__file__).parent
    version = printed(sys.executable, "-m", "ziglang", "version").strip()
    texts = {"lib/libunwind/LICENSE.TXT": read(zig / "lib/libunwind/LICENSE.TXT")}
    yield "LLVM libunwind", f"zig-{version}", "Apache-2.0 WITH LLVM-exception", "pkg:github/llvm/llvm-project", texts, "ictus"
    yield "zig compiler-rt", version, "MIT", "pkg:pypi/ziglang", {"LICENSE": read(zig / "LICENSE")}, "ictus"


def components():
    """All parts with their licences, and which needs which."""
    with open("deny.toml", "rb") as file:
        rules = tomllib.load(file)["licenses"]
    clarified = {entry["crate"]: entry["expression"] for entry in rules["clarify"]}
    with open("Cargo.lock", "rb") as file:
        locked = {(entry["name"], entry["version"]): entry.get("checksum") for entry in tomllib.load(file)["package"]}
    packages, edges, root = crates()
    parts, needs = {}, {}
    folders = {}
    for identity, package in packages.items():
        name, version = package["name"], package["version"]
        folders[name] = pathlib.Path(package["manifest_path"]).parent
        purl = f"pkg:cargo/{name}@{version}"
        parts[purl] = {
            "name": name,
            "version": version,
            "licence": (package["license"] or clarified[name]).replace("/", " OR "),
            "texts": texts_of(package),
            "authors": package["authors"],
            "checksum": locked[name, version],
        }
        needs[purl] = [f"pkg:cargo/{packages[other]['name']}@{packages[other]['version']}" for other in edges[identity]]
    of_name = {part["name"]: purl for purl, part in parts.items()}
    allowed = set(rules["allow"]) | ALSO_ALLOWED
    for name, version, licence, address, texts, carrier in carried(folders):
        # Crates are looked at by tests/licences.py.
        if not any(all(word in allowed for word in words.split(" AND ")) for words in licence.split(" OR ")):
            sys.exit(f"bill: {name} is under `{licence}`, which is not allowed")
        purl = f"{address}@{version}" + (f"#{name.split()[0]}" if " " in name else "")
        parts[purl] = {"name": name, "version": version, "licence": licence, "texts": texts, "authors": [], "checksum": None}
        needs[purl] = []
        needs[of_name[carrier]].append(purl)
    return parts, needs, f"pkg:cargo/{packages[root]['name']}@{packages[root]['version']}"


def bill(parts, needs, root):
    """The bill of materials, CycloneDX 1.5."""

    def component(purl):
        part = parts[purl]
        entry = {"type": "library", "bom-ref": purl, "name": part["name"], "version": part["version"]}
        if part["checksum"]:
            entry["hashes"] = [{"alg": "SHA-256", "content": part["checksum"]}]
        entry["licenses"] = [{"expression": part["licence"]}]
        return entry | {"purl": purl}

    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": component(root) | {"type": "application"}},
        "components": [component(purl) for purl in sorted(parts) if purl != root],
        "dependencies": [{"ref": purl, "dependsOn": sorted(set(needs[purl]))} for purl in sorted(parts)],
    }
    number = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(document, sort_keys=True))
    return {"bomFormat": document.pop("bomFormat"), "serialNumber": f"urn:uuid:{number}"} | document


def licences(parts, root):
    """One text: what is inside and under what, then every text once with the parts that it came with."""
    lines = ["What is inside the program ictus as it is distributed, and under which licence.", ""]
    width = max(len(f"{part['name']} {part['version']}") for part in parts.values())
    texts = {}
    ordered = sorted(parts, key=lambda purl: (purl != root, parts[purl]["name"].lower(), parts[purl]["version"]))
    for purl in ordered:
        part = parts[purl]
        title = f"{part['name']} {part['version']}"
        bare = "" if part["texts"] else f" (no text came with it; by {', '.join(part['authors']) or 'its contributors'})"
        lines.append(f"{title:{width}}  {part['licence']}{bare}")
        for name, text in part["texts"].items():
            texts.setdefault(text, []).append(f"{title}: {name}")
    for text, owners in texts.items():
        lines += ["", "=" * 100, *owners, "-" * 100, text.rstrip()]
    return "\n".join(lines) + "\n"


folder_of_texts = sys.argv[1]
pathlib.Path(folder_of_texts).mkdir(parents=True, exist_ok=True)
everything = components()
written = json.dumps(bill(*everything), indent=1, ensure_ascii=False) + "\n"
pathlib.Path(folder_of_texts, "ictus.cdx.json").write_text(written, encoding="utf-8")
written = licences(everything[0], everything[2])
pathlib.Path(folder_of_texts, "THIRD_PARTY.txt").write_text(written, encoding="utf-8")
print(f"bill: {len(everything[0])} parts")
