"""The chapter's "Configure File Access" and "Add Mount Points": lines of the configuration, typed, and read back.

Nothing is saved unless that was said: until then a reload takes it back.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rommon_tool.errors import FilesUnproved, WrongUsage
from rommon_tool.procedures.asa_session import Asa
from rommon_tool.progress import Progress, Warned
from serial_console.asa_cli import Secret
from serial_console.asa_cli.reading.transfer import is_saved
from serial_console.transcript import scrub

_WORD = re.compile(r"[\w.:/@$%+=~-]{1,128}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Setting:
    """What is typed in configuration mode, the command that shows it, and the lines that have to be there afterwards, or not."""

    name: str
    lines: tuple[str, ...]
    check: str
    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    secret: Secret | None = None
    behind: tuple[str, ...] = ()  # typed after the secret


@dataclass(frozen=True, slots=True)
class FileAccess:
    """A setting that was read back from the running configuration, and whether it was saved."""

    name: str
    shows: tuple[str, ...]
    saved: bool


@dataclass(frozen=True, slots=True)
class Mount:
    """A mount point. A CIFS one has a share, and may have a domain; an FTP one has a path, and a mode."""

    name: str
    kind: str
    server: str
    username: str
    password: Secret
    share: str = ""
    domain: str = ""
    path: str = ""
    passive: bool = True


def ftp_passive(*, on: bool) -> Setting:
    """Passive FTP: the device opens control and data connection both."""
    return _switch("ftp-passive", "ftp mode passive", "show running-config ftp", on=on)


def scp_server(*, on: bool) -> Setting:
    """The device as a secure copy server."""
    return _switch("scp-server", "ssh scopy enable", "show running-config ssh", on=on)


def tftp_path(interface: str, server: str, path: str) -> Setting:
    """Where `copy` and `configure net` go if they are told no server."""
    line = f"tftp-server {word(interface)} {word(server)} {word(path)}"
    return Setting("tftp-server", (line,), "show running-config tftp-server", present=(line,))


def no_tftp_path() -> Setting:
    """No such server any more."""
    return Setting("tftp-server", ("no tftp-server",), "show running-config tftp-server", absent=("tftp-server",))


def mount_point(mount: Mount) -> Setting:
    """A CIFS or FTP file system on the ASA's own. The FTP server must list its folders in UNIX style."""
    head = f"mount {word(mount.name)} type {mount.kind}"
    lines = [head, f"server {word(mount.server)}", *_of_its_kind(mount), f"username {word(mount.username)}"]
    return Setting(
        f"mount {mount.name}",
        tuple(lines),
        "show running-config mount",
        present=(*lines, "status enable"),
        secret=mount.password,
        behind=("status enable",),
    )


def no_mount_point(name: str) -> Setting:
    """Take a mount point away; what lies on the server stays."""
    return Setting(f"mount {name}", (f"no mount {word(name)}",), "show running-config mount", absent=(f"mount {name}",))


def lines_to_type(setting: Setting, *, saves: bool) -> list[str]:
    """Every line; the secret is none of them."""
    secret = ["password <secret>"] if setting.secret is not None else []
    typed = ["configure terminal", *setting.lines, *secret, *setting.behind, "end", setting.check]
    return [*typed, *(["write memory"] if saves else [])]


def configured(asa: Asa, setting: Setting, progress: Progress, *, saves: bool) -> FileAccess:
    """Type a setting, read it back, and save it if told. Raises `FilesUnproved` where it does not stand there."""
    for text in _warnings(asa, setting):
        progress.publish(Warned(text))
    with asa.cli.configuring():
        for line in setting.lines:
            asa.cli.run(line)
        if setting.secret is not None:
            asa.cli.run(f"password {setting.secret.reveal()}")
        for line in setting.behind:
            asa.cli.run(line)
    shows = tuple(line.strip() for line in asa.cli.run(setting.check).split("\n") if line.strip())
    _prove(setting, shows)
    if saves and not is_saved(asa.cli.run("write memory", seconds=120.0)):
        raise FilesUnproved("`write memory` did not say that it wrote", hint="save it by hand")
    return FileAccess(setting.name, tuple(scrub(line) for line in shows), saves)


def word(text: str) -> str:
    """One word as a console takes it. Raises `WrongUsage` for a blank, a `?` and the like."""
    if not _WORD.fullmatch(text):
        raise WrongUsage(f"{text!r} is not one word for the device's configuration", hint="no blanks, no `?`")
    return text


def _switch(name: str, line: str, check: str, *, on: bool) -> Setting:
    if on:
        return Setting(name, (line,), check, present=(line,))
    return Setting(name, (f"no {line}",), check, absent=(line,))


def _of_its_kind(mount: Mount) -> list[str]:
    if mount.kind == "ftp":
        if not mount.path:
            raise WrongUsage("an FTP mount point needs the path to mount", hint="give --path")
        return [f"path {word(mount.path)}", f"mode {'passive' if mount.passive else 'active'}"]
    if not mount.share:
        raise WrongUsage("a CIFS mount point needs the name of the share", hint="give --share")
    return [f"share {word(mount.share)}", *([f"domain {word(mount.domain)}"] if mount.domain else [])]


def _prove(setting: Setting, shows: tuple[str, ...]) -> None:
    missing = [line for line in setting.present if line not in shows]
    left = [line for line in shows if any(line == gone or line.startswith(f"{gone} ") for gone in setting.absent)]
    if missing or left:
        what = f"`{missing[0]}` is not there" if missing else f"`{left[0]}` is there still"
        message = f"{setting.name} does not read back: {what}"
        raise FilesUnproved(message, seen="; ".join(map(scrub, shows)) or "nothing", hint=f"look at `{setting.check}`")


def _warnings(asa: Asa, setting: Setting) -> Iterator[str]:
    """What the chapter wants before the SCP server serves anybody."""
    if setting.name != "scp-server" or not setting.present:
        return
    ssh = asa.cli.run("show running-config ssh", checked=False)
    if not re.search(r"(?m)^ssh \S+ \S+ \S+\s*$", ssh):
        yield "no client is allowed to reach the ASA by SSH (`ssh NETWORK MASK INTERFACE`), so none can by SCP"
    if "aaa authentication ssh console" not in asa.cli.run("show running-config aaa", checked=False):
        yield "nobody can log in by SSH (`aaa authentication ssh console LOCAL` and a `username`)"
    yield "3des-cbc is offered first and is slow: `ssh cipher encryption custom aes128-cbc` is faster"
