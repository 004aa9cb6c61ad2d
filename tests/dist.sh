#!/bin/bash
# The archive of `make dist`, as a stranger meets it: unpacked elsewhere, its program run, its pages read by `man`, its completions used by bash, its
# links followed. Needs the wheel that tests/wheel.sh has made.
set -eu -o pipefail
cd "$(dirname "$0")/.."

fail() {
    echo "dist: $*" >&2
    exit 1
}

packaging/dist.sh > /dev/null
archive=$(echo dist/ictus-*-x86_64-linux.tar.gz)
sum=$(sha256sum < "$archive")
packaging/dist.sh
[ "$(sha256sum < "$archive")" = "$sum" ] || fail "the same sources have given other bytes"
foreign=$(tar --list --verbose --numeric-owner --file "$archive" | awk '$2 != "0/0" || $4 != "1980-01-01"' | head -n 3)
[ -z "$foreign" ] || fail "owners or dates of this machine are in it: $foreign"

place=$PWD/target/dist-test
rm -rf "$place"
mkdir -p "$place"
tar --extract --file "$archive" --directory="$place"
name=$(basename "$archive" .tar.gz)
folder=$place/$name
# Nothing of the environment but what every system has.
ictus() {
    (cd "$folder" && env -i PATH="$folder/bin:/usr/bin:/bin" HOME="$place" ictus "$@")
}
[ "ictus-$(ictus --version | cut -d ' ' -f 2)-x86_64-linux" = "$name" ] || fail "$name holds $(ictus --version)"
ictus run configs/quickstart.toml --set space.axes.B.n=12 --output "$place/run" --quiet > /dev/null
target/release/ictus run configs/quickstart.toml --set space.axes.B.n=12 --output "$place/other" --quiet > /dev/null
target/release/ictus diff --bits "$place/other/map.nc" "$place/run/map.nc"

pages=("$folder"/share/man/man1/*.1)
listed=$(ictus --help | awk '/^Commands:/ { on = 1; next } /^$/ { on = 0 } on && /^  [a-z]/ && $1 != "help"' | wc -l)
[ "${#pages[@]}" -eq $((listed + 1)) ] || fail "${#pages[@]} pages of $listed verbs and the program"
# Of the warnings, two are meant: no date, which would differ from build to build, and blank lines before a list.
{ mandoc -T lint -W warning "${pages[@]}" || true; } | grep -v -e 'missing date' -e 'skipping paragraph macro: br' > "$place/lint" || true
[ ! -s "$place/lint" ] || {
    cat "$place/lint" >&2
    fail "mandoc finds faults in the pages"
}
# By its name, since `man` looks beside the folders of the PATH; and by its file.
read_page() {
    PATH=$folder/bin:$PATH MANPATH='' MANWIDTH=100 LC_ALL=C.UTF-8 man "$@" | col -b | tr --squeeze-repeats "[:space:]" " "
}
read_page ictus-run > "$place/page"
grep --quiet -e '--time-limit' "$place/page" || fail "the page of ictus run does not name --time-limit"
read_page -l "$folder/share/man/man1/ictus.1" > "$place/page"
grep --quiet 'ictus-sense(1)' "$place/page" || fail "the page of ictus does not name that of sense"
grep --quiet '75 stopped early' "$place/page" || fail "the page of ictus does not name the exit codes"
echo "dist: ${#pages[@]} manual pages"

# completed WORD...: what bash proposes for the last word.
completed() {
    bash --norc -c '
        . "$0"
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _ictus ictus "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        echo "${COMPREPLY[*]}"' "$folder/share/bash-completion/completions/ictus" "$@"
}
[ "$(completed ictus sen)" = sense ] || fail "bash completes 'sen' to '$(completed ictus sen)'"
[ "$(completed ictus run --time)" = --time-limit ] || fail "bash completes '--time' to '$(completed ictus run --time)'"
for file in zsh/site-functions/_ictus fish/vendor_completions.d/ictus.fish; do
    grep --quiet relabel "$folder/share/$file" || fail "$file knows no verbs"
done

for file in THIRD_PARTY.txt ictus.cdx.json; do
    test -s "$folder/licences/$file" || fail "$file is missing"
done
# Links between pages lead somewhere, but for those to the sources.
python3 - "$folder" << 'END_OF_PYTHON'
import pathlib
import re
import sys

folder = pathlib.Path(sys.argv[1])
sources = {"ARCHITECTURE.md", "CONTRIBUTING.md", "python", "src", "tests", "benches", "packaging", "slurm"}
links, dead = 0, []
for page in [folder / "README.md", *folder.glob("docs/*.md")]:
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        links += 1
        target = (page.parent / link).resolve()
        if not target.exists() and target.relative_to(folder.resolve()).parts[0] not in sources:
            dead.append(f"{page.name}: {link}")
assert links > 50, links
sys.exit("dist: links that lead nowhere: " + ", ".join(dead) if dead else 0)
END_OF_PYTHON
echo "dist: $(tar --list --file "$archive" | wc -l) entries, $(du --bytes "$archive" | cut -f 1) bytes"
