"""The simulator prints what the devices printed when it is typed the same, for the parts of a recording that it models.

The simulator was written from the same captures, by hand; here it is held to them. What may differ is listed at each
case: first what is one device's own (addresses, versions), then what the publisher or the guide left out.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from played_line import Prints, Script, Types
from recordings import recordings

from serial_console.simulated import SimulatedDevice
from serial_console.simulated.network import FetchRequest
from serial_console.simulated.script import Report

Rules = tuple[tuple[str, str], ...]

# One device's own.
OWN: Rules = (
    (r"(?i)\b(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}\b|(?:#{4}\.){2}#{4}", "MAC"),
    (r"(?i)\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b", "MAC"),
    (r"Version 1\.1\.\d+", "Version 1.1.N"),
    (r"(Copyright \(c\) 1994-)\d+( +)", r"\1YEAR "),
    (r"Compiled \w+ [\d/]+ [\d:.]+ by \w+", "Compiled DATE by NAME"),
    (r"Last reset cause: \w+", "Last reset cause: CAUSE"),
    (r"DIMM Slot 1 : Present\n", ""),
    (r"ASA55(?:06|16) with \d+ Mbytes", "ASA55NN with N Mbytes"),
    (r"@ cluster \d+", "@ cluster N"),
    (r"asa[\w-]+-k8\.(?:bin|SPA)|ASA_7\.0\.bin", "IMAGE"),
    (r"#{5,}", "#####"),
    (r"rommon (#?)\d+ ?>", r"rommon \1N >"),
)
# The countdown, which no capture of an ASA shows raw, and blank lines and blanks, which most pages drop.
LAYOUT: Rules = (
    (r"(?m)^Boot in \d+ seconds?\.", ""),
    (r"[ \t]+", " "),
    (r" ?\n ?", "\n"),
    (r"\n+", "\n"),
    (r"^\n", ""),
)
PORT_BLOCK = (r"(?:Gigabit)?(?:Ethernet|Management)\d/\d\nLink is \w+\nMAC Address: MAC\n", "")

FIREPOWER: Rules = (
    (r"^(?s:.*?)(?=\*{5}|To launch)", ""),  # what comes before the banner
    (r"cause: CAUSE \(0x\w+\)", "cause: CAUSE"),
)


@dataclass
class Delivered:
    """A transfer that brings a file of a known size at once, or its first `stop_after` bytes."""

    request: FetchRequest
    size: int

    def __post_init__(self) -> None:
        self.size = min(self.size, self.request.stop_after or self.size)
        self.fetch = SimpleNamespace(received=self.size, md5="0" * 32, sha512="0" * 128, content=lambda: b"")

    def step(self) -> Report:
        return Report(self.size, -(-self.size // self.request.block_size), ended=True)

    def close(self) -> None:
        """Nothing to let go of."""


@dataclass
class Deliveries:
    """A network on which every file has the same size."""

    size: int = 0

    def begin(self, request: FetchRequest) -> Delivered:
        return Delivered(request, self.size)


@dataclass
class Case:
    """A simulated device and the part of a recording that it must print. `typed` is typed before, and not compared."""

    name: str
    url: str
    script: Script
    typed: tuple[str, ...] = ()
    leave_out: Rules = ()
    size: int = 0
    seconds: float = 60.0
    retyped: dict[str, str] = field(default_factory=dict)

    def printed(self) -> str:
        """What the simulator prints while the script's typing is typed, as text with line ends LF."""
        device = SimulatedDevice.from_url(self.url, network=Deliveries(self.size))  # type: ignore[arg-type]
        device.meet()
        for line in self.typed:
            device.type(line.encode() + b"\r")
            device.advance(1)
        if "state=monitor" in self.url:
            device.printed()
            device.type(b"\r")  # brings the prompt, which was printed before anybody listened
        text = b""
        for place, step in enumerate(self.script.steps):
            if isinstance(step, Types) and step.keys:
                text += self._until_window(device, place)
                device.type(step.text)
            elif isinstance(step, Types):
                device.advance(30)
                device.type(step.text + b"\r")
        device.advance(self.seconds)
        text += device.printed()
        return as_on_screen(text.decode("latin-1").replace("\n\r", "\n").replace("\r\n", "\n"))

    def _until_window(self, device: SimulatedDevice, place: int) -> bytes:
        """Let time pass until what stands before the keys was printed, behind the script's first words."""
        first, last = self.script.steps[0], self.script.steps[place - 1]
        assert isinstance(first, Prints)
        assert isinstance(last, Prints)
        text = b""
        while last.text not in text.partition(first.text[:20])[2]:
            device.advance(0.5)
            text += device.printed()
            assert device.now < 120, f"the simulator does not print {last.text!r}"
        return text


def as_on_screen(text: str) -> str:
    """What stands there once backspaces have moved the cursor back and text was written over."""
    return "\n".join(_one_line(line) if "\b" in line else line for line in text.split("\n"))


