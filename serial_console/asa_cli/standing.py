"""What stands last on a console, and so waits for somebody: a prompt, a pager, a login, a question, or nothing. Pure."""

import re
from dataclasses import dataclass
from typing import Literal

from serial_console.asa_cli.plain_text import bottom_line
from serial_console.asa_cli.prompts import Prompt, is_monitor, prompt_in

Kind = Literal["prompt", "pager", "username", "password", "new-password", "question", "doubtful", "monitor", "nothing"]

_PAGER = re.compile(r"<--- More --->\s*\Z|^ ?--More--\s*\Z")
_USERNAME = re.compile(r"(?i)(?:^|\s)(?:username|user name|login):\s*\Z")
_NEW_PASSWORD = re.compile(r"(?i)(?:enter\s{2,}|repeat|retype|confirm|new|re-enter)\s*(?:new )?password\s*:[ *]*\Z")
_PASSWORD = re.compile(r"(?i)pass(?:word|phrase|wd|code)\b[^?]{0,160}:[ *]*\Z")
# Of whatever words: what ends so waits for an answer.
_QUESTION = re.compile(
    r"(?i)(?:\?|\[[^\]]{0,60}\]\s*[:?]?|\(y(?:es)?[ /|]*no?\)\s*[:?]?|\by(?:es)?/no?\b.{0,8}|\[Y\]es.*:)\s*\Z"
)
_DOUBTFUL = re.compile(r":\s*\Z")


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands last. `text` is its line; `doubtful` may be a question or a line of output that pauses."""

    kind: Kind
    text: str = ""
    prompt: Prompt | None = None


def standing(text: str) -> Standing:
    """What waits at the end of a console's text."""
    line = bottom_line(text)
    if not line.strip():
        return Standing("nothing")
    if _PAGER.search(line):
        return Standing("pager", line)
    if is_monitor(line):
        return Standing("monitor", line.strip())
    if prompt := prompt_in(line):
        return Standing("prompt", line.strip(), prompt)
    return Standing(_kind_of_question(line), line.strip())


def _kind_of_question(line: str) -> Kind:
    kinds: tuple[tuple[Kind, re.Pattern[str]], ...] = (
        ("username", _USERNAME),
        ("new-password", _NEW_PASSWORD),
        ("password", _PASSWORD),
        ("question", _QUESTION),
        ("doubtful", _DOUBTFUL),
    )
    return next((kind for kind, pattern in kinds if pattern.search(line)), "nothing")
