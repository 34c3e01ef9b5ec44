"""The loader of an access point, `ap:`, as the captures of an AP1230 and of an Aironet 2600 show it.

It does not keep what it unpacks: the files that it lists are made up from the image's name, one for so many blocks.
What a 5506W-X's own access point prints is not known.
"""

from contextlib import closing

from .chassis import Chassis, Launch
from .events import TransferFailed, TransferFinished, TransferStarted
from .family import Family
from .network import Fetching, FetchRequest
from .script import Pause, Script, key, news
from .strangers import StrangersMonitor

BLOCKS_PER_FILE = 16  # ours: so that a small image has several pages
FILES_PER_PAGE = 23
PAGER_SECONDS = 60.0
PACKET_SECONDS, RETRIES = 4.0, 5
PREMATURE = "Premature end of tar file"


class AccessPointLoader(StrangersMonitor):
    """`set NAME VALUE` without `=`, three commands that start network and flash, and a tar that is unpacked as it comes."""

    def __init__(self, chassis: Chassis, family: Family) -> None:
        super().__init__(chassis, family)
        self._started: set[str] = set()
        self._unpacked = ""

    def prompt(self) -> str:
        return "ap: "

    def autoboot(self) -> Script[Launch | None]:
        """The flash holds nothing that boots: straight to the prompt."""
        yield Pause(1.0)
        return None

    def obey(self, line: str) -> Script[Launch | None]:
        command, _, rest = line.partition(" ")
        if command == "set":
            self._set(rest)
        elif command in ("tftp_init", "ether_init", "flash_init"):
            self._start(command)
        elif command == "tar" and rest.startswith("-xtract tftp://"):
            yield from self._extract(rest.split()[1].removeprefix("tftp://"))
        elif command == "boot":
            return (yield from self._boot())
        else:
            self.console.print(f"Unknown cmd: {command}\n")  # as a Catalyst's loader has it
        return None

    def _set(self, rest: str) -> None:
        name, _, value = rest.partition(" ")
        if name:
            self.variables[name] = value
        else:
            self.console.print("".join(f"{each}={held}\n" for each, held in self.variables.items()))

    def _start(self, command: str) -> None:
        texts = {
            "tftp_init": "",
            "ether_init": "Initializing ethernet port 0...\n",
            "flash_init": "Initializing Flash..\n...The flash is already initialized.\n",
        }
        self._started.add(command)
        self.console.print(texts[command])

    def _extract(self, target: str) -> Script[None]:
        server, _, name = target.partition("/")
        if not {"tftp_init", "ether_init"} <= self._started:
            self.console.print(f"%Error opening tftp://{target} (permission denied)\n")
            return
        if "no-reply" in self.chassis.faults:
            yield Pause(PACKET_SECONDS * RETRIES)
            self.console.print(f"%Error opening tftp://{target} (connection timed out)")
            return
        request = FetchRequest(name, server, self.variables.get("IP_ADDR", ""), 512, PACKET_SECONDS, RETRIES)
        publish = self.chassis.publish
        publish(TransferStarted(name, server))
        with self.chassis.in_state("download"), closing(self.chassis.network.begin(request)) as transfer:
            failure = yield from self._unpack(transfer, name)
            fetch = transfer.fetch
            if failure:
                publish(TransferFailed(name, fetch.received, failure))
                self.console.print(
                    PREMATURE if fetch.received else f"%Error opening tftp://{target} (connection {failure})"
                )
                return
            publish(TransferFinished(name, fetch.received, fetch.sha512))
        self._unpacked = _folder(name)

    def _unpack(self, transfer: Fetching, name: str) -> Script[str]:
        """List a file for so many blocks; nothing is acknowledged while a page waits for its key."""
        folder, listed = _folder(name), 0
        while True:
            report = yield from news(transfer)
            while listed < report.blocks // BLOCKS_PER_FILE:
                self.console.print(_listed(folder, listed))
                listed += 1
                if listed % FILES_PER_PAGE == 0 and not (yield from self._page()):
                    return "abandoned"
            if report.ended:
                return report.failure

    def _page(self) -> Script[bool]:
        self.console.print("-- MORE --", end="")
        pressed = yield from key(PAGER_SECONDS)
        self.console.print("")
        return pressed is not None

    def _boot(self) -> Script[Launch | None]:
        folder = self._unpacked
        if not folder or self.variables.get("BOOT") != f"flash:/{folder}/{folder}":
            self.console.print(
                f'Loading "{self.variables.get("BOOT", "")}"...: no such file or directory\n'
            )  # recalled
            return None
        yield Pause(1.0)
        self.console.print(f'Loading "flash:/{folder}/{folder}"...' + "#" * 40)
        return Launch(folder, "netboot")


def _folder(name: str) -> str:
    """c1200-k9w7-tar.123-8.JEE.tar unpacks to c1200-k9w7-mx.123-8.JEE."""
    return name.removesuffix(".tar").replace("-tar.", "-mx.", 1)


def _listed(folder: str, number: int) -> str:
    first = (
        "extracting info (274 bytes)",
        f"{folder}/ (directory) 0 (bytes)",
        f"extracting {folder}/{folder} (8134 bytes)...",
    )
    return (
        first[number]
        if number < len(first)
        else f"extracting {folder}/html/level/15/page{number}.shtml.gz (8192 bytes).."
    )
