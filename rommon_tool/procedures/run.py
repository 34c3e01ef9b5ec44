"""A procedure as it runs: iterate over its records, or leave the block and it runs to the end."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Generic, Self, TypeVar

from rommon_tool.progress import Progress, Record, StepChanged

Result = TypeVar("Result")
Steps = Generator[None, None, Result]


class Run(Generic[Result]):
    """A procedure under way. Its errors come out of the iteration, or out of the end of the block."""

    def __init__(self, steps: Steps[Result], progress: Progress) -> None:
        self._steps = steps
        self._outcome: Result | None = None
        self.progress = progress

    @property
    def outcome(self) -> Result:
        """What was proved. Only a run that ended well has one; anything else is a `RuntimeError`."""
        if self._outcome is None:
            raise RuntimeError("the run has not ended well, so it has no outcome")
        return self._outcome

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        try:
            if kind is None:
                self.finish()
            elif isinstance(error, KeyboardInterrupt):
                self._steps.throw(error)
        finally:
            self._steps.close()

    def __iter__(self) -> Iterator[Record]:
        goes_on = True
        while goes_on:
            try:
                goes_on = self._advance()
            except Exception:
                # What led to the error: a failed step is a record as well.
                yield from self.progress.drain()
                raise
            yield from self.progress.drain()

    def finish(self) -> Result:
        """Run to the end and return the outcome."""
        try:
            while self._advance():
                self.progress.drain()
        except KeyboardInterrupt as interrupt:
            # It may have come between two moves: the procedure itself names the device's state and leaves a clean line.
            self._steps.throw(interrupt)
        return self.outcome

    def _advance(self) -> bool:
        try:
            next(self._steps)
        except StopIteration as end:
            if self._outcome is None:
                self._outcome = end.value
            return False
        return True


@contextmanager
def step(progress: Progress, number: int, name: str, *, of: int = 0) -> Iterator[list[str]]:
    """One step of the chapter, or of a procedure with `of` steps of its own. What is put into the list becomes the note of its end."""
    notes: list[str] = []
    progress.publish(StepChanged(number, name, "started", of=of))
    try:
        yield notes
    except (Exception, KeyboardInterrupt) as error:
        progress.publish(StepChanged(number, name, "failed", str(error) or "interrupted", of))
        raise
    progress.publish(StepChanged(number, name, "done", "; ".join(notes), of))
