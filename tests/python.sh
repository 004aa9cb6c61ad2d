#!/bin/bash
# The Python package: its types, its style, its tests with the program that was built, and the notebook from its top.
# ICTUS_BINARY and PYTHON name another program and another Python.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${ICTUS_BINARY:-}" ]; then
    cargo build --release --locked --quiet
    ICTUS_BINARY=$PWD/target/release/ictus
fi
python=${PYTHON:-$PWD/.venv/bin/python}
place=$PWD/target/python
rm -rf "$place"
mkdir -p "$place/notebook"

# Nothing is left beside the sources or in the home.
export ICTUS_BINARY PYTHONPATH=$PWD/python PYTHONPYCACHEPREFIX=$place/bytecode MPLCONFIGDIR=$place/matplotlib
export IPYTHONDIR=$place/ipython JUPYTER_RUNTIME_DIR=$place/jupyter JUPYTER_NO_CONFIG=1 RUFF_CACHE_DIR=$place/ruff

"$python" -m ruff format --config python/pyproject.toml --check python/ictus python/tests tests/notebook.py
"$python" -m ruff check python/ictus python/tests
(cd python && "$python" -m mypy --cache-dir "$place/mypy")
"$python" -m pytest -c python/pyproject.toml -o cache_dir="$place/pytest" --basetemp "$place/folders" --durations=5 python/tests
notebook=$PWD/docs/ictus.ipynb
(cd "$place/notebook" && "$python" "$OLDPWD/tests/notebook.py" "$notebook")
