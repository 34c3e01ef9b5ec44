"""A real boot monitor, written by nobody here: U-Boot under QEMU, over a pty and a tap network of its own.

What is typed, what is answered and every block of the image are real; only the machine is emulated. Source of the
platform file's values: tests/transcripts/uboot-qemu.txt.
"""

import hashlib
import json
import random
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from uboot_rig import SERVER_ADDRESS, UBoot, skip_reason

REASON = skip_reason()
pytestmark = [pytest.mark.namespaces, pytest.mark.skipif(REASON is not None, reason=str(REASON))]

ROMMON = Path(sys.executable).with_name("rommon")
PLATFORM = Path(__file__).with_name("uboot.toml")
DEVICE_ADDRESS = "10.86.118.20"


def load(machine: UBoot, image: Path, home: Path, *options: str) -> tuple[int, list[dict[str, object]], str]:
    """Run `rommon load` inside the machine's network and return its exit code, its records and what it told people."""
    command = [
        *["env", f"HOME={home}", f"XDG_STATE_HOME={home}"],
        *[str(ROMMON), "load", str(image), "--port", machine.console, "--platform", str(PLATFORM), "--json"],
        *["--address", f"{DEVICE_ADDRESS}/24", "--server", SERVER_ADDRESS, "--timeout", "30", *options],
    ]
    done = subprocess.run(machine.inside(command), capture_output=True, text=True, timeout=110, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def image_of(path: Path, size: int) -> Path:
    path.write_bytes(random.Random(size).randbytes(size))
    return path


def test_u_boot_is_broken_into_set_pinged_and_holds_the_40_mb_image_that_our_server_sent(tmp_path: Path) -> None:
    image = image_of(tmp_path / "image.bin", 40_000_000)

    with UBoot() as machine:
        code, records, told = load(machine, image, tmp_path, "--power", machine.power_command)

    result = records[-1]
    assert code == 0, told
    assert result["kind"] == "result"
    assert result["bytes"] == 40_000_000
    assert result["sha512"] == hashlib.sha512(image.read_bytes()).hexdigest()
    assert result["memory_crc32"] == f"{zlib.crc32(image.read_bytes()):08x}"
    assert result["proof"] == "memory"
    typed = [record["typed"] for record in records if record.get("event") == "variable_set"]
    assert typed == [
        f"setenv ipaddr {DEVICE_ADDRESS}",
        "setenv netmask 255.255.255.0",
        f"setenv gatewayip {SERVER_ADDRESS}",
        f"setenv serverip {SERVER_ADDRESS}",
        "setenv bootfile image.bin",
    ]


def test_u_boot_that_sits_at_its_prompt_is_used_as_it_is_and_a_pulled_cable_fails_the_ping(tmp_path: Path) -> None:
    image = image_of(tmp_path / "image.bin", 100_000)

    with UBoot() as machine:
        first, _, told = load(machine, image, tmp_path, "--power", machine.power_command)
        again, _, told_again = load(machine, image, tmp_path)
        machine.set_link(up=False)
        unplugged, failed, _ = load(machine, image, tmp_path)

    assert first == 0, told
    assert again == 0, told_again
    assert unplugged == 21
    assert failed[-1]["cause"] == "ping-failed"
