"""One line of the benchmark's report."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A measured ratio and the bar that it must stay under."""

    name: str
    ratio: float
    bar: float
    detail: str

    @property
    def holds(self) -> bool:
        return self.ratio <= self.bar
