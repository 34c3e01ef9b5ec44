"""Auto Update: the client's settings, its polls beside the command line, and its updates in the chapter's order.

A single unit: failover's steps are not played. Of the schedule, `poll-period` is obeyed and `poll-at` is only kept.
"""

import hashlib
from contextlib import closing
from urllib.parse import urlsplit

from ..auto_update_client import NoContactError, Offered, poll
from ..invented import UPDATE_NEEDS_SETTING, UPDATE_NOT_FETCHED, UPDATE_OTHER_CHECKSUM
from ..script import Script, news
from ..stream_clients import StreamRequest
from .commands import Command, Setting
from .files import path_of
from .reloading import go_down
from .running_config import RunningConfig
from .saving import save
from .session import Session

PERIOD_MINUTES, RETRY_MINUTES = 720, 5  # documented defaults
FIRST_SECONDS = 60.0  # made up: from a new server's line, or from the boot, to the first poll
# Stands for the trust points, which this device does not have: the CA certificates that it verifies servers with.
TRUSTED = "ca.pem"
SHORT = {"image": "img", "asdm": "asdm", "config": "config"}  # `img` is documented, the others are made up
LONG = {"image": "Image", "asdm": "ASDM", "config": "Config"}  # `Image` is documented
NAMED = {"image": "image", "asdm": "asdm", "config": "configuration"}  # as the chapter names them in 612002


def due_in(session: Session) -> float | None:
    """Seconds to the next poll; None while there is no server."""
    polling, now = session.machine.polling, session.chassis.now()
    if not session.running.beginning("auto-update server"):
        polling.due = None
        return None
    if polling.due is None:
        polling.due = now + FIRST_SECONDS
    return max(0.0, polling.due - now)


def poll_now(session: Session) -> Script[None]:
    """Poll the servers in their order until one answers, and bring every component to what it offers."""
    polling = session.machine.polling
    offers = _contact(session)
    period, count, pause = _schedule(session)
    failed = offers is None and polling.retries < count
    polling.retries = polling.retries + 1 if failed else 0
    polling.due = session.chassis.now() + 60.0 * (pause if failed else period)
    ranked = {offer.component: offer for offer in offers or ()}
    for component in ("image", "asdm", "config"):  # steps 4, 5 and 6 of the chapter
        if component in ranked and ranked[component].checksum != _present(session, component):
            yield from _update(session, ranked[component])


def _schedule(session: Session) -> tuple[int, int, int]:
    """Period, retry count and retry period."""
    words = [int(word) for word in session.running.value("auto-update poll-period").split()]
    default = (PERIOD_MINUTES, 0, RETRY_MINUTES)
    period, count, pause = (*words, *default[len(words) :])
    return period, count, pause


def _contact(session: Session) -> list[Offered] | None:
    for line in session.running.beginning("auto-update server"):
        url, *options = line.split()[2:]
        parts = urlsplit(url)
        host = parts.hostname or ""
        try:
            offers = poll(url, trusted=None if "no-verification" in options else _trusted(session))
        except NoContactError as error:
            shown = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
            _log(session, f"%ASA-4-612003: Auto Update failed to contact: {shown}, reason: {error}")
            continue
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        _debug(session, f"Auto-update client: Sent DeviceDetails to {path} of server {host}")
        _debug(session, f"Auto-update client: Processing UpdateInfo from server {host}")
        for one in offers:
            _debug(session, f"  Component: {one.component}, URL: {one.url}, checksum:\n{one.checksum}")
        return offers
    return None


def _trusted(session: Session) -> str:
    disk = session.chassis.disk
    return disk.read(TRUSTED).decode("latin-1") if disk.has(TRUSTED) else ""


def _present(session: Session, component: str) -> str:
    """The checksum of what the device has, as the protocol writes it; empty if it has none."""
    if component == "config":
        return session.machine.polling.config_checksum
    entries = _entries(session, component)
    name = path_of(entries[0]) if entries else ""
    disk = session.chassis.disk
    return _checksum(disk.read(name)) if name and disk.has(name) else ""


def _entries(session: Session, component: str) -> list[str]:
    words = "boot system" if component == "image" else "asdm image"
    return [line.removeprefix(words).strip() for line in session.running.beginning(words)]


def _checksum(content: bytes) -> str:
    return f"0x{hashlib.md5(content, usedforsecurity=False).hexdigest()}"


# --- updating --------------------------------------------------------------------------------------------------------


