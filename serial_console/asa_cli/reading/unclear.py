"""What a reader raises where a text is not what it reads: never a guess, never an empty result for a broken one."""

from serial_console.errors import AnswerUnclear


def unclear(what: str, text: str) -> AnswerUnclear:
    """The error for an answer that holds no `what`; it shows the answer's last line."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    return AnswerUnclear(f"the device's answer tells no {what}", seen=lines[-1] if lines else "nothing")
