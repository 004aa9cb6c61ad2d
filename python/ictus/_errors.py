"""What goes wrong, in the program's own words. Knows nothing of how the program is called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "BinaryNotFound",
    "FailuresWarning",
    "IctusError",
    "IctusWarning",
    "MachineError",
    "Message",
    "Stopped",
    "StudyError",
]

_PLACE = re.compile(r"^ *--> (?P<file>.+):(?P<line>\d+):(?P<column>\d+)$", re.MULTILINE)
_HELP = re.compile(r"^ *= help: (?P<help>.*)$", re.MULTILINE)
_BEGINNING = re.compile(r"^(?=(?:error|warning)(?:\[[^\]]*\])?:)", re.MULTILINE)


@dataclass(frozen=True)
class Message:
    """One message of the program.

    `text` is the whole message with the marked line; `summary` its first line without the word `error`. `file`, `line` and
    `column` (both from 1) are the place in the study or model, `None` where the message has none; `remedy` is what to do.
    """

    text: str
    summary: str
    is_warning: bool = False
    file: str | None = None
    line: int | None = None
    column: int | None = None
    remedy: str | None = None

    def __str__(self) -> str:
        return self.text


def messages_of(text: str) -> tuple[Message, ...]:
    """The messages in what the program wrote to standard error; other lines are left out."""
    found = []
    for part in _BEGINNING.split(text):
        head, colon, summary = part.strip().partition("\n")[0].partition(": ")
        if not colon or not head.startswith(("error", "warning")):
            continue
        place, remedy = _PLACE.search(part), _HELP.search(part)
        found.append(
            Message(
                text=part.strip(),
                summary=summary,
                is_warning=head.startswith("warning"),
                file=place["file"] if place else None,
                line=int(place["line"]) if place else None,
                column=int(place["column"]) if place else None,
                remedy=remedy["help"] if remedy else None,
            )
        )
    return tuple(found)


class IctusError(Exception):
    """The program has ended with an error.

    `messages` are its messages, `returncode` its exit code (negative: the signal that ended it), `command` what was called.
    """

    def __init__(
        self,
        text: str,
        *,
        messages: Sequence[Message] = (),
        returncode: int | None = None,
        command: Sequence[str] = (),
    ) -> None:
        super().__init__(text)
        self.messages = tuple(messages)
        self.returncode = returncode
        self.command = tuple(command)


class StudyError(IctusError):
    """The study, the model or the call is wrong (exit code 2)."""


class MachineError(IctusError):
    """The machine failed: disk, permission, memory (exit code 4)."""


class Stopped(IctusError):
    """The run was stopped before its end; the same call resumes it (exit code 75)."""


class BinaryNotFound(IctusError):
    """There is no program `ictus` to call."""


class IctusWarning(UserWarning):
    """A warning of the program."""


class FailuresWarning(IctusWarning):
    """The map is there, but more points failed than the study allows (exit code 3)."""


def error_of(command: Sequence[str], returncode: int, standard_error: str) -> IctusError:
    """The exception for an exit code and what the program said."""
    kinds: dict[int, type[IctusError]] = {2: StudyError, 4: MachineError, 75: Stopped}
    messages = tuple(message for message in messages_of(standard_error) if not message.is_warning)
    said = "\n\n".join(message.text for message in messages) or standard_error.strip()
    if returncode < 0:
        said = f"ictus was ended by signal {-returncode}\n{said}".rstrip()
    return kinds.get(returncode, IctusError)(
        said or f"ictus ended with exit code {returncode}",
        messages=messages,
        returncode=returncode,
        command=command,
    )
