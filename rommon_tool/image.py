"""An image file as the procedures need it: its name, its size, and what its name says of it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from platforms import Platform
from rommon_tool.errors import ImageMissing, WrongImage, WrongUsage

# asa961-smp-k8.bin, asa984-22-lfbff-k8.SPA, asa9-16-4-85-lfbff-k8.SPA: major, minor, maintenance, interim.
_COMPACT = re.compile(r"^asa(\d)(\d)(\d)(?:-(\d+))?-")
# The first bytes of an LFBFF container, as the signed images of the ASA 5506-X and the Firepowers have it: a mark that may be
# missing, then the container's own identifier.
_LFBFF = (bytes.fromhex("11bb8d46d638014da26b7d66620dfc74"), bytes.fromhex("60d090eb09f71a4a9f309e45f7287490"))
_DASHED = re.compile(r"^asa(\d+)-(\d+)-(\d+)(?:-(\d+))?-")


@dataclass(frozen=True, slots=True)
class Image:
    """An image. `path` is where it lies, `name` what the device asks for.

    `image_bytes` is 0 for one that only an external server has. `is_lfbff`: its first bytes are those of an image that a
    monitor boots as it is.
    """

    path: Path
    name: str
    image_bytes: int
    is_lfbff: bool = False

    @property
    def version(self) -> str:
        """The version that the name tells, as the ASA prints it (`9.8(4)22`); empty if it tells none."""
        last = self.name.rpartition("/")[2]
        found = _COMPACT.match(last) or _DASHED.match(last)
        return f"{found[1]}.{found[2]}({found[3]}){found[4] or ''}" if found else ""

    def is_bundle_for(self, family: Platform) -> bool:
        """Whether this family loads it as a package. Its name tells; of a name of somebody's own, what is inside, or the size."""
        bundle = family.netboot.bundle
        if bundle is None:
            return False
        if self.families([family]):
            return any(pattern.search(self.name.rpartition("/")[2].encode()) for pattern in bundle.image_names)
        return not self.is_lfbff and self.image_bytes > bundle.stops_after_bytes

    def families(self, among: Iterable[Platform]) -> list[Platform]:
        """The families that an image of this name is made for; none if the name is unknown."""
        return [
            family
            for family in among
            if any(pattern.search(self.name.rpartition("/")[2].encode()) for pattern in family.image_names)
        ]


def image_elsewhere(name: str) -> Image:
    """An image that lies on another server under this name, which may hold folders there."""
    _check_typable(name)
    return Image(Path(name), name, 0)


def open_image(path: Path) -> Image:
    """Look at an image file. Raises `ImageMissing`, or `WrongUsage` for a name that no monitor can type."""
    try:
        if not path.is_file():
            what = "is a folder" if path.is_dir() else "is not a regular file" if path.exists() else "does not exist"
            raise ImageMissing(f"the image {path} {what}", hint="give the path of the image file")
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(len(_LFBFF[0]))
    except OSError as error:
        raise ImageMissing(f"cannot read the image {path}", seen=error.strerror or str(error)) from error
    if not size:
        raise ImageMissing(f"the image {path} is empty", hint="copy it again")
    _check_typable(path.name)
    return Image(path, path.name, size, head in _LFBFF)


def _check_typable(name: str) -> None:
    if not re.fullmatch(r"[\x21-\x7e]{1,127}", name):
        message = f"a boot monitor can't ask for the name {name!r}"
        raise WrongUsage(message, hint="rename the file: printable ASCII without blanks, at most 127 characters")


def check_fits(image: Image, family: Platform, known: Iterable[Platform]) -> None:
    """Raise `WrongImage` if the name says that the image is made for other families than this one."""
    fits = image.families(known)
    if fits and family.name not in {fit.name for fit in fits}:
        made_for = ", ".join(fit.title for fit in fits)
        message = f"{image.name} is an image for {made_for}, and the device is of the family {family.title}"
        raise WrongImage(
            message, hint="get the image for this model: loading a wrong one costs an hour and boots nothing"
        )
