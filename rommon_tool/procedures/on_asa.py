"""What is done on a booted ASA in one login: come to its prompt, do one thing in the system execution space, leave."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import TypeVar

from rommon_tool.errors import Interrupted
from rommon_tool.procedures.asa_session import Asa, AsaConsole, open_asa
from rommon_tool.procedures.disk_files import refuse_context
from rommon_tool.procedures.run import Run, Steps, step
from rommon_tool.progress import Progress

Result = TypeVar("Result")


def on_asa(console: AsaConsole, progress: Progress, name: str, act: Callable[[Asa], Steps[Result]]) -> Run[Result]:
    """A run of two steps: `connect`, and `name`, which is `act`."""
    return Run(_steps(console, progress, name, act), progress)


def at_once(call: Callable[[Asa], Result]) -> Callable[[Asa], Steps[Result]]:
    """What takes no time worth watching, as a step."""

    def act(asa: Asa) -> Steps[Result]:
        yield
        return call(asa)

    return act


def _steps(console: AsaConsole, progress: Progress, name: str, act: Callable[[Asa], Steps[Result]]) -> Steps[Result]:
    try:
        with ExitStack() as stack:
            with step(progress, 1, "connect", of=2) as notes:
                asa = stack.enter_context(open_asa(console, progress))
                notes.append(" ".join(part for part in (asa.shown.model, asa.shown.version) if part))
            yield
            refuse_context(asa.cli)
            with step(progress, 2, name, of=2):
                return (yield from act(asa))
    except KeyboardInterrupt:
        message = f"interrupted while the device may have been busy with `{name}`"
        hint = "the ASA runs on; look at `dir` before running the same command again"
        raise Interrupted(message, hint=hint) from None
