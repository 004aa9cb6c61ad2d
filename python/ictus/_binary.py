"""Where the program is, and how it is called. Knows nothing of studies and maps."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from ._errors import BinaryNotFound, FailuresWarning, IctusWarning, error_of, messages_of

__all__ = ["binary", "call"]

#: Seconds.
_BETWEEN_LOOKS = 0.3

_NAME = "ictus.exe" if os.name == "nt" else "ictus"


def binary() -> Path:
    """The program that is called: the one that the environment variable `ICTUS_BINARY` names, else the one that was installed
    with this package, else the first on `PATH`.

    Raises
    ------
    BinaryNotFound
        Where there is none, or `ICTUS_BINARY` names no program.
    """
    named = os.environ.get("ICTUS_BINARY")
    if named:
        if shutil.which(named) is None:
            raise BinaryNotFound(f"ICTUS_BINARY is {named}, which is not a program that can be run; correct or unset it")
        return Path(named).absolute()
    folders = [
        Path(sysconfig.get_path("scripts")),
        Path(sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user"))),
        # `pip install --target` puts scripts into a folder of the packages.
        Path(__file__).parents[1] / "bin",
    ]
    for folder in folders:
        if shutil.which(folder / _NAME) is not None:
            return folder / _NAME
    found = shutil.which(_NAME)
    if found is None:
        raise BinaryNotFound(
            "there is no program `ictus` in "
            + ", ".join(str(folder) for folder in folders)
            + " or on PATH; install it (`make demo` builds target/release/ictus), or set ICTUS_BINARY to its path"
        )
    return Path(found).absolute()


def call(
    arguments: Sequence[str],
    *,
    folder: Path | None = None,
    watch: Callable[[], None] | None = None,
    may_fail_in_part: bool = False,
) -> str:
    """Calls the program and returns what it wrote to standard output.

    `folder` is where it is called. `watch` is called a few times a second until it has ended. Where the call is interrupted,
    the program gets SIGINT and is waited for, so that it can write what it has; a second interrupt ends it at once.

    Raises
    ------
    IctusError
        When it ends with another exit code than 0; 3 is a warning where `may_fail_in_part`.
    """
    command = [str(binary()), *arguments]
    # A group of its own: Ctrl-C and Jupyter send SIGINT to the whole group, and a second one would end the program at once.
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        cwd=folder,
        start_new_session=True,
    )
    try:
        while True:
            try:
                output, said = process.communicate(timeout=None if watch is None else _BETWEEN_LOOKS)
                break
            except subprocess.TimeoutExpired:
                if watch is not None:
                    watch()
    except BaseException as interruption:
        said = _stop(process)
        if isinstance(interruption, KeyboardInterrupt) and said:
            interruption.add_note(said.strip().splitlines()[-1])
        raise
    if process.returncode != 0 and not (process.returncode == 3 and may_fail_in_part):
        raise error_of(command, process.returncode, said)
    for message in messages_of(said):
        if message.is_warning:
            warnings.warn(message.text, IctusWarning, stacklevel=_depth())
    if process.returncode != 0:
        last = said.strip().rpartition("\n")[2]
        warnings.warn(last or "more points failed than the study allows", FailuresWarning, stacklevel=_depth())
    return output


def _stop(process: subprocess.Popen[str]) -> str:
    """Asks the program to end, waits for it, and returns what it said."""
    try:
        process.send_signal(signal.SIGINT)
        return process.communicate()[1]
    except BaseException:
        process.kill()
        process.wait()
        raise


def _depth() -> int:
    """How far above `call` the first caller outside of this package is."""
    depth, frame = 1, sys._getframe(1)
    package = str(Path(__file__).parent)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(package):
        depth, frame = depth + 1, frame.f_back
    return depth
