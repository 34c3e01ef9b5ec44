"""The questions that `confreg` asks, in both dialects, and what their answers make of the register.

The questions and their order are captured: the classic ones from a 5505, the others from a 5516-X. The classic dialogue
builds the register anew (all defaults but one gave 0x40), the other switches what is on off, and what is off on.
"""

from dataclasses import dataclass
from random import Random

from .chassis import BOOT_FIELD, IGNORES_CONFIG, Chassis
from .events import Answered
from .script import Script

NETBOOT, FLASH = 0x10, 0x01


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and the bits that `y` changes; none: what it changes is not simulated."""

    text: str
    bits: int = 0
    disables_recovery: bool = False


CLASSIC = (
    Asked("enable boot to ROMMON prompt?"),
    Asked("enable TFTP netboot?", NETBOOT),
    Asked("enable Flash boot?", FLASH),
    Asked("select specific Flash image index?"),
    Asked("disable system configuration?", IGNORES_CONFIG),
    Asked("go to ROMMON prompt if netboot fails?"),
    Asked("enable passing NVRAM file specs in auto-boot mode?"),
    Asked("disable display of BREAK or ESC key prompt during auto-boot?"),
)


def classic_answers(chassis: Chassis) -> Script[int]:
    """The register that the answers of a classic dialogue make."""
    register = 0
    for asked in _in_its_order(chassis, CLASSIC):
        if (yield from agreed(chassis, f"{asked.text} y/n [n]: ")):
            register |= asked.bits
    return register


def kenton_answers(chassis: Chassis) -> Script[int]:
    """The register that the answers of a Kenton dialogue make; one of them disables password recovery, for good."""
    register = chassis.register
    ignores, boots = (_switched(register & bits) for bits in (IGNORES_CONFIG, BOOT_FIELD))
    recovery = _switched(not chassis.recovery_disabled)
    questions = (
        Asked(f'{recovery} "password recovery"?', disables_recovery=recovery == "disable"),
        Asked('disable "display break prompt"?'),
        Asked(f'{ignores} "ignore system configuration"?', IGNORES_CONFIG),
        Asked(f'{boots} "auto-boot image in disks"?', FLASH),
        Asked("change console baud rate?"),
        Asked("select specific image in disks to boot?"),
    )
    for asked in _in_its_order(chassis, questions):
        if (yield from agreed(chassis, f"{asked.text} y/n [n]: ")):
            register ^= asked.bits
            chassis.recovery_disabled |= asked.disables_recovery
    return register


def agreed(chassis: Chassis, question: str) -> Script[bool]:
    """Ask; Enter alone means no, as the brackets say."""
    with chassis.in_state("question"):
        answer = yield from chassis.console.read_line(question)
    chassis.publish(Answered(question.strip(), answer))
    return answer.strip().lower() in ("y", "yes")


def _switched(is_on: object) -> str:
    return "disable" if is_on else "enable"


def _in_its_order(chassis: Chassis, questions: tuple[Asked, ...]) -> tuple[Asked, ...]:
    """As captured; a device with the fault `reworded` asks in an order of its own."""
    if "reworded" not in chassis.faults:
        return questions
    chance = Random(f"register {chassis.faults.text('reworded')}")  # noqa: S311 - repeatable, not secret
    return tuple(chance.sample(questions, len(questions)))
