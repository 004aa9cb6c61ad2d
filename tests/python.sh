#!/bin/bash
# The Python package: its types, its style, its tests with the program that was built, and the notebook from its top.
# ICTUS_BINARY and PYTHON name another program and another Python. With `wheel`, package and program are those that tests/wheel.sh has installed.
set -euo pipefail
cd "$(dirname "$0")/.."

package=$PWD/python
if [ "${1:-}" = wheel ]; then
    wheel=$PWD/target/wheel-test/venv
    ICTUS_BINARY=$wheel/bin/ictus
    package=$(echo "$wheel"/lib/python3*/site-packages)
    if [ ! -x "$ICTUS_BINARY" ] || [ ! -e "$package/ictus/__init__.py" ]; then
        echo "python: the wheel is not installed in $wheel; run tests/wheel.sh first" >&2
        exit 1
    fi
elif [ -z "${ICTUS_BINARY:-}" ]; then
    cargo build --release --locked --quiet
    ICTUS_BINARY=$PWD/target/release/ictus
fi
python=${PYTHON:-$PWD/.venv/bin/python}
place=$PWD/target/python
rm -rf "$place"
mkdir -p "$place/notebook"

# Nothing is left beside the sources or in the home.
export ICTUS_BINARY PYTHONPATH=$package PYTHONPYCACHEPREFIX=$place/bytecode MPLCONFIGDIR=$place/matplotlib
export IPYTHONDIR=$place/ipython JUPYTER_RUNTIME_DIR=$place/jupyter JUPYTER_NO_CONFIG=1 RUFF_CACHE_DIR=$place/ruff

"$python" -m ruff format --config python/pyproject.toml --check python/ictus python/tests tests/notebook.py
"$python" -m ruff check python/ictus python/tests
(cd python && "$python" -m mypy --cache-dir "$place/mypy")
"$python" -m pytest -c python/pyproject.toml -o cache_dir="$place/pytest" --basetemp "$place/folders" --durations=5 python/tests
notebook=$PWD/docs/ictus.ipynb
(cd "$place/notebook" && "$python" "$OLDPWD/tests/notebook.py" "$notebook")
