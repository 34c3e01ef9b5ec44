"""What a person types at an ASA that booted without its configuration, so that its passwords are known again. Pure text."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Typed:
    """A line to type, and what to know about it."""

    line: str
    why: str


BEFORE_ALL = "Don't save before the configuration is back: `write memory` would write the empty one over it."


def lines_by_hand(register: int, *, asks_set_up: bool = False) -> list[Typed]:
    """The lines in their order. `register` is to be put back; `asks_set_up`: the set-up dialogue's question is open."""
    first = [Typed("no", "the set-up question; its answers would be a new configuration")] if asks_set_up else []
    return [
        *first,
        Typed(
            "enable", "Enter at `Password:`, it is blank. From 9.12 on you are asked to set one; any will do for now"
        ),
        Typed("copy startup-config running-config", "Enter at the file name. The old configuration runs; you stay in"),
        Typed("configure terminal", ""),
        Typed("enable password NEW", "your new enable password"),
        Typed("username NAME password NEW privilege 15", "for each user whose password is lost"),
        Typed(f"config-register {register:#x}", "or the next start ignores the configuration again"),
        Typed("end", ""),
        Typed("show interface ip brief", "a port that is `administratively down` wants `no shutdown` on it"),
        Typed("write memory", "now it is saved, with the new passwords"),
        Typed("show version | include register", f"it must say `will be {register:#x} at next reload`"),
    ]
