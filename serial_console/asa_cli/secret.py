"""A password or passphrase that shows itself to nobody: not in a repr, a traceback or a log."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Secret:
    """`reveal()` is its only way out, into the line that it is typed on."""

    _text: str = field(repr=False)

    def reveal(self) -> str:
        return self._text

    def __str__(self) -> str:
        return "<secret>"

    def __bool__(self) -> bool:
        return bool(self._text)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What may be typed at logins. `None` is what nobody gave: such a prompt is then left unanswered.

    `enable_password` is empty out of the box before 9.12. `new_enable_password` is set where an ASA of 9.12 and later
    demands one.
    """

    username: str | None = None
    password: Secret | None = None
    enable_password: Secret | None = field(default_factory=lambda: Secret(""))
    new_enable_password: Secret | None = None
