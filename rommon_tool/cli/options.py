"""Options that several commands share. Every one has an environment variable: `--tftp-port` is ROMMON_TFTP_PORT."""

import math
from collections.abc import Callable
from typing import Any, TypeVar

import rich_click as click
from click.shell_completion import CompletionItem

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def option(*names: str, **settings: Any) -> Callable[[Decorated], Decorated]:
    """A click option with its environment variable, shown in the help with its default."""
    long = next(name for name in names if name.startswith("--")).split("/")[0]
    settings.setdefault("envvar", "ROMMON_" + long.removeprefix("--").replace("-", "_").upper())
    settings.setdefault("show_envvar", False)
    return click.option(*names, **settings)


def platform_completion(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    """The names that --platform takes."""
    from platforms import platform_names

    return [CompletionItem(name) for name in (*platform_names(), "auto") if name.startswith(incomplete)]


def output_options(command: Decorated) -> Decorated:
    """How a run is shown: --json, --no-progress, --verbose."""
    command = option("-v", "--verbose", is_flag=True, help="Show every line of the console.")(command)
    command = option("--no-progress", is_flag=True, help="Plain lines instead of the live view.")(command)
    return option("--json", "as_json", is_flag=True, help="One JSON object a line on stdout.", envvar="ROMMON_JSON")(
        command
    )


class Finite(click.FloatRange):
    """A range of numbers that `nan` and `inf`, which pass every comparison or none, are not in."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is not a number of seconds or times.", param, ctx)
        return number


def only_port() -> str:
    """The only serial port of this machine. Raises `WrongUsage` if there is none, or a choice."""
    from rommon_tool.errors import WrongUsage
    from serial_console.port import serial_ports

    found = serial_ports()
    if len(found) == 1:
        return found[0].path
    seen = ", ".join(port.path for port in found) or "no serial port at all"
    raise WrongUsage("which console? No --port was given", seen=seen, hint="plug the console cable in, or give --port")