def _update(session: Session, offer: Offered) -> Script[None]:
    _debug(session, f"Auto-update client: need to update {SHORT[offer.component]}, act: yes, stby no")
    if offer.component != "config" and not _entries(session, offer.component):
        _failed(session, offer, UPDATE_NEEDS_SETTING)
        return
    content = yield from _fetched(session, offer.url)
    if content is None or _checksum(content) != offer.checksum:
        _failed(session, offer, UPDATE_NOT_FETCHED if content is None else UPDATE_OTHER_CHECKSUM)
        return
    _debug(session, f"Auto-update client: update {SHORT[offer.component]} on active unit...")
    if offer.component == "config":
        session.running.blocks = RunningConfig.read(content.decode("latin-1")).blocks
        session.running.modified = True
        session.machine.polling.config_checksum = offer.checksum
        _succeeded(session, offer)
        return
    name = urlsplit(offer.url).path.rpartition("/")[2]
    try:
        session.chassis.disk.write(name, content, session.chassis.stamp())
    except OSError:
        _failed(session, offer, "Failover module failed to write data to flash")
        return
    yield from _installed(session, offer, name)


def _installed(session: Session, offer: Offered, name: str) -> Script[None]:
    """Point the configuration to the new file; an image is booted at once."""
    words = "boot system" if offer.component == "image" else "asdm image"
    older = [entry for entry in _entries(session, offer.component) if path_of(entry) != name]
    session.running.remove(words)
    kept = [f"disk0:/{name}", *older] if offer.component == "image" else [f"disk0:/{name}"]
    for entry in kept:
        session.running.put(f"{words} {entry}")
    _succeeded(session, offer)
    if offer.component == "image":
        yield from save(session)
        yield from go_down(session, "Auto Update")


def _fetched(session: Session, url: str) -> Script[bytes | None]:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    request = StreamRequest(parts.scheme, parts.hostname or "", port, parts.path.lstrip("/"))
    with closing(session.chassis.network.open_stream(request)) as transfer:
        while True:
            report = yield from news(transfer)
            if report.ended:
                return None if report.failure else transfer.fetch.content()


def _succeeded(session: Session, offer: Offered) -> None:
    _debug(session, f"Auto-update client: Succeeded: {LONG[offer.component]}, version: {offer.checksum}")
    _log(session, f"%ASA-5-612001: Auto Update succeeded: {NAMED[offer.component]}, version: {offer.checksum}")


def _failed(session: Session, offer: Offered, reason: str) -> None:
    file = NAMED[offer.component]
    _log(session, f"%ASA-4-612002: Auto Update failed: {file}, version: {offer.checksum}, reason: {reason}")


def _debug(session: Session, text: str) -> None:
    if session.machine.polling.debugs:
        session.print(text)


def _log(session: Session, text: str) -> None:
    if session.running.beginning("logging console"):
        session.print(text)


# --- the command line ------------------------------------------------------------------------------------------------


def _server(session: Session, words: list[str], negated: bool) -> Script[bool]:  # noqa: FBT001
    """A server; the first poll follows soon. Where nobody says, certificates are verified, as from 9.2(1) on."""
    yield from ()
    if not negated and (not words or urlsplit(words[0]).scheme not in ("http", "https")):
        session.refuse_word(2)
        return False
    session.machine.polling.due = None  # anew, if there is a server
    return True


def _poll_period(session: Session, words: list[str], negated: bool) -> Script[bool]:  # noqa: FBT001
    yield from ()
    if not negated and not (0 < len(words) <= 3 and all(word.isdecimal() for word in words)):
        session.refuse_word(2)
        return False
    session.running.remove("auto-update poll-at")
    return True


def _poll_at(session: Session, _: list[str], negated: bool) -> Script[bool]:  # noqa: FBT001
    yield from ()
    if not negated:
        session.running.remove("auto-update poll-period")
    return True


def _debugging(session: Session, _: list[str]) -> Script[None]:
    session.machine.polling.debugs = True
    session.print("debug auto-update client enabled at level 1")
    yield from ()


def _undebugging(session: Session, _: list[str]) -> Script[None]:
    session.machine.polling.debugs = False
    yield from ()


def _cleared(session: Session, _: list[str]) -> Script[None]:
    session.running.remove("auto-update")
    yield from ()


COMMANDS = (
    Command(("debug", "auto-update", "client"), _debugging),
    Command(("no", "debug", "auto-update", "client"), _undebugging),
    Command(("clear", "configure", "auto-update"), _cleared),
)
SETTINGS = (
    Setting(("auto-update", "server"), many=True, act=_server),
    Setting(("auto-update", "device-id")),
    Setting(("auto-update", "poll-period"), act=_poll_period),
    Setting(("auto-update", "poll-at"), act=_poll_at),
    Setting(("auto-update", "timeout")),
)
