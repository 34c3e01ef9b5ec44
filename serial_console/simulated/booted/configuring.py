"""Configuration mode: the way in and out, and the lines that this device knows."""

from ..invented import CANNOT_FIND_IMAGE, SECOND_TFTP, TFTP_NOT_FIRST, TOO_MANY_IMAGES
from ..script import Script
from .commands import Command, Setting, Unclear, find
from .files import path_of
from .running_config import Block
from .session import Session

LOCAL_IMAGES = 4


def _configure(session: Session, _: list[str]) -> Script[None]:
    session.mode, session.block = "config", None
    yield from ()


def _end(session: Session, _: list[str]) -> Script[None]:
    session.mode, session.block = "", None
    yield from ()


def configure(session: Session, settings: tuple[Setting, ...], words: list[str]) -> Script[bool]:
    """Obey a line of the configuration; False if it is none that this device knows."""
    negated = words[0] == "no"
    if words[:1] == ["exit"]:
        session.mode, session.block = ("config", None) if session.block else ("", None)
        return True
    typed = words[1:] if negated else words
    here = [setting for setting in settings if session.mode != "config" and setting.inside == session.mode]
    setting = find(here, typed) if typed else Unclear("")
    inner = not isinstance(setting, Unclear)
    if isinstance(setting, Unclear):
        setting = find([one for one in settings if not one.inside], typed)
    if isinstance(setting, Unclear):
        return False
    rest = typed[len(setting.words) :]
    if not inner:
        session.mode, session.block = "config", None
    if setting.act is None or (yield from setting.act(session, rest, negated)):
        _keep(session, setting, rest, negated=negated)
    return True


def _keep(session: Session, setting: Setting, rest: list[str], *, negated: bool) -> None:
    head = " ".join(setting.words)
    line = " ".join([head, *rest])
    if setting.inside and session.block is not None:
        _keep_inside(session, session.block, setting, line, negated=negated)
        return
    if negated:
        session.running.remove(line)
        return
    block = session.running.put(line, in_place_of="" if setting.many or setting.opens else head)
    if setting.opens:
        session.mode, session.block = setting.opens, block


def _keep_inside(session: Session, block: Block, setting: Setting, line: str, *, negated: bool) -> None:
    head = " ".join(setting.words)
    kept = [inner for inner in block.inner if not (negated and inner.startswith(head))]
    kept = [inner for inner in kept if inner != f"no {head}"]
    block.inner[:] = kept
    session.running.modified = True
    if not negated:
        session.running.put_inside(block, line, in_place_of="" if setting.many else head)
    elif head == "shutdown":
        return
    elif not setting.many:
        block.inner.append(f"no {head}")


def _clear_boot(session: Session, _: list[str]) -> Script[None]:
    session.running.remove("boot system")
    session.running.remove("boot config")
    yield from ()


def _boot_system(session: Session, words: list[str], negated: bool) -> Script[bool]:  # noqa: FBT001
    """Up to four files on disk0 and one TFTP URL, which comes first."""
    yield from ()
    if not words or negated:
        return bool(words) or negated
    where = words[0]
    entries = [line.removeprefix("boot system ") for line in session.running.beginning("boot system")]
    refusal = _refusal(where, entries)
    if refusal:
        session.print(refusal)
        return False
    if not where.startswith("tftp:") and not session.chassis.disk.has(path_of(where)):
        session.print(CANNOT_FIND_IMAGE.format(where=where))
    return True


def _refusal(where: str, entries: list[str]) -> str:
    remote = [entry for entry in entries if entry.startswith("tftp:")]
    if where in entries:
        return ""
    if where.startswith("tftp:"):
        return SECOND_TFTP if remote else TFTP_NOT_FIRST if entries else ""
    return TOO_MANY_IMAGES if len(entries) - len(remote) >= LOCAL_IMAGES else ""


def _register(session: Session, words: list[str], negated: bool) -> Script[bool]:  # noqa: FBT001
    yield from ()
    try:
        session.chassis.register = 0x1 if negated else int(words[0], 16)
    except (ValueError, IndexError):
        session.refuse_word(1)
    return False


COMMANDS = (
    Command(("configure", "terminal"), _configure),
    Command(("end",), _end),
    Command(("clear", "configure", "boot"), _clear_boot),
)
SETTINGS = (
    Setting(("hostname",)),
    Setting(("domain-name",)),
    Setting(("enable", "password")),
    Setting(("prompt",)),
    Setting(("boot", "system"), many=True, act=_boot_system),
    Setting(("boot", "config")),
    Setting(("asdm", "image")),
    Setting(("config-register",), act=_register),
    Setting(("ftp", "mode")),
    Setting(("ssh", "scopy", "enable")),
    Setting(("ssh",), many=True),
    Setting(("http", "server", "enable")),
    Setting(("http",), many=True),
    Setting(("route",), many=True),
    Setting(("pager", "lines")),
    Setting(("terminal", "width")),
    Setting(("tftp-server",)),
    Setting(("username",), many=True),
    Setting(("aaa",), many=True),
    Setting(("logging",), many=True),
    Setting(("console", "timeout")),
    Setting(("interface",), opens="config-if"),
    Setting(("nameif",), inside="config-if"),
    Setting(("security-level",), inside="config-if"),
    Setting(("ip", "address"), inside="config-if"),
    Setting(("management-only",), inside="config-if"),
    Setting(("shutdown",), inside="config-if"),
    Setting(("description",), inside="config-if"),
)
