"""Turns a page of documentation into the shell script that a reader would type, printed on standard output.

A block ```sh is typed as it stands. A block ```toml NAME (or any other language) with a file name beside the language is
saved under that name. A block ```python is run by Python. Every other block is only for reading. Links to files must lead
somewhere."""

import pathlib
import re
import sys

page = pathlib.Path(sys.argv[1])
text = page.read_text(encoding="utf-8")

for target in re.findall(r"\]\(([^)#\s]+)", text):
    if not target.startswith(("http://", "https://")) and not (page.parent / target).exists():
        sys.exit(f"{page}: the link to {target} leads nowhere")

blocks = re.findall(r"^```(\w+)(?: +(\S+))?\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
print(f"set -eu -o pipefail\nexport PATH=$PWD/target/release:$PATH")
for language, name, body in blocks:
    if name:
        print(f"echo 'saved: {name}'; cat > '{name}' <<'END OF {name}'\n{body}END OF {name}")
    elif language == "sh":
        print(f"set -v\n{body}{{ set +v; }} 2> /dev/null")
    elif language == "python":
        print(f"echo '(python)'; python - <<'END OF BLOCK'\n{body}END OF BLOCK")
