"""A copy to disk0, in virtual time: the device's words, the server's word, and the proof must agree."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pytest
from memory_network import MemoryNetwork
from simulated_line import SimulatedLine

from rommon_tool.errors import CopyRefused, NoRequestSeen, RommonError, TransferFailed
from rommon_tool.procedures.copying import CopiedFile, copied_to_disk0
from rommon_tool.procedures.file_servers import Taken
from rommon_tool.procedures.run import Run
from rommon_tool.progress import Progress
from serial_console.asa_cli import AsaCli
from serial_console.errors import ConsoleError
from serial_console.simulated.events import Erased

NAME = "asdm-7191.bin"
CONTENT = bytes(range(251)) * 1000
SHA512 = hashlib.sha512(CONTENT).hexdigest()


@dataclass
class MemoryServer:
    """Stands for a server whose file the device's network has: it saw what that network was asked for."""

    network: MemoryNetwork
    sha512: str = SHA512
    bytes: int = len(CONTENT)
    url: str = f"tftp://192.168.1.21/{NAME}"
    clients: list[str] = field(default_factory=list)

    @property
    def seen(self) -> Taken:
        taken = Taken()
        taken.requests = len(self.network.requests)
        taken.bytes = sum(transfer.fetch.received for transfer in self.network.transfers)
        return taken

    def __enter__(self) -> "MemoryServer":
        return self

    def __exit__(self, *_: object) -> None: ...

    def arm(self, clients: Iterable[str]) -> None:
        self.clients = list(clients)

    def poll(self) -> Iterator[object]:
        return iter(())

    def await_end(self, seconds: float) -> None: ...


class Bench:
    def __init__(self, options: str = "", content: bytes | None = CONTENT) -> None:
        network = MemoryNetwork({} if content is None else {NAME: content})
        self.line = SimulatedLine(f"sim://asa5506x?state=booted{options}", network=network)
        self.server = MemoryServer(network)
        self.cli = AsaCli(self.line)
        self.cli.log_in()
        self.cli.enable()

    def copy(self, *, replaces: bool = False) -> CopiedFile:
        progress = Progress("test")
        return Run(copied_to_disk0(self.cli, self.server, NAME, progress, replaces=replaces), progress).finish()

    def have(self, content: bytes) -> None:
        self.line.device._chassis.disk.write(NAME, content)

    @property
    def files(self) -> str:
        return self.cli.run("dir disk0:")


def test_a_copied_file_is_proved_and_only_the_device_was_served() -> None:
    bench = Bench("&address=192.168.1.5/24")
    assert bench.copy() == CopiedFile(NAME, len(CONTENT), SHA512, seconds=0.1)
    assert bench.server.clients == ["192.168.1.5"]


def test_a_file_that_is_there_already_is_not_copied_again() -> None:
    bench = Bench()
    bench.have(CONTENT)
    assert bench.copy().was_there
    assert bench.server.seen.requests == 0


def test_another_file_of_that_name_stays_unless_it_may_be_replaced() -> None:
    bench = Bench()
    bench.have(b"something else")
    with pytest.raises(CopyRefused, match="another file"):
        bench.copy()
    assert " 14 " in bench.files
    assert bench.copy(replaces=True).sha512 == SHA512


def test_too_little_room_is_refused_before_anything_is_asked_for() -> None:
    bench = Bench("&free=1000000")
    with pytest.raises(CopyRefused, match="bytes free, and") as caught:
        bench.copy()
    assert (caught.value.cause, bench.server.seen.requests) == ("no-room", 0)


def test_a_wrong_bit_is_noticed_and_the_broken_file_taken_away() -> None:
    bench = Bench("&fault=copy-broken")
    with pytest.raises(TransferFailed, match="SHA-512 differs"):
        bench.copy()
    assert NAME not in bench.files


def test_a_disk_that_fills_up_is_named() -> None:
    with pytest.raises(CopyRefused, match="only a part") as caught:
        Bench("&fault=disk-full").copy()
    assert "No space left on device" in caught.value.seen


def test_a_copy_without_a_request_is_the_network_s_fault() -> None:
    with pytest.raises(NoRequestSeen):
        Bench("&fault=no-reply").copy()


def test_a_device_without_an_address_is_told_before_the_copy() -> None:
    line = SimulatedLine("sim://asa5506x?state=booted&config=none")
    cli = AsaCli(line)
    cli.log_in()
    cli.enable()
    progress = Progress("test")
    with pytest.raises(CopyRefused, match="no IP address"):
        Run(copied_to_disk0(cli, MemoryServer(MemoryNetwork()), NAME, progress), progress).finish()


def test_a_file_that_the_server_lacks_ends_the_copy() -> None:
    with pytest.raises(TransferFailed) as caught:
        Bench(content=None).copy()
    assert "No such file or directory" in caught.value.seen


@pytest.mark.parametrize("seed", range(24))
def test_a_device_that_words_all_otherwise_ends_in_a_proof_or_a_named_error(seed: int) -> None:
    line = SimulatedLine(f"sim://asa5506x?state=booted&fault=reworded:{seed}", network=MemoryNetwork({NAME: CONTENT}))
    cli = AsaCli(line)
    try:
        cli.log_in()
        cli.enable()
        progress = Progress("test")
        server = MemoryServer(line.network)  # type: ignore[arg-type]
        proof = Run(copied_to_disk0(cli, server, NAME, progress), progress).finish()
    except (ConsoleError, RommonError):
        pass  # a named end
    else:
        assert proof.sha512 == SHA512
    assert line.typed("question") == b""
    assert not [event for event in line.events if isinstance(event, Erased)]
