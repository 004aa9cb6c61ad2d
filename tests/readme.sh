#!/bin/bash
# Does what README.md and the pages of docs/ tell a reader to do, each page from its top in a scratch copy of the project.
set -eu -o pipefail
cd "$(dirname "$0")/.."

scratch=$PWD/target/readme
mkdir -p "$scratch"
for page in "${@:-README.md}" $([ $# -gt 0 ] || ls docs/*.md); do
    copy=$scratch/ictus
    rm -rf "$copy"
    mkdir "$copy"
    git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents --target-directory="$copy"
    # What is built already is used; what the page makes stays in the copy.
    ln -s "$PWD/target" "$copy/target"
    ln -s "$PWD/.venv" "$copy/.venv"
    python3 tests/page.py "$page" > "$scratch/script"
    echo "readme: $page"
    (cd "$copy" && ICTUS_MANIFEST="$OLDPWD/Cargo.toml" PATH="$PWD/.venv/bin:$PATH" bash "$scratch/script" < /dev/null 2>&1) || {
        echo "readme: $page failed" >&2
        exit 1
    }
done