def _one_line(line: str) -> str:
    shown: list[str] = []
    place = 0
    for character in line:
        if character == "\b":
            place = max(0, place - 1)
            continue
        shown[place : place + 1] = [character]
        place += 1
    return "".join(shown)


def normalised(text: str, rules: Iterable[tuple[str, str]]) -> str:
    for pattern, replacement in rules:
        text = re.sub(pattern, replacement, text)
    return text


def part(name: str, first: str, end: str = "") -> Script:
    """A recording from one text up to, and without, another."""
    script = recordings()[name].script.since(first)
    return script.before(end) if end else script


def exchanges(name: str, *commands: str) -> Script:
    script = recordings()[name].script
    found = [script.exchange(command) for command in commands]
    return Script(tuple(step for exchange in found for step in exchange.steps), script.line_end, name)


CHAPTER_COMMANDS = (
    "interface gigabitethernet0/0",
    "address 10.86.118.4",
    "server 10.86.118.21",
    "gateway 10.86.118.21",
    "file asa961-smp-k8.bin",
    "set",
    "ping server",
    "sync",
    "tftpdnld",
)
CASES = [
    Case(
        "chapter: set, read back, ping, save and load",
        "sim://asa5500x?state=monitor",
        exchanges("asa5500x/chapter-load", *CHAPTER_COMMANDS),
        leave_out=(
            (r"ADDRESS=10\.86\.118\.[34]", "ADDRESS"),  # the chapter's slip
            PORT_BLOCK,  # the guide leaves it out; the IPS 4240 prints it
            (r"(?m)^!+\n", ""),  # the guide leaves out all marks, of the ping and of the download
            (r"Launching TFTP Image\.\.\.\n(?s:.*)", "Launching TFTP Image...\n"),  # its loader is cut in the capture
        ),
        size=14450688,
        seconds=1,
    ),
    Case(
        "chapter: a module is set and pinged, and its download begins",
        "sim://asasm?state=monitor",
        recordings()["asasm/chapter-load"].script,
        leave_out=(
            (r"ADDRESS=10\.86\.118\.[34]", "ADDRESS"),  # the chapter's slips
            (r"PKTTIMEOUT=[24]", "PKTTIMEOUT"),
            (r"(?m)^ +", ""),  # it indents one of its two blocks
            (r"(?m)^!+\n", ""),  # the marks of the ping, which it leaves out
            (r"Press ESC to abort\.\n?(?s:.*)", "Press ESC to abort."),  # it ends there
        ),
        size=14450688,
        seconds=1,
    ),
    Case(
        "IPS 4240: the settings, and a port without link",
        "sim://asa5500?state=monitor&fault=link-down",
        exchanges("asa5500/ips4240-set-interface", "set", "interface gigabit0/0"),
        typed=("address 10.0.0.1", "server 10.0.0.2", "file IPS-4240-K9-sys-1.1-a-7.0-8-E4.img"),
    ),
    Case(
        "5512-X without an image: flash boot, window, link down, help",
        "sim://asa5500x?flash=empty&fault=link-down",
        part("asa5500x/5512x-no-image-break-help", "Launching BootLoader"),
        leave_out=(
            (r"^(?s:.*?)(?=Launching BootLoader)", ""),  # the capture begins there
            (r"T FTP", "TFTP"),  # the page breaks the word
            (r'"cfg=.*"', '"cfg="'),  # the page loses what stands in <>
            (r"gdb edit image gdb settings\n(?s:.*)", ""),  # the capture is cut there
            (r"(?m)^ +", ""),
            (r"rommon #N > \?\n", "?\n"),  # an Enter more or less before it
            (r"(?:rommon #N >\n)+", ""),
        ),
    ),
    Case(
        "5500: the register is written",
        "sim://asa5500?state=monitor",
        exchanges("asa5500/break-confreg-0x41", "confreg 0x41"),
    ),
    Case(
        "5505: BIOS, window, the port behind it",
        "sim://asa5505?fault=link-down",
        part("asa5505/break-confreg", "CISCO SYSTEMS", "rommon #0>"),
        leave_out=((r"rommon #N >(?s:.*)", ""),),
    ),
    Case(
        "5505: the register's dialogue",
        "sim://asa5505?state=monitor",
        part("asa5505/break-confreg", "rommon #0>", "rommon #1>"),
        seconds=1,
    ),
    Case(
        "5516-X: the register's dialogue",
        "sim://asa5506x?state=monitor",
        part("asa5506x/5516x-confreg", "rommon 1 >", "rommon 2 >"),
        leave_out=((r"boot: \.+ [^\n]*\n", ""),),  # cut in the recording, the second time
        seconds=1,
    ),
    Case(
        "5505: flash boot begins",
        "sim://asa5505?state=monitor&flash=old",
        exchanges("asa5505/break-boot-arguments", "boot asa924-k8-debugshell-gdbserver.bin cfg=config-924"),
        leave_out=(
            (r"boot IMAGE cfg=config-924|boot(?=\n)", "boot"),
            (r"Loading (?:disk0:/)?[\w-]+(?:\.bin)?\.+ Booting\.\.\.", "Loading IMAGE... Booting..."),
            (r"Loading (?:disk0:/)?IMAGE\.* Booting\.\.\.", "Loading IMAGE... Booting..."),
            (r"Loading\.\.\.(?s:.*)", ""),
        ),
        retyped={"boot asa924-k8-debugshell-gdbserver.bin cfg=config-924": "boot"},
        seconds=10,
    ),
    Case(
        "5516-X: window, settings untouched, flash boot",
        "sim://asa5506x?flash=old",
        part("asa5506x/5516x-reload-break-set-boot", "Cisco Systems ROMMON"),
        leave_out=(
            (r"^(?s:.*?)(?=Cisco Systems ROMMON)", ""),  # the capture begins there
            (r"INIT: version 2\.88 booting\n(?s:.*)", ""),  # and ends there
            (r"#+\n(?:#+\n)*", "#\n"),
        ),
    ),
    Case(
        "Firepower 1010: window, set, save and load a package",
        "sim://fpr1000",
        part("fpr1000/1010-break-set-load", "****", "INIT: version"),
        leave_out=(
            (r"^(?s:.*?)(?=\*{5})", ""),
            (r"Boot interrupted\. *", ""),  # the 1010's log shows none, a 1120's does
            (r"cause: CAUSE \(0x\w+\)", "cause: CAUSE"),
            (r"Boot image size = \d+ \(0x[0-9a-f]+\)", "Boot image size = N"),
            (r"\[image size\] \d+", "[image size] N"),
            (r"\[MD5 signature\] [0-9a-f]{32}", "[MD5 signature] MD5"),
            (r"INIT: version(?s:.*)", ""),
        ),
        size=1_050_000_000,
        seconds=20,
    ),
    Case(
        "Firepower 2110: window, and its question before a password reset",
        "sim://fpr2100",
        part("fpr2100/2110-break-password-reset", "****"),
        leave_out=(
            *FIREPOWER,
            (r"\*{60,}", "****"),
            (r"Version 1\.0\.\d+", "Version 1.0.N"),
            (r"FPR-21\d\d", "FPR-21NN"),
        ),
    ),
    Case(
        "Firepower 2120: the start of its flash boot",
        "sim://fpr2100?flash=old",
        part("fpr2100/2120-reload-boot", "****", "    !!! WARNING"),
        leave_out=(*FIREPOWER, (r"#####\n(?s:.*)", "#\n"), (r"\n#\n", "\n")),
        seconds=40,
    ),
    Case(
        "Secure Firewall 3130: the start of its flash boot",
        "sim://fpr3100?flash=old",
        recordings()["fpr3100/3130-boot-loop"].script,
        leave_out=(*FIREPOWER, (r"\n#\n", "\n"), (r"(fp3k-lfbff\S+)\n(?s:.*)", r"\1\n")),
        seconds=40,
    ),
]


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
def test_a_simulated_device_prints_what_was_printed(case: Case) -> None:
    rules = (*OWN, *LAYOUT, *case.leave_out, *LAYOUT)
    played = Case(**{**vars(case), "script": case.script.retyped(case.retyped)})
    ours = normalised(played.printed(), rules)
    theirs = normalised(as_on_screen(played.script.printed()), rules)
    # The simulator waits at a prompt at last; a recording may end before it.
    assert re.sub(r"rommon #?N >$", "", ours.strip()).strip().split("\n") == theirs.strip().split("\n")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sim://asa5500x?state=booted", "asa5500x/5555x-show-version"),
        ("sim://asa5506x?state=booted", "asa5506x/5506x-show-version"),
    ],
)
def test_a_simulated_asa_s_show_version_is_laid_out_as_the_real_one_s(url: str, name: str) -> None:
    """Every line up to the licences stands in the recording, in the same order; the recording has more."""
    device = SimulatedDevice.from_url(url)
    device.meet()
    device.type(b"terminal pager 0\rshow version\r")
    device.advance(1)
    rules = ((r"[\w-]+ up \d+ .*", "HOST up TIME"), (r"Version \d[\w.()]*(?=\n)", "Version N"), *OWN, *LAYOUT)
    shown = normalised(device.printed().decode("latin-1").replace("\r\n", "\n"), rules)
    ours = shown[shown.index("Cisco Adaptive") : shown.index("Licensed features")].strip().split("\n")
    theirs = iter(normalised(recordings()[name].script.printed(), rules).split("\n"))
    assert [line for line in ours if line not in theirs] == []


def test_a_simulated_countdown_is_written_as_a_firepower_4100_writes_it() -> None:
    """Byte for byte: each second is written over with backspaces and blanks; the last one is `1 second`."""
    recorded = next(
        step.text for step in part("fpr4100/4110-countdown", "Boot in 10").steps if isinstance(step, Prints)
    )
    device = SimulatedDevice.from_url("sim://asa5506x?state=window&flash=old")
    device.meet()
    device.advance(12)
    assert recorded in device.printed()
