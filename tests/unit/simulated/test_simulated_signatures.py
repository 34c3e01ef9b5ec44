"""A simulated device that was given a key looks at what it downloads, with a small verifier of its own."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from signed_image import Recipe, firmware, key, pem, system
from simulated_rig import configure_kenton, kenton_at_prompt

from serial_console.simulated import Options, SimulationError
from serial_console.simulated.events import Booted
from serial_console.simulated.signed_image import examine

PASSED = b"LFBFF signature authentication passed !!!"
FAILED = b"LFBFF signature authentication failed !!!"


def downloaded(content: bytes, folder: Path, signed_by: int = 0) -> tuple[bytes, bool]:
    """What a device that trusts one key prints of an image, and whether it boots it."""
    bench = kenton_at_prompt(f"&key={pem(key(signed_by), folder / 'key.pem')}", content)
    configure_kenton(bench)
    printed = bench.enter("tftpdnld", 600.0)
    return printed, bool(bench.of(Booted))


def test_an_image_that_is_signed_with_its_key_boots(tmp_path: Path) -> None:
    printed, boots = downloaded(system().built(key()), tmp_path)
    assert PASSED in printed
    assert boots


BAD: dict[str, Callable[[], bytes]] = {
    "no image at all": lambda: bytes(range(256)) * 40,
    "an image of another key": lambda: system().built(key(1)),
    "a changed payload": lambda: system().built(key())[:-1] + b"\x00",
    "a signature of zeros": lambda: system().built(),
    "one that is cut": lambda: system().built(key())[:-16],
    "one with more behind it": lambda: system().built(key()) + bytes(16),
    "the signature of another image": lambda: dataclasses.replace(
        system(), signature=firmware().built(key())[0xC3:0x1C3]
    ).built(),
    "an envelope without tags": lambda: system().built(key())[:0x30] + bytes(0x1A0) + system().payload,
}


@pytest.mark.parametrize("name", BAD)
def test_it_refuses_what_is_not_signed_with_its_key(name: str, tmp_path: Path) -> None:
    printed, boots = downloaded(BAD[name](), tmp_path)
    assert FAILED in printed
    assert PASSED not in printed
    assert not boots


def test_it_reads_the_labels_that_a_device_prints() -> None:
    modulus = key().public_key().public_numbers().n
    found = examine(Recipe(system().payload, serial="68AFDEF8").built(key()), modulus)
    assert found is not None
    assert (found.serial, found.key_version, found.is_genuine) == ("68AFDEF8", "A", True)
    assert found.signer == "CN=CiscoSystems;OU=NCS_Kenton_ASA;O=CiscoSystems"


def test_a_key_that_is_none_is_told_when_the_device_is_built(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_bytes(b"no key")
    for path in (tmp_path / "key.pem", tmp_path / "missing.pem"):
        with pytest.raises(SimulationError, match="key"):
            Options.from_url(f"sim://asa5506x?key={path}")
