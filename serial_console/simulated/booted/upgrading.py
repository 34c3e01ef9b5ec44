"""upgrade rommon: the verification block as the chapter shows it, the question, and the way into the window."""

from ..boot_rom import version_in
from ..script import Script
from .commands import Command
from .files import check_signature, complain, path_of
from .reloading import MODIFIED, PROCEED, go_down
from .saving import save
from .session import Session

SIGNER = """\
File Name       : disk0:/{name}
Image type      : Release
  Signer Information
    Common Name       : abraxas
    Organization Unit : NCS_Kenton_ASA
    Organization Name : CiscoSystems
    Certificate Serial Number : 553156F4
    Hash Algorithm    : SHA2 512
    Signature Algorithm : 2048-bit RSA
    Key Version       : A
Verification successful."""


def _upgrade(session: Session, words: list[str]) -> Script[None]:
    chassis = session.chassis
    name = path_of(words[0]) if words else ""
    if not chassis.disk.has(name) or not version_in(name):
        complain(session, "opening", f"disk0:/{name}")
        return
    if not (yield from check_signature(session, name)):
        return
    session.print(SIGNER.format(name=name))
    if session.running.modified and (yield from session.ask(MODIFIED)).strip().lower().startswith("y"):
        yield from save(session)
    if not (yield from session.confirms(PROCEED)):
        return
    chassis.rom.confirm(version_in(name))
    yield from go_down(session, "upgrade rommon")


COMMANDS = (Command(("upgrade", "rommon"), _upgrade),)
