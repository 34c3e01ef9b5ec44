"""What every recording must give when a platform reads it. Each check raises AssertionError at the first difference."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from expectation import Expected
from expected import EXPECTED
from played_line import PlayedLine
from recordings import Recording
from sighting import sightings

from platforms import Platform, load_platform, platform_names, recognise
from serial_console.boot_monitor.reading import settings
from serial_console.line import Seen


@dataclass(frozen=True, slots=True)
class Check:
    """One sentence about the device, and how to see that a platform makes it true."""

    name: str
    run: Callable[[Platform, bool], None]


def check_sightings(recording: Recording, platform: Platform, *, bytewise: bool) -> None:
    expected = EXPECTED[recording.name]
    seen = sightings(recording, platform, bytewise=bytewise)
    # Byte by byte the recording is read a line at a time, and a question may go over two.
    wanted = expected.counts_of(platform.name)
    lined = {"erase_question"} if bytewise else set()
    counts = [{path: n for path, n in each.items() if path not in lined} for each in (seen.counts, wanted)]
    assert counts[0] == counts[1]
    assert seen.groups == {path: held for path, held in expected.groups.items() if path in wanted}


def check_family(recording: Recording, platform: Platform) -> None:
    """`platform` stands for the shipped one of its name, which it is, or is a spoilt copy of."""
    among = [platform if name == platform.name else load_platform(name) for name in platform_names()]
    found = [family.name for family in recognise(recording.script.printed().encode("latin-1"), among)]
    assert found == list(EXPECTED[recording.name].tells)


def check_dumps(recording: Recording, platform: Platform, *, bytewise: bool) -> None:
    """What stands between a command's echo and the next prompt holds these settings, under the platform's names."""
    turns: Counter[str] = Counter()
    for command, wanted in EXPECTED[recording.name].dumps:
        answer = _answer(recording, platform, command, turns[command], bytewise=bytewise)
        turns[command] += 1
        assert settings(answer) == wanted, f"the answer to `{command}`"
        if wanted:
            names = [variable.name for role in platform.roles() if (variable := platform.variables.of(role))]
            assert [name for name in names if name not in wanted] == []
            vlan = platform.variables.vlan
            assert vlan is None or wanted[vlan.name].isdigit() or vlan.unset == wanted[vlan.name]


def check_images(expected: Expected, recording: Recording, platform: Platform) -> None:
    """The names of the images in a recording tell the families that they are for, and no other."""
    text = recording.script.printed()
    among = [platform if name == platform.name else load_platform(name) for name in platform_names()]
    for image, families in expected.images.items():
        assert image in text
        found = [it.name for it in among if any(pattern.search(image.encode()) for pattern in it.image_names)]
        assert found == list(families)


def check_image_file(expected: Expected, platform: Platform) -> None:
    """Where `show version` says which file runs, it can be told whether the device was booted by TFTP."""
    if platform.boot is not None:
        for file in expected.groups.get("boot.image_file", ()):
            assert bool(platform.boot.netbooted.search(file.encode())) == expected.netbooted


def check_window(expected: Expected, recording: Recording, platform: Platform) -> None:
    """The countdown starts at the seconds that the platform gives the window."""
    if expected.window_seconds:
        left = re.findall(r"Boot in (\d+) second", recording.script.printed())
        assert int(left[0]) == expected.window_seconds


def reading_checks(recording: Recording) -> list[Check]:
    """All checks of one recording."""
    expected, short = EXPECTED[recording.name], recording.name.partition("/")[2]
    return [
        Check(
            f"{short}: every value sees what stands there, and nothing else",
            lambda platform, bytewise: check_sightings(recording, platform, bytewise=bytewise),
        ),
        Check(
            f"{short}: its dumps give the settings",
            lambda platform, bytewise: check_dumps(recording, platform, bytewise=bytewise),
        ),
        Check(f"{short}: its text tells the family", lambda platform, _: check_family(recording, platform)),
        Check(
            f"{short}: its images tell whom they are for",
            lambda platform, _: check_images(expected, recording, platform),
        ),
        Check(
            f"{short}: its image line tells how it was booted", lambda platform, _: check_image_file(expected, platform)
        ),
        Check(f"{short}: its window is as long", lambda platform, _: check_window(expected, recording, platform)),
    ]


def _answer(recording: Recording, platform: Platform, command: str, turn: int, *, bytewise: bool) -> bytes:
    """What follows the command's echo, up to the next prompt or the end."""
    line = PlayedLine(recording.script.exchange(command, turn), bytewise)
    prompt = {"prompt": platform.console.prompt}
    assert isinstance(line.expect(prompt, 1), Seen), f"no prompt before `{command}`"
    assert line.type_as_recorded()
    seen = line.expect(prompt | {"echo": re.compile(re.escape(command.encode()) + rb"[\r\n]+")}, 1)
    assert isinstance(seen, Seen)
    rest = b""
    while isinstance(seen := line.expect({"anything": re.compile(rb"(?s).+")}, 1), Seen):
        rest += seen.text
    return rest
