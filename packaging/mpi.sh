#!/bin/bash
# mpi.sh [FOLDER]: builds the program with the MPI library whose compiler is `mpicc` in the PATH, or what MPICC names, into FOLDER (target/mpi),
# and prints how to start it. What the build needs beside and PyPI has, it takes from there into target/mpi-tools: libclang, and, where
# there is no NetCDF library, cmake to build one in.
set -eu -o pipefail
cd "$(dirname "$0")/.."

folder=${1:-target/mpi}
compiler=${MPICC:-mpicc}
fail() {
    local line
    printf 'mpi: %s\n' "$1" >&2
    for line in "${@:2}"; do
        printf '     %s\n' "$line" >&2
    done
    exit 2
}

command -v cargo > /dev/null || fail "Rust is missing: install it as https://rustup.rs says (1.89 or newer), then run this again."
path=$(command -v "$compiler") || fail \
    "there is no MPI compiler \`$compiler\` in the PATH. Load the module of your MPI library (\`module load openmpi\`; \`module avail mpi\`" \
    "lists them), install one (Debian: libopenmpi-dev or libmpich-dev), or name its compiler: MPICC=/path/to/mpicc make mpi"
# Open MPI and MPICH both have it; a compiler that has not is of no MPI library, or cannot find its own.
link=$("$compiler" -show 2> /dev/null || true)
[ -n "$link" ] || fail \
    "\`$path -show\` prints nothing, so it is not the compiler of an MPI library; name another one: MPICC=/path/to/mpicc make mpi"
echo "mpi: $path"

# tools: the folder of what comes from PyPI.
tools() {
    packaging/tools.sh packaging/mpi.txt mpi-tools || fail \
        "Python packages cannot be installed here (no network?). On a machine with one, in a copy of this folder, run" \
        "    packaging/tools.sh packaging/mpi.txt mpi-tools" \
        "or install libclang (Debian: libclang-dev) and the NetCDF library (Debian: libnetcdf-dev), or load modules of them."
}

# Where the crate clang-sys looks.
has_libclang() {
    [ -z "${LIBCLANG_PATH:-}" ] || return 0
    local found
    found=$(find -L /usr/lib /usr/lib64 /usr/local/lib /usr/local/lib64 -maxdepth 4 \( -name 'libclang.so*' -o -name 'libclang-[0-9]*.so*' \) 2> /dev/null | head -n 1)
    [ -n "$found" ] || { command -v llvm-config && ls "$(llvm-config --libdir)"/libclang*.so*; } > /dev/null 2>&1
}
if ! has_libclang; then
    bin=$(tools)
    LIBCLANG_PATH=$("$bin/python" -c 'import clang, pathlib; print(pathlib.Path(clang.__path__[0]) / "native")')
    # It comes without the headers of a compiler (stddef.h).
    BINDGEN_EXTRA_CLANG_ARGS="-I$(gcc -print-file-name=include) ${BINDGEN_EXTRA_CLANG_ARGS:-}"
    export LIBCLANG_PATH BINDGEN_EXTRA_CLANG_ARGS
    echo "mpi: libclang of PyPI"
fi
features=mpi
if ! pkg-config --exists netcdf 2> /dev/null && ! command -v nc-config > /dev/null; then
    echo "mpi: there is no NetCDF library (\`module load netcdf-c\` may give one); it is built in, which takes some minutes once"
    features=mpi,static-netcdf
    bin=$(tools)
    PATH=$bin:$PATH
fi

# cargo does not notice that another compiler has the same name.
stamp=$folder/mpicc
mkdir -p "$folder"
if [ -e "$stamp" ] && [ "$(cat "$stamp")" != "$path $link" ]; then
    echo "mpi: another library than last time"
    cargo clean --release --quiet --target-dir "$folder" --package mpi --package mpi-sys
fi
echo "$path $link" > "$stamp"
MPICC=$compiler cargo build --release --locked --quiet --features "$features" --target-dir "$folder" --bin ictus

program=$(cd "$folder/release" && pwd)/ictus
library=$("$program" doctor --json "$folder" | "${PYTHON:-python3}" -c 'import json, sys; print(json.load(sys.stdin)["mpi"])')
case $library in
*"Open MPI"*) launch="mpirun -n 2 --map-by ppr:1:node --bind-to none" flavour=pmix ;;
*) launch="mpirun -n 2 -ppn 1 -bind-to none" flavour=pmi2 ;;
esac
cat << END_OF_TEXT
mpi: $library
     program    $program
     try it     mpirun -n 2 $program doctor --ranks
     two nodes  $launch $program run configs/quickstart.toml
     in a profile of \`ictus submit\`:
       launcher = "srun"
       mpi = "$flavour"          # \`srun --mpi=list\` lists what this Slurm has
       program = "$program"
END_OF_TEXT
