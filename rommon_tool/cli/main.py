"""The `rommon` command: its subcommands by name, the configuration file, and the end of every run.

Plain click here, rich-click in the commands: drawing the list of commands with rich would double the time of `--help`.
"""

import os
import sys
import tomllib
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import click

from rommon_tool.cli.exit_codes import INTERNAL, INTERRUPTED, USAGE, exit_code
from rommon_tool.version import __version__

DEFECT_HINT = "report it with the run folder; the device is in the state that the console shows"

# Each command's module is loaded when it is called. The short help stands here for `rommon --help`.
_COMMANDS = {
    "load": "Recover a device: boot IMAGE through its monitor.",
    "boot": "Show and set what a booted ASA boots.",
    "reload": "Restart a booted ASA: now, later, at a time.",
    "install": "Make IMAGE last: disk0, boot order, reload, proof.",
    "recover-ap": "Recover a 5506W-X's access point.",
    "serve": "Serve one file, or a folder, by TFTP.",
    "verify": "Say what is known of an image file, offline.",
    "trust": "The keys that images are checked with.",
    "files": "List, fetch, send and delete files on a booted ASA.",
    "file-access": "FTP mode, SCP server, TFTP path, mount points of an ASA.",
    "backup": "Back up a booted ASA, or look into a backup.",
    "auto-backup": "Automatic backup and restore of an ISA 3000.",
    "restore": "Restore a backup of the same version to an ASA.",
    "downgrade": "Take a booted ASA back to an old version and configuration.",
    "check-downgrade": "What an older version would refuse of a configuration.",
    "auto-update": "Serve Auto Update to booted ASAs.",
    "diagnose": "Name why a TFTP transfer fails, from captured packets.",
    "demo": "Recover a simulated dead firewall; needs nothing.",
    "simulate": "Run a simulated device on a pty or TCP port.",
    "variables": "Show and set the variables of a boot monitor.",
    "password": "Recover a lost password; the configuration stays.",
    "platforms": "What is known of each family, with its evidence.",
    "power": "Switch a device's power as --power would.",
    "upgrade": "Upgrade the ROMMON of a booted ASA, and guard it.",
    "console": "Be at a console yourself, with a menu at Ctrl-].",
    "detect": "Name what hangs on a console; type next to nothing.",
    "replay": "What is understood of a recorded console, line by line.",
    "ports": "The serial ports of this machine.",
    "completion": "The completion script of bash, zsh or fish.",
}


class Commands(click.Group):
    """The group of commands that are loaded one by one: a list of them shows stand-ins."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        return click.Command(cmd_name, help=_COMMANDS[cmd_name]) if cmd_name in _COMMANDS else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, stand_in, rest = super().resolve_command(ctx, args)
        if name is None or stand_in is None:
            return name, stand_in, rest
        return name, _command(name), rest


def _command(name: str) -> click.Command:
    module = name.replace("-", "_")
    command: click.Command = getattr(import_module(f"rommon_tool.cli.{module}"), module)
    return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="rommon")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="ROMMON_CONFIG",
    help="Configuration file (TOML): a table a command, holding its options.",
)
@click.pass_context
def rommon(ctx: click.Context, config: Path | None) -> None:
    """Bring a dead Cisco ASA-class firewall back over its serial console.

    \b
    Example:
      rommon load asa984-22-lfbff-k8.SPA -p /dev/ttyUSB0 --address 10.86.118.4/24 --server 10.86.118.21

    `rommon demo` shows the whole of it without any hardware.
    """
    found = _configuration(config)
    name = ctx.invoked_subcommand
    ctx.default_map = {name: _parameters(_command(name), found[name])} if name in found else {}


def main() -> NoReturn:
    """Run the command line and exit with the code of interface's table. No traceback is ever shown."""
    try:
        code = rommon.main(prog_name="rommon", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = USAGE
        _tell_scripts(code, error.format_message(), hint="`rommon COMMAND --help` shows what it takes")
    except (click.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain once more when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except OSError as error:
        # Errors of a run are told by the run itself: what is left is our own output, on a full disk for example.
        tell(f"Error: the output can't be written: {error.strerror or error}")
        code = USAGE
    except Exception as error:  # noqa: BLE001 - the last place where an error can be told instead of dumped
        code = told(error)
        _tell_scripts(code, str(error), error)
    sys.exit(code if isinstance(code, int) else 0)


def tell(text: str, *, err: bool = True) -> None:
    """Write a line for people. Whoever reads it may have gone, or the disk is full: no run ends of that."""
    with suppress(OSError, ValueError):
        click.echo(text, err=err)


def told(error: BaseException, *, where: str = "") -> int:
    """Write an error as people need it, what was seen and what to try, and return its exit code."""
    code = exit_code(error)
    lines = [f"Error: {_safe(where and where + ': ')}{_safe(str(error))}"]
    if seen := getattr(error, "seen", ""):
        lines.append(f"Last seen: {_safe(seen)}")
    if hint := getattr(error, "hint", ""):
        lines.append(f"Try: {hint}")
    if code == INTERNAL:
        lines[0] = f"Error: a defect of this tool: {type(error).__name__}: {error}"
        lines.append(f"Where: {_place(error)}")
        lines.append(f"Try: {DEFECT_HINT}")
    tell("\n".join(lines))
    return code


def _tell_scripts(code: int, message: str, error: BaseException | None = None, *, hint: str = "") -> None:
    """With --json stdout ends with a `result` line, also where a run never began."""
    if "--json" not in sys.argv and os.environ.get("ROMMON_JSON", "0").lower() not in {"1", "true", "yes", "on"}:
        return
    from rommon_tool.progress import Finished, Progress
    from rommon_tool.sinks import JsonLines

    progress = Progress("device")
    progress.subscribe(JsonLines(sys.stdout))
    cause = getattr(error, "cause", "internal-error" if code == INTERNAL else "usage")
    hint = getattr(error, "hint", "") or hint or (DEFECT_HINT if code == INTERNAL else "")
    progress.publish(Finished(code, "failed", cause, message, getattr(error, "seen", ""), hint))


def _safe(text: str) -> str:
    from rommon_tool.sinks import harmless

    return harmless(text)


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "unknown"


def _configuration(path: Path | None) -> dict[str, Any]:
    """The defaults that a configuration file sets. Only a file that was named must exist."""
    from platformdirs import user_config_path

    file = path or user_config_path("rommon") / "config.toml"
    try:
        found = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        if path is None:
            return {}
        raise click.UsageError(f"the configuration file {file} does not exist") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise click.UsageError(f"the configuration file {file} can't be read: {error}") from error
    unknown = [name for name in found if name not in _COMMANDS or not isinstance(found[name], dict)]
    if unknown:
        raise click.UsageError(f"the configuration file {file} has '{unknown[0]}', which is no command's table")
    return found


def _parameters(command: click.Command, table: dict[str, Any]) -> dict[str, Any]:
    """A command's table, its long option names turned into the names that click knows them by."""
    names = {option.removeprefix("--"): parameter.name for parameter in command.params for option in parameter.opts}
    unknown = [option for option in table if option not in names]
    if unknown:
        raise click.UsageError(
            f"the configuration file sets '{unknown[0]}', which is no option of `rommon {command.name}`"
        )
    nested = [option for option, value in table.items() if isinstance(value, dict)]
    if nested:
        raise click.UsageError(
            f"the configuration file gives a table for '{nested[0]}' of `rommon {command.name}`, not a value"
        )
    return {names[option] or option: value for option, value in table.items()}
