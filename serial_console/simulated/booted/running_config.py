"""A configuration: lines, some with indented lines of their own, in the order in which a person would read them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class Block:
    """A line and what stands below it."""

    line: str
    inner: list[str] = field(default_factory=list)


class RunningConfig:
    """One configuration in memory. `modified` says whether anybody changed it since it was loaded or saved."""

    def __init__(self, blocks: Iterable[Block] = ()) -> None:
        self.blocks = list(blocks)
        self.modified = False

    @classmethod
    def read(cls, text: str) -> "RunningConfig":
        """Read the text of a configuration; comments (`!`, `:`) and its version line are left out."""
        config = cls()
        for line in text.splitlines():
            if not line.strip() or line[0] in "!:" or line.startswith("ASA Version"):
                continue
            if line.startswith(" ") and config.blocks:
                config.blocks[-1].inner.append(line.strip())
            else:
                config.blocks.append(Block(line.strip()))
        return config

    def lines(self) -> Iterator[str]:
        """All lines, `!` before the blocks that have lines of their own."""
        for block in self.blocks:
            if block.inner:
                yield "!"
            yield block.line
            yield from (f" {line}" for line in block.inner)

    def shown(self, words: str = "") -> list[str]:
        """The lines as `show running-config` has them, all or those that begin with some words; no password is readable."""
        if not words:
            return [_hidden(line) for line in self.lines()]
        found = [block for block in self.blocks if _begins(block.line, words)]
        return [_hidden(line) for block in found for line in (block.line, *(f" {inner}" for inner in block.inner))]

    def text(self, version: str) -> str:
        """The whole, as it is saved."""
        body = "\n".join(self.lines())
        return f": Saved\n: \nASA Version {version} \n!\n{body}\n: end\n"

    def beginning(self, words: str) -> list[str]:
        """The lines that begin with these words."""
        return [block.line for block in self.blocks if _begins(block.line, words)]

    def value(self, words: str, default: str = "") -> str:
        """What stands behind these words in the first line that begins with them."""
        return next((line.removeprefix(words).strip() for line in self.beginning(words)), default)

    def put(self, line: str, *, in_place_of: str = "") -> Block:
        """Add a line, or put it where a line that begins with `in_place_of` stands."""
        self.modified = True
        for block in self.blocks:
            if block.line == line or (in_place_of and _begins(block.line, in_place_of)):
                block.line = line
                return block
        self.blocks.append(Block(line))
        return self.blocks[-1]

    def put_inside(self, block: Block, line: str, *, in_place_of: str = "") -> None:
        """The same for a line below another one."""
        self.modified = True
        for index, inner in enumerate(block.inner):
            if inner == line or (in_place_of and _begins(inner, in_place_of)):
                block.inner[index] = line
                return
        block.inner.append(line)

    def remove(self, words: str) -> bool:
        """Take away all lines that begin with these words; whether there were any."""
        kept = [block for block in self.blocks if not _begins(block.line, words)]
        found = len(kept) < len(self.blocks)
        self.blocks, self.modified = kept, self.modified or found
        return found


def _hidden(line: str) -> str:
    return "enable password ***** pbkdf2" if line.startswith("enable password") else line


def _begins(line: str, words: str) -> bool:
    return line == words or line.startswith(f"{words} ")
