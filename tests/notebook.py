"""Runs a notebook from its top, as nbclient does, in the working directory. The file itself is not changed, and must hold no
outputs. Pictures that it shows are saved beside it as `NUMBER.png`."""

import base64
import pathlib
import sys

import nbformat
from nbclient import NotebookClient

path = pathlib.Path(sys.argv[1])
notebook = nbformat.read(path, as_version=4)
nbformat.validate(notebook)
for cell in notebook.cells:
    if cell.cell_type == "code" and (cell.outputs or cell.execution_count is not None):
        sys.exit(f"{path} holds outputs: clear them before it is committed")
NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
shown = [
    output["data"]["image/png"]
    for cell in notebook.cells
    if cell.cell_type == "code"
    for output in cell.outputs
    if "image/png" in output.get("data", {})
]
for number, picture in enumerate(shown):
    pathlib.Path(f"{number}.png").write_bytes(base64.b64decode(picture))
print(f"{path.name}: {sum(cell.cell_type == 'code' for cell in notebook.cells)} cells, {len(shown)} pictures")
