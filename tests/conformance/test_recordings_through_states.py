"""Every recording of a real device, cut where it may be cut, and told apart by the table of states."""

from collections.abc import Iterator

import pytest
from played_line import Prints, Types
from recordings import Recording, recordings

from serial_console.recognition import known_states, state_of

# Primes, so that cuts fall everywhere in lines.
STRIDE = 41
OTHERS = {"linux", "grub", "u-boot", "uefi"}
STRANGE = {state.name for state in known_states() if state.software in OTHERS} | {
    "kernel-panic",
    "asa-crash",
    "console-server",
    "catalyst-monitor",
    "catalyst-countdown",
    "nxos-loader",
    "nxos-shell",
    "ios-setup",
    "ios-user",
    "ios-privileged",
}
each = pytest.mark.parametrize("recording", recordings().values(), ids=lambda recording: recording.name)


def growing(recording: Recording) -> Iterator[tuple[bytes, bool]]:
    """The recording's text as it grows, and whether the device stopped there: at a prompt or question."""
    text = b""
    for step in recording.script.steps:
        if isinstance(step, Types):
            text += b"" if step.keys else step.text + b"\r\n"
        elif isinstance(step, Prints):
            piece = step.text + (b"\r\n" if step.ended else b"")
            for at in range(STRIDE, len(piece), STRIDE):
                yield text + piece[:at], False
            text += piece
            yield text, not step.ended


@each
def test_no_recording_of_a_cisco_device_is_ever_taken_for_something_else(recording: Recording) -> None:
    for text, _ in growing(recording):
        found = state_of(text)
        assert found is None or not found.sure or found.state.name not in STRANGE, (text[-80:], found)


@each
def test_wherever_a_recorded_device_waits_it_is_known_to_wait(recording: Recording) -> None:
    for text, waits in growing(recording):
        if waits and text[-1:] in b" :?>#]":
            found = state_of(text)
            assert found is not None, text[-80:]
            assert found.state.last or found.state.kind == "starting", (text[-80:], found)


@each
def test_a_recorded_monitors_prompt_is_a_monitor(recording: Recording) -> None:
    prompts = [text for text, _ in growing(recording) if text.rstrip().endswith(b">") and b"rommon" in text[-12:]]
    for text in prompts:
        found = state_of(text)
        assert found is not None
        assert found.state.kind == "monitor", text[-80:]
