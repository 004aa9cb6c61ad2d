"""A study as a file that the program can read: from a path, a text of TOML or a mapping. Knows nothing of what is done with it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import tomli_w

__all__ = ["Study", "Written", "assignments", "document_of", "scratch", "written"]

#: A study: the path of its file (or of a map, or the name of a model), its text as TOML, or the same as a mapping.
Study: TypeAlias = str | os.PathLike[str] | Mapping[str, Any]


@dataclass(frozen=True)
class Written:
    """A study on disk: the argument that names it, and the folder in which the program is to be called."""

    argument: str
    folder: Path | None = None


@contextlib.contextmanager
def scratch(size: int = 0) -> Iterator[Path]:
    """A folder that is removed in the end; in memory where the machine has a disk of memory with room for `size` bytes."""
    memory = Path("/dev/shm")
    parent = None
    with contextlib.suppress(OSError):
        if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 4 * size + 2**24:
            parent = memory
    with tempfile.TemporaryDirectory(prefix="ictus-", dir=parent) as folder:
        yield Path(folder)


def is_text(study: Study) -> bool:
    """Whether a study is a text of TOML and no path."""
    return isinstance(study, str) and ("\n" in study or "=" in study) and not Path(study.split("\n")[0]).exists()


@contextlib.contextmanager
def written(study: Study) -> Iterator[Written]:
    """A study's file. One of a text or a mapping stands in a folder of its own, together with the files that it names, which
    are looked for in the working directory."""
    if not isinstance(study, Mapping) and not is_text(study):
        yield Written(os.fspath(study))
        return
    with scratch() as folder:
        write(study, folder, Path())
        yield Written("study.toml", folder)


def write(study: Study, folder: Path, beside: Path) -> None:
    """Writes a study of a text or a mapping as `study.toml`, and copies the files it names from `beside`."""
    text = tomli_w.dumps(plain(study)) if isinstance(study, Mapping) else str(study)
    (folder / "study.toml").write_text(text, encoding="utf-8")
    # What is wrong with the text, the program says with its place.
    with contextlib.suppress(tomllib.TOMLDecodeError):
        for name in sorted(_files(tomllib.loads(text))):
            path = Path(name)
            if path.is_absolute() or ".." in path.parts or not (beside / path).is_file():
                continue
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(beside / path, folder / path)


def _files(value: object) -> Iterator[str]:
    """The files that a document names: all texts under the keys `file` and `table`."""
    if isinstance(value, Mapping):
        for key, entry in value.items():
            if key in ("file", "table") and isinstance(entry, str):
                yield entry
            yield from _files(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from _files(entry)


def document_of(study: Study) -> dict[str, Any]:
    """A study as nested dictionaries.

    Raises
    ------
    OSError, tomllib.TOMLDecodeError
        When it cannot be read, or is no TOML.
    """
    if isinstance(study, Mapping):
        document = plain(study)
        assert isinstance(document, dict)
        return document
    text = str(study) if is_text(study) else Path(study).read_text(encoding="utf-8")
    return tomllib.loads(text)


def plain(value: Any) -> Any:
    """A value without types of numpy and pathlib, as TOML knows it."""
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return value


def assignments(values: Mapping[str, Any] | None) -> list[str]:
    """The arguments `--set KEY=VALUE` of overrides, as `{"time.step": "1 ms"}`."""
    return [word for key, value in plain(values or {}).items() for word in ("--set", f"{key}={inline(value)}")]


def inline(value: Any) -> str:
    """A value as TOML on one line, as an override has to be."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{json.dumps(key)} = {inline(entry)}" for key, entry in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    return repr(value)
