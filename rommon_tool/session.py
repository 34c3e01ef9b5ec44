"""A person at a console: keys go to the device, what it prints is shown, and Ctrl-] opens a menu. Nothing else is sent."""

import re

from rommon_tool.terminal import Terminal
from serial_console.channel import Channel
from serial_console.line import Seen
from serial_console.recognition import state_of

_ANYTHING = {"anything": re.compile(rb"(?s).+")}
_TICK_SECONDS = 0.02
# A paste must not outrun 9600 baud: what a FIFO takes at once, each time that the port was read.
_CHUNK_BYTES = 32
_PASTE_BYTES = 1 << 20
_KEPT_BYTES = 16 * 1024
_MENU_KEY = 0x1D  # Ctrl-]
_HELP = """\
  b  send BREAK
  d  detect: tell by what was printed what this console waits for; nothing is typed
  l  the `rommon load` command line for this console
  o  show the device's output raw, or safe again
  q  quit; the device stays as it is
  Ctrl-] once more sends a Ctrl-]"""


class Session:
    """One person at one console, until they quit."""

    def __init__(self, line: Channel, terminal: Terminal, baud: int) -> None:
        self._line = line
        self._terminal = terminal
        self._baud = baud
        self._text = b""
        self._to_send = b""
        self._in_menu = False
        self._ended = False

    def run(self) -> None:
        """Serve both sides. Raises `ConsoleLost` if the line dies; a terminal that goes away ends it."""
        self._say(f"{self._line.name} at {self._baud} baud. Ctrl-] then q quits, ? helps")
        while not self._ended:
            seen = self._line.expect(_ANYTHING, _TICK_SECONDS)
            if isinstance(seen, Seen):
                data = seen.before + seen.text
                self._text = (self._text + data)[-_KEPT_BYTES:]
                self._terminal.show(data)
            try:
                self._press(self._terminal.keys())
            except EOFError:
                self._ended = True
            self._send_some()

    def _send_some(self) -> None:
        if self._to_send:
            self._line.send(self._to_send[:_CHUNK_BYTES])
            self._to_send = self._to_send[_CHUNK_BYTES:]

    def _press(self, keys: bytes) -> None:
        for key in keys:
            if self._in_menu:
                self._in_menu = False
                self._act(key)
            elif key == _MENU_KEY:
                self._in_menu = True
                self._say("b BREAK, d detect, l load, o output, q quit, ? help")
            elif len(self._to_send) < _PASTE_BYTES:
                self._to_send += bytes([key])

    def _act(self, key: int) -> None:
        if key == _MENU_KEY:
            self._to_send += bytes([key])
            return
        acts = {
            "b": self._break,
            "d": self._detect,
            "l": self._load,
            "o": self._output,
            "q": self._quit,
            "?": self._help,
        }
        acts.get(chr(key).lower(), self._unknown)()

    def _break(self) -> None:
        if not self._line.sends_break:
            self._say(
                "a plain TCP connection can't carry BREAK: use the console server's own key, or an rfc2217:// port"
            )
            return
        self._line.send_break()
        self._say("BREAK sent")

    def _detect(self) -> None:
        """By what was printed alone: whatever waits there gets nothing typed."""
        found = state_of(self._text)
        if found is None:
            self._say("what was printed is not known" if self._text.strip() else "nothing was printed yet")
            return
        doubt = "" if found.sure else " (not sure)"
        self._say(
            f"{found.state.name}{doubt}: {found.state.title}", f"seen: {found.seen}", f"next: {found.state.advice}"
        )

    def _load(self) -> None:
        found = state_of(self._text)
        platform = f" --platform {found.family}" if found and found.family else ""
        baud = f" --baud {self._baud}" if self._baud != 9600 else ""
        port = f"-p {self._line.name}{baud}{platform}"
        self._say("quit, fill in, and run:", f"rommon load IMAGE {port} --address A/LEN --server S")

    def _output(self) -> None:
        self._terminal.raw_output = not self._terminal.raw_output
        self._say(f"the device's output is shown {'raw' if self._terminal.raw_output else 'safe'}")

    def _quit(self) -> None:
        self._ended = True
        self._say("the device is left as it is")

    def _help(self) -> None:
        self._say(*_HELP.splitlines())

    def _unknown(self) -> None:
        self._say("no such key in the menu; Ctrl-] then ? helps")

    def _say(self, *lines: str) -> None:
        """A remark of ours, told apart from what the device prints."""
        self._terminal.write("".join(f"\r\n[rommon] {line}" for line in lines) + "\r\n")
