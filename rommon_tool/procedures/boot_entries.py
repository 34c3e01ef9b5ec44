"""The `boot system` entries: up to four local images and one TFTP URL, which must be the first; set, read back, saved.

The device tries them in their order. A new entry goes to the end of its list, so a list is set anew as a whole.
"""

from collections.abc import Sequence

from rommon_tool.errors import WrongUsage
from serial_console.asa_cli import AsaCli
from serial_console.asa_cli.reading.boot import BootVariables, read_boot_variables
from serial_console.asa_cli.reading.transfer import is_saved
from serial_console.errors import CommandFailed, ReadBackDiffers

LOCAL_IMAGES = 4
_SAVE_SECONDS = 120.0


def check_order(entries: Sequence[str]) -> None:
    """Raise `WrongUsage` for a list that the chapter does not allow."""
    remote = [entry for entry in entries if is_remote(entry)]
    if len(remote) > 1:
        raise WrongUsage(f"{len(remote)} images on a TFTP server, and only one can be specified", hint="keep one")
    if remote and not is_remote(entries[0]):
        raise WrongUsage(f"{remote[0]} must be first in the list: it is on a TFTP server", hint="move it to the front")
    if len(entries) - len(remote) > LOCAL_IMAGES:
        message = f"{len(entries) - len(remote)} local images, and up to four can be specified"
        raise WrongUsage(message, hint="leave the last ones out")
    if len(set(entries)) < len(entries):
        raise WrongUsage("an image is there twice", hint="name each once")


def with_first(image: str, present: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The entries with `image` to boot first and the others behind it in their order; and those that had to go.

    An entry on a TFTP server goes: it would have to be first.
    """
    others = [entry for entry in present if entry != image]
    local = [entry for entry in others if not is_remote(entry)]
    kept = (image, *local[: LOCAL_IMAGES - 1])
    return kept, tuple(entry for entry in others if entry not in kept)


def is_remote(entry: str) -> bool:
    """Whether an entry is not on one of the device's own disks."""
    return entry.lower().startswith("tftp:")


def boot_variables(cli: AsaCli) -> BootVariables:
    """What `show bootvar` tells: what was saved, and what is configured."""
    return read_boot_variables(cli.run("show bootvar"))


def lines_to_set(present: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """The lines that turn one list into the other; none where they are the same."""
    if list(present) == list(wanted):
        return []
    return [*(f"no boot system {entry}" for entry in present), *(f"boot system {entry}" for entry in wanted)]


def configure(cli: AsaCli, lines: Sequence[str]) -> list[str]:
    """Type lines in configuration mode. What the device says to one is returned; what it refuses is `CommandFailed`."""
    if not lines:
        return []
    with cli.configuring():
        return [said for line in lines if (said := cli.run(line).strip())]


def set_entries(cli: AsaCli, wanted: Sequence[str]) -> None:
    """Make these the entries of the running configuration, and read them back. Raises `ReadBackDiffers`."""
    configure(cli, lines_to_set(boot_variables(cli).running, wanted))
    running = boot_variables(cli).running
    if running != tuple(wanted):
        message = f"the boot images are {_list(running)}, and {_list(wanted)} was set"
        raise ReadBackDiffers(message, seen=f"Current BOOT variable = {';'.join(running)}")


def save(cli: AsaCli) -> None:
    """`write memory`, and what was saved as `show bootvar` has it. Raises `CommandFailed` or `ReadBackDiffers`."""
    text = cli.run("write memory", seconds=_SAVE_SECONDS)
    if not is_saved(text):
        raise CommandFailed("write memory", seen=text.strip().rpartition("\n")[2] or "nothing")
    variables = boot_variables(cli)
    if not variables.is_saved:
        message = f"`write memory` has saved {_list(variables.saved)}, and {_list(variables.running)} is configured"
        raise ReadBackDiffers(message, seen=f"BOOT variable = {';'.join(variables.saved)}")


def _list(entries: Sequence[str]) -> str:
    return ", ".join(entries) or "none"
