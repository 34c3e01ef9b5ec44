"""Through the supervisor of a chassis into the session of its module.

The supervisor is a switch that carries other people's traffic: into silence it gets one Enter, at its prompt the session
command that the user asked for, and nothing else.
"""

import re

from platforms import Platform
from platforms.model import Session
from serial_console.boot_monitor.dialogue import Dialogue, stands_last
from serial_console.boot_monitor.events import SessionOpened
from serial_console.boot_monitor.reading import first_match, lines_of, text_of
from serial_console.errors import SessionRefused, UnexpectedState
from serial_console.line import Line, Seen, Silence

_LISTEN_SECONDS = 1.5
_QUIET_SECONDS = 0.4
# A supervisor that tries in vain gives up by itself, after half a minute.
_OPENING_SECONDS = 40.0
_QUIET_OPENING_SECONDS = 3.0
_LOGIN_HINT = "log in to the supervisor by `rommon console`, and enable; then run again. A login of the module's own means that it runs"


class SupervisorSession:
    """One console that may be the supervisor's. `command` is what opens the session."""

    def __init__(self, line: Line, platform: Platform, session: Session, command: str) -> None:
        self._line = line
        self._platform = platform
        self._session = session
        self._command = command
        self._patterns = self._all_patterns()

    def open(self) -> SessionOpened:
        """Be in the module's session, from wherever the console is.

        Raises `SessionRefused`, or `UnexpectedState` for a login, which nobody answers here.
        """
        prompt = self._supervisor_prompt()
        if not prompt:
            return SessionOpened("")
        Dialogue(self._line, self._platform).enter(self._command)
        return self._answered(prompt)

    def _supervisor_prompt(self) -> str:
        """The supervisor's prompt; empty if the console leads to the module, or is silent, which no supervisor is at an Enter."""
        seen = self._next(_LISTEN_SECONDS)
        if isinstance(seen, Silence) and self._is_idle(seen.unread):
            self._line.send(b"\r")
            seen = self._next(_LISTEN_SECONDS)
        if isinstance(seen, Silence) or first_match(self._session.module, seen.before + seen.text):
            return ""
        if seen.name.startswith("login"):
            message = "the console asks for a login, which is left unanswered"
            raise UnexpectedState(message, seen=text_of(seen.text).strip(), hint=_LOGIN_HINT)
        return text_of(seen.match["prompt"]) if seen.name == "supervisor" else ""

    def _is_idle(self, unread: bytes) -> bool:
        return not unread.strip() or first_match(self._session.idle, unread) is not None

    def _next(self, seconds: float) -> Seen | Silence:
        """What the console waits with; in mid output nothing does."""
        until = self._line.seconds() + seconds
        while True:
            seen = self._line.expect(self._patterns, max(0.0, until - self._line.seconds()))
            if isinstance(seen, Silence) or stands_last(self._line, seen, _QUIET_SECONDS):
                return seen

    def _answered(self, prompt: str) -> SessionOpened:
        """Follow what the command brings: a session, the supervisor's prompt again, or something of the module's."""
        ends = {
            **_numbered("refused", self._session.refused),
            **_numbered("module", self._session.module),
            **_numbered("opened", self._session.opened),
            **self._patterns,
        }
        until = self._line.seconds() + _OPENING_SECONDS
        while self._line.seconds() < until:
            seen = self._line.expect(ends, _QUIET_OPENING_SECONDS)
            if isinstance(seen, Silence):
                if _is_trying(seen.unread):
                    continue
                # A virtual console opens without a word.
                return SessionOpened(self._command)
            if seen.name == "supervisor" and not stands_last(self._line, seen, _QUIET_SECONDS):
                continue
            self._check(seen, prompt)
            return SessionOpened(self._command)
        raise self._refused("it tries, and comes to no end")

    def _check(self, seen: Seen, prompt: str) -> None:
        if seen.name.startswith("refused"):
            raise self._refused(text_of(seen.text).strip())
        if seen.name == "supervisor" and text_of(seen.match["prompt"]) == prompt:
            raise self._refused(" / ".join(lines_of(seen.before)[-2:]) or "only its prompt")

    def _refused(self, seen: str) -> SessionRefused:
        return SessionRefused(f"the supervisor opens no session by `{self._command}`", seen=seen)

    def _all_patterns(self) -> dict[str, re.Pattern[bytes]]:
        boot = self._platform.boot
        return {
            "monitor": self._platform.console.prompt,
            **_numbered("login", boot.login if boot else ()),
            "supervisor": self._session.prompt,
        }


def _numbered(kind: str, patterns: tuple[re.Pattern[bytes], ...]) -> dict[str, re.Pattern[bytes]]:
    return {f"{kind} {index}": pattern for index, pattern in enumerate(patterns)}


def _is_trying(unread: bytes) -> bool:
    last = "".join(lines_of(unread)[-1:])
    return last.startswith("Trying") or last.endswith("...")
