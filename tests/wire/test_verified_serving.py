"""What is served is what was verified: whatever happens to the file in between, the device gets those bytes or none."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from signed_image import SYSTEM_NAME, key, system

from rommon_tool.firmware import Anchors
from rommon_tool.job import Job, NetworkSettings
from rommon_tool.preflight import Plan, prepare
from rommon_tool.procedures.serving import ImageServer
from rommon_tool.procedures.verifying import verified
from rommon_tool.progress import Progress
from tftp.errors import ImageChanged


def planned(path: Path) -> Plan:
    job = Job(path, "sim://asa5506x", NetworkSettings("127.0.0.2/8", "127.0.0.1"), "asa5506x", anchors=Anchors())
    plan = prepare(job)
    object.__setattr__(plan.network, "tftp_port", 0)  # any free one: a job itself takes none below 1
    return plan


def replaced(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"another image")
    other.replace(path)


def rewritten(path: Path) -> None:
    """In place, with the times put back."""
    before = path.stat()
    with path.open("r+b") as file:
        file.seek(0x300)
        file.write(b"other bytes")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def relinked(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"another image")
    path.unlink()
    path.symlink_to(other)


ACTS: dict[str, Callable[[Path], None]] = {
    "replaced": replaced,
    "truncated": lambda path: os.truncate(path, 512),
    "rewritten": rewritten,
    "made a link": relinked,
}


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / SYSTEM_NAME
    path.write_bytes(system().built(key()))
    return path


@pytest.mark.parametrize("what", ACTS)
def test_a_file_that_is_changed_between_its_verification_and_its_serving_is_not_served(what: str, image: Path) -> None:
    plan, progress = planned(image), Progress("device")
    found = verified(plan, progress)
    assert found is not None
    ACTS[what](image)
    with (
        pytest.raises(ImageChanged, match="changed between its verification and its serving"),
        ImageServer(plan, progress, verified_sha512=found.sha512),
    ):
        raise AssertionError("it was served")


def test_a_file_that_is_changed_later_does_not_reach_the_device(image: Path) -> None:
    plan, progress = planned(image), Progress("device")
    digest = hashlib.sha512(image.read_bytes()).hexdigest()
    found = verified(plan, progress)
    assert found is not None
    with ImageServer(plan, progress, verified_sha512=found.sha512) as server:
        rewritten(image)
        assert server.sha512 == found.sha512 == digest


def test_an_image_behind_a_link_is_the_one_that_the_link_leads_to(image: Path, tmp_path: Path) -> None:
    folder = tmp_path / "links"
    folder.mkdir()
    link = folder / SYSTEM_NAME
    link.symlink_to(image)
    found = verified(planned(link), Progress("device"))
    assert found is not None
    assert found.sha512 == hashlib.sha512(image.read_bytes()).hexdigest()
