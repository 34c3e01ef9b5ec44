"""Which questions a caller answers, and with what. Nobody else answers any.

    Answers({r"Proceed with reload": YES, r"Save\\? ": "n"})

`YES` is what each question takes for it: Enter alone at a `[confirm]`, where a letter would already be the answer and the
Enter behind it would stay in the device's buffer for its next question.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from serial_console.asa_cli.secret import Secret

ENTER = ""
YES = "\x00yes"
NO = "\x00no"
_CONFIRM = re.compile(r"\[confirm\]\s*\Z")
_LETTER = re.compile(r"\[Y\]es|\by/n\b|\(y/n\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answers:
    """Regular expressions, searched in the question's last line, and what is typed. Earlier ones win."""

    to: Mapping[str, str | Secret] = field(default_factory=dict)

    def keys_for(self, question: str) -> bytes | None:
        """The keys that answer a question; None leaves it unanswered."""
        for pattern, answer in self.to.items():
            if re.search(pattern, question):
                text = answer.reveal() if isinstance(answer, Secret) else answer
                return _keys(question, text).encode("latin-1")
        return None

    def __or__(self, others: "Answers") -> "Answers":
        return Answers({**self.to, **others.to})


NONE = Answers()


def _keys(question: str, text: str) -> str:
    if _CONFIRM.search(question):
        return "\r" if text in (ENTER, YES, "y", "yes") else "n"
    if text in (YES, NO):
        word = text[1:]
        return (word[0] if _LETTER.search(question) else word) + "\r"
    return text + "\r"
