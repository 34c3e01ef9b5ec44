"""A device that says everything in other words, and asks its questions elsewhere (fault `reworded:SEED`). All of it is made up.

A driver must end in a named state on it, whatever it says. The same seed makes the same device, and a device words the
same text the same way each time: what it says depends on the seed and on the text, never on what happened before.
"""

import re
from collections.abc import Callable, Iterator
from random import Random

from .chassis import Chassis
from .events import Answered, Erased
from .options import Options
from .script import Script

SYNONYMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"Use BREAK or ESC to interrupt boot", ("Press BREAK or ESC to interrupt boot", "Hit ESC to stop the boot")),
    (r"Use SPACE to begin boot immediately", ("Press SPACE to boot now", "Use SPACE to start at once")),
    (
        r"Boot in (\d+) second",
        (r"Booting in \1 second", r"Autoboot in \1 second", r"\1 second left before boot: second"),
    ),
    (r"Boot interrupted", ("Boot stopped", "Autoboot interrupted", "Interrupted by user")),
    (r"Link is", ("Link:", "link state is", "Port is")),
    (r"Invalid or incorrect command", ("Invalid command", "Unknown command", "Bad command")),
    (r"Success rate is (\d+) percent", (r"Success rate: \1 percent", r"\1% of the echoes came back")),
    (r"Received (\d+) bytes", (r"Got \1 bytes", r"\1 bytes received", r"Received \1 octets")),
    (r"File reception completed", ("Reception complete", "File received", "Transfer finished")),
    (r"Launching TFTP Image", ("Starting TFTP image", "Launching the image", "Booting TFTP Image")),
    (r"Receiving (\S+) from", (r"Fetching \1 from", r"Loading \1 from")),
    (r"\btftp (\S+)@(\S+) via", (r"TFTP \1 from \2 through", r"tftp \1@\2 by way of")),
    (r"signature verified", ("signature is valid", "signature OK")),
    (r"signature authentication passed", ("signature check passed", "signature accepted")),
    (r"Adaptive Security Appliance Software Version", ("ASA Software Version", "Security Appliance Software, release")),
    (r"System image file is", ("System image is", "Booted from file")),
    (r"ROMMON", ("ROM Monitor", "Rommon")),
    (r"Type help or '\?' for a list of available commands", ("Type ? for help", "Enter 'help' for the commands")),
    (r"Configuration Register:", ("Config Register:", "Register value:", "configuration register is")),
    (r"[Dd]o you wish to change", ("Do you want to change", "Change", "Would you like to modify")),
    (r"disable system configuration", ("ignore system configuration", "skip the startup configuration")),
    (r"ignore system configuration\"", ('skip system configuration"', 'ignore startup configuration"')),
    (r"Update Config Register", ("Writing Config Register", "Register updated")),
    (
        r"Ignoring startup configuration as instructed",
        ("Startup configuration ignored as told", "Not reading the config"),
    ),
    (r"rommon #?(?=\d+ ?>)", ("rommon #", "ROMMON ", "monitor ")),
)
_WORD = re.compile(r"(?<![\w=./%@\"'-])[A-Za-z]{3,}(?![\w=./%@\"'-])")
_COPIES = ("{}", "{}", " {}", "{} ", "\n{}")
# Which of these a device asks, and where, is a matter of its seed. True: yes, or Enter, would destroy something.
QUESTIONS: tuple[tuple[str, bool], ...] = (
    ("Permanently erase 'disk0:'? ", True),
    ("Do you want to wipe the internal drive? [yes/no]: ", True),
    ("The file system is damaged. Format disk0: (y/n) ", True),
    ("All data on disk0: will be lost. Continue? [confirm]", True),
    ("Reformat flash now [yes]? ", True),
    ("Proceed with deletion of the configuration? y/n [n]: ", True),
    ("Do you wish to change the configuration? y/n [n]: ", False),
    ("Select a boot device (1-3): ", False),
    ("Overwrite (y/n) ", False),
    ("Continue with the stored settings? [yes]: ", False),
)
# Half of all devices ask nothing out of place.
_ASKING = ("power-on", "stopped", *(f"command {number}" for number in range(10)), "received", "booting", "booted")
BOOTED_COMMANDS = 12
PLACES = (*_ASKING, *([""] * len(_ASKING)))


class Rewording:
    """The words of one device."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        chance = _chances(seed)
        self._synonym, self._case, self._blanks, self._order = (chance.choice((0.0, 0.0, 0.1, 0.5)) for _ in range(4))

    def __call__(self, text: str) -> str:
        """The same in other words. Numbers, addresses, names of files and of variables stay."""
        if not re.search("[A-Za-z]{2}", text):
            return text
        chance = _chances(self._seed + re.sub(r"\d+", "N", text))
        for pattern, others in SYNONYMS:
            if re.search(pattern, text) and chance.random() < self._synonym:
                text = re.sub(pattern, chance.choice(others), text)
        text = _WORD.sub(lambda word: self._in_other_case(word[0], chance), text)
        return "\n".join(self._in_other_order(text.split("\n"), chance))

    def _in_other_case(self, word: str, chance: Random) -> str:
        if chance.random() < self._blanks / 4:
            word = chance.choice(_COPIES[:4]).format(word)
        return chance.choice((str.upper, str.lower, str.title))(word) if chance.random() < self._case else word

    def _in_other_order(self, lines: list[str], chance: Random) -> Iterator[str]:
        """Neighbours change places, but not what stands last: a prompt stays one."""
        *moved, last = lines
        for place in range(len(moved) - 1):
            if chance.random() < self._order / 2:
                moved[place], moved[place + 1] = moved[place + 1], moved[place]
        for line in moved:
            yield chance.choice(_COPIES).format(line) if chance.random() < self._blanks / 2 else line
        yield last


def rewording(options: Options) -> Callable[[str], str]:
    """How a device with these options words a text."""
    return Rewording(_seed(options)) if "reworded" in options.faults else str


def ask_between(chassis: Chassis, number: int) -> Script[None]:
    """The same at the command line of the booted software, before it obeys its command of that number."""
    if "reworded" not in chassis.faults:
        return
    chance = _chances(f"cli {_seed(chassis.options)}")
    question, destroys = chance.choice(QUESTIONS)
    if chance.choice((*range(BOOTED_COMMANDS), *([-1] * BOOTED_COMMANDS))) == number:
        yield from _asked(chassis, question, destroys=destroys)


def ask_elsewhere(chassis: Chassis, place: str) -> Script[None]:
    """Ask one of `QUESTIONS`, if this is where this device asks one, and wait until it is answered."""
    if "reworded" not in chassis.faults:
        return
    chance = _chances(_seed(chassis.options))
    question, destroys = chance.choice(QUESTIONS)
    if chance.choice(PLACES) == place:
        yield from _asked(chassis, question, destroys=destroys)


def _asked(chassis: Chassis, question: str, *, destroys: bool) -> Script[None]:
    with chassis.in_state("question"):
        answer = yield from chassis.console.read_line(question)
    chassis.publish(Answered(question, answer))
    if destroys and not answer.lower().startswith("n"):
        chassis.flash_image = None
        chassis.publish(Erased())


def _seed(options: Options) -> str:
    return f"{options.family} {options.faults.text('reworded')}"


def _chances(seed: str) -> Random:
    return Random(seed)  # noqa: S311 - repeatable, not secret
