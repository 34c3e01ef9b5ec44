"""What a run is told, and what it returns."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from platforms.model import Role
from rommon_tool.errors import ServerAddressNotHere, WrongUsage

if TYPE_CHECKING:
    from rommon_tool.firmware import Anchors
    from serial_console.asa_cli import Credentials


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """The network as the user says it: `address` may be `A` or `A/LEN`; empty means not given.

    `gateway` defaults to the server, `bind` to the server's address. `external_server`: the image is on SERVER
    already, and nothing is served from here.
    """

    address: str
    server: str
    netmask: str = ""
    gateway: str = ""
    interface: str = ""
    vlan: str = ""
    bind: str = ""
    tftp_port: int = 69
    external_server: bool = False


@dataclass(frozen=True, slots=True)
class Network:
    """The network once checked. `bind` is None where the image is served by somebody else."""

    address: IPv4Interface
    server: IPv4Address
    gateway: IPv4Address
    interface: str
    vlan: str
    bind: IPv4Address | None
    tftp_port: int

    def variables(self, image_name: str, roles: Iterable[Role]) -> dict[Role, str]:
        """The values to set, by role, of those that a family knows."""
        values: dict[Role, str] = {
            "interface": self.interface,
            "address": str(self.address.ip),
            "netmask": str(self.address.netmask),
            "server": str(self.server),
            "gateway": str(self.gateway),
            "vlan": self.vlan,
            "image": image_name,
        }
        return {role: values[role] for role in roles if values[role]}


@dataclass(frozen=True, slots=True)
class Lasting:
    """How the loaded image is made to last (the chapter's step 9); the fields are those of an `InstallJob`."""

    credentials: "Credentials"
    clears: bool = False
    replaces: bool = False
    formats: bool = False
    config_is_whole: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """One device to recover. `timeout_seconds` is the longest wait for a power-on.

    `stall_seconds` and `boot_seconds` bound the silence in the download and in the boot; 0 leaves it to the platform.
    `packets` is where the packets around the download are recorded, if this user may; None records none. `slot`: the console is the
    supervisor's of a chassis, and the module is in that slot; `session_command` goes there by another of its commands.
    `anchors` is what the image is held against, None: the trusted keys. `requires_verified`: an image that nothing proves
    is not loaded. `any_family`: an image that is made for other devices is not refused. `lasting`: install it afterwards.
    """

    image: Path
    port: str
    network: NetworkSettings
    platform: str = "auto"
    baud: int = 9600
    timeout_seconds: float = 300.0
    stall_seconds: float = 0.0
    boot_seconds: float = 0.0
    power_command: str = ""
    saves: bool = True
    retries: int = 1
    device: str = "device"
    transcript: Path | None = None
    packets: Path | None = None
    slot: int = 0
    session_command: str = ""
    anchors: "Anchors | None" = None
    requires_verified: bool = False
    any_family: bool = False
    lasting: Lasting | None = None


@dataclass(frozen=True, slots=True)
class InstallOutcome:
    """What was proved: the file on disk0 by its SHA-512, the saved entries, and what runs after the reload."""

    image: str
    installed_bytes: int
    sha512: str
    version: str
    image_file: str
    boot_system: tuple[str, ...]
    register: str
    model: str = ""
    kept_config: str = ""
    was_there: bool = False
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was proved. `sha512` is that of the file served; `memory_crc32` that of the bytes the device holds.

    Either is empty where there is no such proof: an external server, a monitor that tells no checksum. `image_bytes` is how
    many bytes the device took: all of the file's `file_bytes`, except of a bundle that a Firepower takes in part. `verdict`
    is what was known of the image beforehand. `installed` is what was proved after it was made to last, if it was.
    """

    platform: str
    image: str
    image_bytes: int
    sha512: str
    booted_version: str
    booted_file: str
    proof: str
    memory_crc32: str
    transcript: Path | None
    file_bytes: int = 0
    verdict: str = ""
    installed: InstallOutcome | None = None


def checked(settings: NetworkSettings) -> Network:
    """Turn settings into addresses that fit together.

    Raises `WrongUsage` for what can't work in any network, `ServerAddressNotHere` if nobody here could answer.
    """
    server = _address("server", settings.server)
    address = _device_address(settings, server)
    gateway = _gateway(settings, address, server)
    # It is typed at the monitor as it stands: no line end in it, and nothing that has no byte there.
    if not re.fullmatch(r"[\x20-\x7e]{0,64}", settings.interface):
        raise WrongUsage(f"--interface {settings.interface!r} is no port's name", hint="write it as gigabitethernet0/0")
    if settings.vlan and not (re.fullmatch("[0-9]{1,4}", settings.vlan) and 1 <= int(settings.vlan) <= 4094):
        raise WrongUsage(f"--vlan {settings.vlan} is no VLAN", hint="give a number from 1 to 4094")
    if not isinstance(settings.tftp_port, int) or not 1 <= settings.tftp_port <= 65535:
        raise WrongUsage(f"--tftp-port {settings.tftp_port} is no UDP port", hint="give a number from 1 to 65535")
    return Network(
        address, server, gateway, settings.interface, settings.vlan, _bind(settings, server), settings.tftp_port
    )


def _device_address(settings: NetworkSettings, server: IPv4Address) -> IPv4Interface:
    text, _, length = settings.address.partition("/")
    address = _address("address", text)
    mask = length or settings.netmask or _mask_of_interface(server)
    if not mask:
        message = f"the network mask of {address} is not known: no interface here owns {server}"
        raise WrongUsage(message, hint=f"give it as --address {address}/24 or --netmask 255.255.255.0")
    try:
        interface = IPv4Interface(f"{address}/{mask}")
    except ValueError as error:
        raise WrongUsage(f"'{mask}' is no network mask", hint="give a length from 8 to 31, or 255.255.255.0") from error
    if address == server:
        raise WrongUsage(
            f"the device and the server can't both be {server}", hint="give the device an address of its own"
        )
    network = interface.network
    if not 8 <= network.prefixlen <= 31 or mask.startswith("0."):
        raise WrongUsage(
            f"'{mask}' is no mask of a network with hosts", hint="give a length from 8 to 31, or 255.255.255.0"
        )
    if network.prefixlen < 31 and address in {network.network_address, network.broadcast_address}:
        raise WrongUsage(f"{address} is not a host's address in {network}", hint="give another --address")
    return interface


def _gateway(settings: NetworkSettings, address: IPv4Interface, server: IPv4Address) -> IPv4Address:
    if settings.gateway:
        gateway = _address("gateway", settings.gateway)
        if gateway not in address.network:
            raise WrongUsage(
                f"the gateway {gateway} is not in the device's network {address.network}", hint="correct it"
            )
        return gateway
    if server not in address.network:
        message = f"the device ({address}) and the server ({server}) are in different networks"
        raise WrongUsage(
            message, hint=f"give --gateway: a router's address in {address.network}, or correct the addresses"
        )
    return server


def _bind(settings: NetworkSettings, server: IPv4Address) -> IPv4Address | None:
    """Where to listen. A --bind of the user's own replaces SERVER: it may be reached through a translated address."""
    if settings.external_server:
        return None
    here = _address("bind", settings.bind) if settings.bind else server
    known = sorted(str(address.ip) for address in own_addresses())
    # Linux answers to all of 127.0.0.0/8, though its interface shows one address of it.
    if not here.is_loopback and str(here) not in known:
        raise ServerAddressNotHere(
            f"{here} is not an address of this machine",
            seen=f"this machine has {', '.join(known) or 'no address'}",
            hint=f"add it (`sudo ip address add {here}/24 dev …`), correct --server, or use --external-server",
        )
    return here


def own_addresses() -> list[IPv4Interface]:
    """The IPv4 addresses of this machine, each with its network."""
    entries = [entry for interface in psutil.net_if_addrs().values() for entry in interface]
    return [IPv4Interface(f"{e.address}/{e.netmask or 32}") for e in entries if e.family.name == "AF_INET"]


def _mask_of_interface(server: IPv4Address) -> str:
    return next((str(own.network.prefixlen) for own in own_addresses() if server in _owned(own)), "")


def _owned(own: IPv4Interface) -> IPv4Network:
    return own.network if own.ip.is_loopback else IPv4Network(own.ip)


def _address(option: str, text: str) -> IPv4Address:
    try:
        address = IPv4Address(text.strip())
    except ValueError as error:
        raise WrongUsage(f"--{option} '{text}' is no IPv4 address", hint="write it as 192.0.2.10") from error
    if address.is_multicast or address.is_unspecified or int(address) == 0xFFFFFFFF:
        raise WrongUsage(f"--{option} {address} is not a host's address", hint="write it as 192.0.2.10")
    return address
