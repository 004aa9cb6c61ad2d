#!/bin/bash
# tools.sh [LIST FOLDER]: puts the Python packages of a list into a folder under target/, by default what builds the wheel, and says where;
# does nothing a second time.
set -eu -o pipefail
cd "$(dirname "$0")/.."

list=${1:-packaging/requirements.txt}
tools=target/${2:-wheel-tools}
# The stamp is the list itself: a changed list is installed anew.
if ! cmp -s "$list" "$tools/installed"; then
    echo "tools: installing $list into $tools" >&2
    rm -rf "$tools"
    "${PYTHON:-python3}" -m venv "$tools"
    "$tools/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$list"
    cp "$list" "$tools/installed"
fi
echo "$PWD/$tools/bin"
