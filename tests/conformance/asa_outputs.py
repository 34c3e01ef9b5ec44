"""The outputs of booted ASAs in `tests/asa_outputs`: a line that says where one is from, the capture's name, then its text."""

from functools import cache
from pathlib import Path

from played_line import Prints, Script, Types

from serial_console.asa_cli.prompts import prompt_in

FOLDER = Path(__file__).parents[1] / "asa_outputs"


@cache
def outputs() -> dict[str, str]:
    """Every output by its name, without its two lines of origin."""
    return {path.stem: _text(path) for path in sorted(FOLDER.glob("*.txt"))}


@cache
def origins() -> dict[str, tuple[str, str]]:
    """The two lines of origin by name: `captured: …` or `documented: …`, and the capture's file."""
    lines = {path.stem: path.read_text("latin-1").split("\n", 2)[:2] for path in sorted(FOLDER.glob("*.txt"))}
    return {
        name: (first.removeprefix("# "), second.removeprefix("# capture: ")) for name, (first, second) in lines.items()
    }


def exchange(name: str, answers: dict[str, str], *, until: str = "") -> Script:
    """An output with its prompts and commands as a script: what stands behind a prompt is typed, and each answer as well.

    `answers` are what was typed at questions, by the end of the question's line; the prompt comes back at the end unless
    the output ends in a question. `until` cuts it before the first line with that text.
    """
    steps: list[Prints | Types] = []
    prompt = ""
    for line in outputs()[name].rstrip("\n").split("\n"):
        if until and until in line:
            break
        question = next((asked for asked in answers if line.startswith(asked)), "")
        found, command = _split(line)
        if found:
            prompt = found
            steps.append(Prints(f"{found} ".encode("latin-1"), ended=False))
            steps += [Types(command.encode("latin-1"))] if command else []
        elif question:
            steps += [Prints(f"{question} ".encode("latin-1"), ended=False), Types(answers[question].encode("latin-1"))]
        else:
            steps.append(Prints(line.encode("latin-1"), ended=True))
    if not isinstance(steps[-1], Prints) or steps[-1].ended:
        steps.append(Prints(f"{prompt} ".encode("latin-1"), ended=False))
    return Script(tuple(steps), name=name)


def _split(line: str) -> tuple[str, str]:
    """A prompt at the beginning of a line and what stands behind it; two empty texts if there is none."""
    for end, letter in enumerate(line[:80], 1):
        if letter in "#>" and (end == len(line) or line[end] == " ") and prompt_in(line[:end]):
            return line[:end], line[end:].strip()
    return "", ""


def _text(path: Path) -> str:
    return path.read_text("latin-1").split("\n", 2)[2]
