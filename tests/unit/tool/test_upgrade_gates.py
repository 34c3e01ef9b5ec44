"""What must be true before a boot ROM is written: each refusal by itself, in virtual time."""

import hashlib
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from signed_image import Recipe, firmware, key, system
from simulated_line import SimulatedLine

from rommon_tool.battery import check_battery
from rommon_tool.errors import ImageMismatch, ImageNotVerified, WrongImage, WrongUsage
from rommon_tool.firmware import Verification, load_anchors
from rommon_tool.procedures.asa_session import AsaConsole, taken_in_hand
from rommon_tool.procedures.upgrade_gates import UpgradePlan, check_block, identified, verified
from rommon_tool.progress import Progress
from serial_console.errors import ImageRefused

NAME = "asa5500-firmware-1118.SPA"


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def image(folder: Path, recipe: Recipe | None = None, name: str = NAME, pin: str = "own") -> Verification:
    """A file, held against the pin of its own bytes, of others, or none."""
    path = folder / name
    path.write_bytes((recipe or firmware()).built(key()))
    pins = {"own": hashlib.sha512(path.read_bytes()).hexdigest(), "other": "ab" * 64, "none": ""}
    return verified(path, load_anchors(sha512=pins[pin]))


def test_a_pinned_firmware_passes(tmp_path: Path) -> None:
    assert (image(tmp_path).verdict, image(tmp_path).version) == ("matches-pin", "1.1.18")


def test_a_file_that_nothing_proves_is_refused_with_the_command_that_would_pin_it(tmp_path: Path) -> None:
    with pytest.raises(ImageNotVerified) as refused:
        image(tmp_path, pin="none")
    assert type(refused.value) is ImageNotVerified
    assert "--sha512" in refused.value.hint


def test_a_file_that_its_pin_says_no_to_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageMismatch):
        image(tmp_path, pin="other")


@pytest.mark.parametrize(
    ("recipe", "name"),
    [
        (system(), NAME),  # however well pinned, an operating system is no firmware
        (system(), "asa984-22-lfbff-k8.SPA"),
        (replace(firmware(), signer="CN=CiscoSystems;OU=Other;O=CiscoSystems"), NAME),
        (replace(firmware(), key_version="B"), NAME),
        (firmware(), "firmware.SPA"),
    ],
)
def test_what_is_no_rommon_firmware_is_refused(tmp_path: Path, recipe: Recipe, name: str) -> None:
    with pytest.raises(WrongImage):
        image(tmp_path, recipe, name)


def plan(found: Verification, family: str = "asa5506x", rom: str = "1.1.8") -> UpgradePlan:
    line = SimulatedLine(f"sim://{family}?state=booted{f'&rom={rom}' if rom else ''}")
    return identified(taken_in_hand(line, AsaConsole("sim")), found)


def test_the_device_is_known_by_model_version_and_serial_number(tmp_path: Path) -> None:
    known = plan(image(tmp_path))
    assert (known.model, known.old_version, known.serial_number) == ("ASA5506", "1.1.8", "A0000000000")


def test_the_isa_3000_has_no_minimum(tmp_path: Path) -> None:
    assert plan(image(tmp_path, name="isa3000-firmware-1005.SPA"), "isa3000", "1.0.1").old_version == "1.0.1"


@pytest.mark.parametrize(
    ("name", "family", "rom", "cause"),
    [
        ("asa5500-firmware-1107.SPA", "asa5506x", "1.1.8", "no-upgrade"),
        ("asa5500-firmware-1108.SPA", "asa5506x", "1.1.8", "no-upgrade"),
        ("asa5500-firmware-1109.SPA", "asa5506x", "1.1.12", "no-upgrade"),  # 12 is more than 9
        (NAME, "asa5506x", "1.1.5", "rommon-too-old"),
        ("isa3000-firmware-1005.SPA", "asa5506x", "1.1.8", "wrong-image"),
        (NAME, "isa3000", "1.0.1", "wrong-image"),
        (NAME, "asa5500x", "", "wrong-image"),
    ],
)
def test_a_file_that_is_not_for_this_device_is_refused(
    tmp_path: Path, name: str, family: str, rom: str, cause: str
) -> None:
    with pytest.raises(WrongImage) as refused:
        plan(image(tmp_path, name=name), family, rom)
    assert refused.value.cause == cause


def block(computed: str, embedded: str = "", verdict: str = "Digital signature successfully validated") -> str:
    """As the chapter prints it."""
    lines = ["Verifying file integrity of disk0:/x", ""]
    for kind, digest in (("Computed", computed), ("Embedded", embedded or computed)):
        lines += [
            f"{kind} Hash   SHA2: {digest[:32]}",
            *(f"               {digest[n : n + 32]}" for n in (32, 64, 96)),
            "",
        ]
    return "\n".join([*lines, verdict, "Verification successful."])


ONE, OTHER = "1a" * 64, "2b" * 64


def test_the_devices_block_must_agree_with_itself_and_with_what_is_known(tmp_path: Path) -> None:
    pinned = image(tmp_path)
    check_block(block(ONE), pinned)
    check_block(block(ONE), replace(pinned, signed_sha512=ONE, embedded_sha512=ONE))
    for text in (block(ONE, OTHER), block(ONE, verdict="%ERROR: Signature verification failed"), "Proceed", ""):
        with pytest.raises(ImageRefused):
            check_block(text, pinned)
    for known in ({"signed_sha512": OTHER}, {"embedded_sha512": OTHER}):
        with pytest.raises(ImageRefused, match="another file"):
            check_block(block(ONE), replace(pinned, **known))


@pytest.mark.parametrize(
    ("percent", "plugged", "warnings"),
    [(20, True, 0), (80, False, 1), (50, False, 1), (49.9, False, None), (5, False, None)],
)
def test_a_machine_on_a_battery_below_half_does_not_begin(
    percent: float, plugged: bool, warnings: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psutil

    monkeypatch.setattr(
        psutil, "sensors_battery", lambda: SimpleNamespace(percent=percent, power_plugged=plugged), raising=False
    )
    progress = Progress("test")
    if warnings is None:
        with pytest.raises(WrongUsage, match="battery"):
            check_battery(progress)
    else:
        check_battery(progress)
        assert len(progress.drain()) == warnings
