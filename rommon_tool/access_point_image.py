"""An access point's image: a tar that its loader unpacks, with the file to boot in a folder of the same name."""

import re
import tarfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rommon_tool.errors import WrongImage
from rommon_tool.image import open_image

_FAMILY = re.compile(r"^(ap\d+g\d+|c\d+)-k9w7-tar\.", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AccessPointImage:
    """A tar. `boot_file` is DIR/IMAGE within it; `family` is what its name says (`ap1g2`), empty if nothing."""

    path: Path
    image_bytes: int
    boot_file: str

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def family(self) -> str:
        found = _FAMILY.match(self.name)
        return found[1].lower() if found else ""


def open_tar(path: Path) -> AccessPointImage:
    """Look into an image. Raises `ImageMissing`, or `WrongImage` for what no loader could unpack and boot."""
    image = open_image(path)
    try:
        with tarfile.open(path, "r:") as tar:
            boot_file = next((member.name for member in tar if member.isfile() and _is_bootable(member.name)), "")
    except (tarfile.TarError, OSError) as error:
        raise WrongImage(f"{path.name} is no tar", seen=str(error), hint=_WANTED) from error
    if not boot_file:
        raise WrongImage(f"{path.name} holds no image in a folder of the same name", hint=_WANTED)
    return AccessPointImage(path, image.image_bytes, boot_file)


def _is_bootable(name: str) -> bool:
    """DIR/DIR, as every recorded image of an access point has it."""
    parts = PurePosixPath(name).parts
    return len(parts) == 2 and parts[0] == parts[1]


_WANTED = (
    "an access point takes an autonomous image as Cisco ships it, such as ap1g2-k9w7-tar.153-3.JF10.tar, not unpacked"
)
