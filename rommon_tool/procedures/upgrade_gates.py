"""What must be true before a device may write its boot ROM: the file, the device, and the device's own word on the file.

Each gate raises with nothing changed. There is no way around the first one.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from rommon_tool import firmware
from rommon_tool.errors import WrongImage
from rommon_tool.firmware import Anchors, Verification
from rommon_tool.procedures.asa_session import Asa
from serial_console.asa_cli.reading.module import Module, boot_monitor_version, read_modules
from serial_console.asa_cli.reading.transfer import read_signature_check
from serial_console.errors import AnswerUnclear, ImageRefused

_MODELS = {"asa5506x": re.compile(r"(?i)ASA[ -]?55(?:06|08|16)"), "isa3000": re.compile(r"(?i)ISA[ -]?30")}
_MINIMUM = {"asa5506x": "1.1.8"}
_DECLINED = "the question was answered with n: the device runs as before. Delete the file from disk0:, and get it again from Cisco"


@dataclass(frozen=True, slots=True)
class UpgradePlan:
    """What is about to happen, for the person who has to agree to it."""

    image: Verification
    model: str
    serial_number: str
    old_version: str


def verified(path: Path, anchors: Anchors) -> Verification:
    """The first gate. Raises `ImageNotVerified` (31, 30, 32) for a file that nothing proves, `WrongImage` for another kind."""
    image = firmware.verify(path, anchors)
    image.check()
    objections = image.rommon_objections()
    if objections:
        raise WrongImage(
            f"{image.name} is no ROMMON firmware: {'; '.join(objections)}", hint="get it from Cisco's page"
        )
    if not image.version:
        hint = "give the file its own name back, such as asa5500-firmware-1118.SPA"
        raise WrongImage(f"the name {image.name} does not tell which version it is", hint=hint)
    return image


def identified(asa: Asa, image: Verification) -> UpgradePlan:
    """Who the device is, and that this file is for it. Raises `WrongImage` for a file that it must not get."""
    modules = read_modules(asa.cli.run("show module"))
    old = boot_monitor_version(modules)
    own = next(module for module in modules if module.firmware == old)
    family = _family_of(own, asa.shown.model)
    if family not in image.families:
        raise WrongImage(
            f"{image.name} is not made for an {own.model or asa.shown.model}", hint="choose the file of its family"
        )
    minimum = _MINIMUM.get(family, "0")
    if _numbers(old) < _numbers(minimum):
        hint = f"the chapter: the ROMMON version must be {minimum} or greater. Ask Cisco support for the way there"
        raise WrongImage(
            f"the device has ROMMON {old}, and must have {minimum} for this", hint=hint, cause="rommon-too-old"
        )
    if _numbers(image.version) <= _numbers(old):
        message = f"the device has ROMMON {old} already, and {image.name} is {image.version}"
        raise WrongImage(message, hint="ROMMON can only be upgraded, never downgraded", cause="no-upgrade")
    serial_number = asa.shown.serial or own.serial
    if not serial_number:
        raise WrongImage(
            "the device does not tell its serial number, by which it would be released", cause="no-serial-number"
        )
    return UpgradePlan(image, own.model or asa.shown.model, serial_number, old)


def check_block(text: str, image: Verification) -> None:
    """Raise `ImageRefused` unless the device's hashes agree with each other and with what is known of the file."""
    try:
        block = read_signature_check(text)
    except AnswerUnclear as error:
        raise ImageRefused("the device shows no verification of the file", seen=error.seen, hint=_DECLINED) from error
    if not block.is_valid or block.computed != block.embedded:
        seen = f"Computed {block.computed[:16]}…, Embedded {block.embedded[:16]}…"
        raise ImageRefused("the device's own verification says no", seen=seen, hint=_DECLINED)
    for name, shown, known in (
        ("Computed", block.computed, image.signed_sha512),
        ("Embedded", block.embedded, image.embedded_sha512),
    ):
        if known and shown != known:
            message = f"the device verified another file: its {name} Hash is not that of {image.name}"
            raise ImageRefused(message, seen=f"{shown[:16]}…, not {known[:16]}…", hint=_DECLINED)


def _family_of(module: Module, model: str) -> str:
    for family, pattern in _MODELS.items():
        if pattern.search(module.model) or pattern.search(model):
            return family
    raise WrongImage(
        f"{module.model or model or 'this device'} has no ROMMON that is upgraded like this",
        hint="the chapter has it for ASA 5506-X, 5508-X, 5516-X and ISA 3000",
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))
