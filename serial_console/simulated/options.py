"""How a simulated device is described in a URL: `sim://NAME?option=value&...`.

An option that is not understood is an error, never ignored: a test with a misspelt fault would pass for nothing.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias, TypeVar
from urllib.parse import parse_qs, urlsplit

from .address import is_address
from .errors import SimulationError
from .faults import Faults

Flash: TypeAlias = Literal["empty", "old", "unformatted"]
Start: TypeAlias = Literal["cold", "off", "monitor", "booted", "window"]
Config: TypeAlias = Literal["saved", "none"]
Session: TypeAlias = Literal["open", "closed"]
Choice = TypeVar("Choice", bound=str)

# The first of each is the default.
FLASHES: tuple[Flash, ...] = ("empty", "old", "unformatted")
FREE_BYTES = 3_847_725_056  # of the 5506-X whose listing is public
STARTS: tuple[Start, ...] = ("cold", "off", "monitor", "booted", "window")
CONFIGS: tuple[Config, ...] = ("saved", "none")
SESSIONS: tuple[Session, ...] = ("open", "closed")


@dataclass(frozen=True, slots=True)
class Options:
    """One device as asked for. `start` is its state when the line is first opened."""

    family: str
    faults: Faults = field(default_factory=Faults)
    speed: float = 1.0
    wire: tuple[str, int] | None = None  # None: the SERVER variable, port 69
    flash: Flash = "empty"
    start: Start = "cold"
    config: Config = "saved"
    asks_login: bool = False
    seed: int = 0
    baud: int | None = None  # None: output is not paced
    name: str | None = None  # a named device outlives the port that opened it
    session: Session = "open"  # of a module in a chassis
    rom: str = ""  # the version of the boot ROM, where it is not the captured one
    bundle_bytes: int = 256 * 1024 * 1024  # as much of a bundle as a Firepower's monitor asks for
    disk: Path | None = None  # the folder that holds disk0; None: it is in memory
    free_bytes: int = FREE_BYTES
    enable: str = ""  # the enable password of the saved configuration
    address: str = "192.168.1.1/24"  # of the management interface in the saved configuration
    key: Path | None = None  # the public key that images must be signed with; None: every image is taken

    @classmethod
    def from_url(cls, url: str) -> "Options":
        """Read a `sim://` URL; raises SimulationError naming what is known."""
        parts = urlsplit(url)
        if parts.scheme != "sim" or not parts.netloc:
            message = f"{url!r} is not of the form sim://FAMILY?option=value"
            raise SimulationError(message)
        query = parse_qs(parts.query, keep_blank_values=True)
        faults = Faults.parse(query.pop("fault", []))
        values = {name: _single(name, given) for name, given in query.items()}
        _refuse_unknown(values)
        return cls(
            family=parts.netloc,
            faults=faults,
            speed=_positive("speed", values.get("speed"), 1.0),
            wire=_host_and_port(values.get("wire")),
            flash=_one_of("flash", values.get("flash"), FLASHES),
            start=_one_of("state", values.get("state"), STARTS),
            config=_one_of("config", values.get("config"), CONFIGS),
            asks_login=_one_of("login", values.get("login"), ("0", "1")) == "1",
            seed=_whole("seed", values.get("seed")) or 0,
            baud=_whole("baud", values.get("baud")) or None,
            name=values.get("name") or None,
            disk=Path(values["disk"]) if values.get("disk") else None,
            free_bytes=_whole("free", values.get("free")) or FREE_BYTES,
            enable=values.get("enable") or "",
            address=_interface("address", values.get("address")),
            session=_one_of("session", values.get("session"), SESSIONS),
            rom=values.get("rom") or "",
            key=_key(values.get("key")),
            bundle_bytes=_whole("bundle", values.get("bundle")) or 256 * 1024 * 1024,
        )


OPTIONS: dict[str, str] = {
    "baud": "print no faster than this line rate",
    "bundle": "as many bytes of a bundle as a Firepower's monitor asks for (268435456)",
    "address": "ADDRESS/LENGTH of the management interface in the saved configuration (192.168.1.1/24)",
    "config": "saved or none (the set-up dialogue asks after the boot)",
    "disk": "a folder that holds disk0; else it is in memory and lasts as long as the device",
    "enable": "the enable password of the saved configuration",
    "fault": "NAME[:ARGUMENT], several with commas or by repeating the option",
    "flash": "empty, old or unformatted: what the flash holds",
    "free": "bytes free on disk0 before anything is copied there (3847725056)",
    "key": "a public key (PEM): a dialect B device takes only images that are signed with it",
    "login": "1: the booted software asks for a user name",
    "name": "keep the device when the port is closed; the same name finds it again",
    "rom": "version of the boot ROM, such as 1.1.8",
    "seed": "seed of every chance (noise)",
    "session": "of a module in a Catalyst: open, or closed (the supervisor's prompt is met)",
    "speed": "divide the device's own delays by this",
    "state": "cold (powered on soon after opening), off, window, monitor or booted",
    "wire": "HOST:PORT to which its network card really sends TFTP requests",
}


def _key(text: str | None) -> Path | None:
    """A path to a key, which is read at once: a device with a wrong one would refuse everything."""
    if not text:
        return None
    from .signed_image import modulus_of

    modulus_of(Path(text))
    return Path(text)


def _refuse_unknown(values: dict[str, str]) -> None:
    unknown = sorted(set(values) - set(OPTIONS))
    if unknown:
        message = f"unknown option {unknown[0]!r}; known options: {', '.join(sorted(OPTIONS))}"
        raise SimulationError(message)


def _single(name: str, given: list[str]) -> str:
    if len(given) != 1:
        message = f"option {name!r} was given {len(given)} times"
        raise SimulationError(message)
    return given[0]


def _positive(name: str, text: str | None, default: float) -> float:
    try:
        number = float(text) if text is not None else default
    except ValueError:
        number = 0.0
    if number <= 0:
        message = f"option {name!r} takes a number above 0, not {text!r}"
        raise SimulationError(message)
    return number


def _interface(name: str, text: str | None) -> str:
    if text is None:
        return "192.168.1.1/24"
    address, _, length = text.partition("/")
    if not is_address(address) or not length.isdecimal() or int(length) > 32:
        message = f"option {name!r} takes an IPv4 ADDRESS/LENGTH, not {text!r}"
        raise SimulationError(message)
    return text


def _whole(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isdecimal():
        message = f"option {name!r} takes a whole number, not {text!r}"
        raise SimulationError(message)
    return int(text)


def _one_of(name: str, text: str | None, choices: tuple[Choice, ...]) -> Choice:
    if text is None:
        return choices[0]
    for choice in choices:
        if choice == text:
            return choice
    message = f"option {name!r} is one of {', '.join(choices)}, not {text!r}"
    raise SimulationError(message)


def _host_and_port(text: str | None) -> tuple[str, int] | None:
    if text is None:
        return None
    host, _, port = text.rpartition(":")
    if host == "localhost":
        host = "127.0.0.1"
    if not is_address(host) or not port.isdecimal():
        message = f"option 'wire' takes an IPv4 ADDRESS:PORT, not {text!r}"
        raise SimulationError(message)
    return host, int(port)
