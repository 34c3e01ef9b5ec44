"""Which device should have what: a TOML file, read and checked whole before the server opens its port.

    [devices.branch-1]
    model = "ASA5525-X"
    image = {file = "asa9-12-4-smp-k8.bin", md5 = "0x6d091b43ce96243e29a62f2330139419"}
    asdm = "asdm-7122.bin"
    config = "branch-1.cfg"

Files are named beside the TOML file. `md5` and `sha512` are optional; a file that has another one is refused.
"""

import re
import tomllib
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from rommon_tool.auto_update.assigned_file import AssignedFile, opened
from rommon_tool.errors import WrongUsage
from rommon_tool.procedures.auto_update_models import check_model

#: As the debug output of a device lists them.
COMPONENTS = ("asdm", "config", "image")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_HINT = 'write a table a device: [devices.branch-1] with model = "ASA5525-X" and image, asdm or config = "FILE"'


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    file: str
    md5: str = ""
    sha512: str = ""


class _Device(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    model: str
    image: str | _File | None = None
    asdm: str | _File | None = None
    config: str | _File | None = None


class _Assignments(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    devices: dict[str, _Device]


@dataclass(frozen=True, slots=True)
class Assignment:
    """What one device should have, by component. The device is known by its account, `name`."""

    name: str
    model: str
    files: dict[str, AssignedFile] = field(default_factory=dict)

    def close(self) -> None:
        for file in self.files.values():
            file.close()


def read_assignments(path: Path) -> tuple[Assignment, ...]:
    """Read the file, and open and hash every file that it names. The caller closes each assignment.

    Raises `WrongUsage`, `ModelExcluded`, `ImageMissing` or `ImageMismatch`.
    """
    devices = _read(path).devices
    if not devices:
        raise WrongUsage(f"{path} assigns nothing to any device", hint=_HINT)
    for name, device in devices.items():
        _check(path, name, device)
    with ExitStack() as stack:
        found = []
        for name, device in devices.items():
            found.append(Assignment(name, device.model, files := {}))
            stack.callback(found[-1].close)
            for component in COMPONENTS:
                wanted = getattr(device, component)
                if wanted is not None:
                    files[component] = _opened(path.parent, wanted)
        stack.pop_all()
    return tuple(found)


def _check(path: Path, name: str, device: _Device) -> None:
    if not _NAME.fullmatch(name):
        raise WrongUsage(f"{path}: '{name}' can't be a device's name", hint="letters, digits, dots, dashes; 64 at most")
    check_model(device.model, where=name)


def _opened(folder: Path, wanted: str | _File) -> AssignedFile:
    wanted = _File(file=wanted) if isinstance(wanted, str) else wanted
    file = folder / wanted.file
    if not re.fullmatch(r"[\x21-\x7e]+", file.name):
        raise WrongUsage(f"{file}: a device can't ask for that name", hint="printable ASCII without blanks")
    return opened(file, md5=wanted.md5, sha512=wanted.sha512)


def _read(path: Path) -> _Assignments:
    try:
        with path.open("rb") as file:
            return _Assignments.model_validate(tomllib.load(file))
    except OSError as error:
        raise WrongUsage(f"cannot read the assignments in {path}: {error.strerror}", hint=_HINT) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongUsage(f"{path} is no TOML file: {error}", hint=_HINT) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise WrongUsage(f"{path}: {place}: {first['msg']}", hint=_HINT) from error
