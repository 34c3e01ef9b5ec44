"""What happens at the Auto Update server, in the past tense. `account` is the device's user name, `client` its address."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AutoUpdateListening:
    """Devices may poll `url`. `fingerprint` is the SHA-256 of the certificate, in hex with colons."""

    address: str
    port: int
    url: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class DevicePolled:
    """A device posted and was told of its components. `body_sha256` names what it posted, also where that is kept."""

    account: str
    client: str
    path: str
    body_bytes: int
    body_sha256: str
    components: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PollRefused:
    """A post was refused; `account` is the name given, which nothing proves."""

    account: str
    client: str
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class FileSent:
    """A component was sent, whole if `bytes` is `total`. What the device makes of it is not known here."""

    account: str
    client: str
    component: str
    name: str
    bytes: int
    total: int


@dataclass(frozen=True, slots=True)
class FetchRefused:
    """Somebody asked for what is not on offer."""

    client: str
    path: str
    reason: str
