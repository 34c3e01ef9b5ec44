"""What an image is by its name and by its content; the names are those of real files."""

import io
import tarfile
from pathlib import Path

import pytest
from signed_image import firmware, key, system

from platforms import load_platform, platform_names
from rommon_tool import firmware as verifier
from rommon_tool.firmware import Anchors, recognise
from rommon_tool.firmware.kinds import kinds

NAMES = [
    ("asa5500-firmware-1108.SPA", "rommon-firmware", "1.1.8", {"asa5506x"}),
    ("asa5500-firmware-1118.SPA", "rommon-firmware", "1.1.18", {"asa5506x"}),
    ("isa3000-firmware-1005.SPA", "rommon-firmware", "1.0.5", {"isa3000"}),
    ("asa984-22-lfbff-k8.SPA", "asa-lfbff", "9.8(4)22", {"asa5506x", "isa3000"}),
    ("asa991-lfbff-k8.SPA", "asa-lfbff", "9.9(1)", {"asa5506x", "isa3000"}),
    ("asa9101-lfbff-k8.SPA", "asa-lfbff", "9.10(1)", {"asa5506x", "isa3000"}),
    ("asa9-16-4-85-lfbff-k8.SPA", "asa-lfbff", "9.16(4)85", {"asa5506x", "isa3000"}),
    ("asa9-12-4-lfbff-k8.spa", "asa-lfbff", "9.12(4)", {"asa5506x", "isa3000"}),
    ("asa961-smp-k8.bin", "asa-smp", "9.6(1)", {"asa5500x", "asa5500"}),
    ("asa9-14-2-14-smp-k8.bin", "asa-smp", "9.14(2)14", {"asa5500x", "asa5500"}),
    ("asa924-k8.bin", "asa-classic", "9.2(4)", {"asa5505", "asa5500"}),
    ("asa825-59-k8.bin", "asa-classic", "8.2(5)59", {"asa5505", "asa5500"}),
    ("cisco-ftd-fp1k.7.4.2-172.SPA", "firepower-package", "7.4.2-172", {"fpr1000"}),
    ("cisco-asa-fp2k.9.12.4.SPA", "firepower-package", "9.12.4", {"fpr2100"}),
    ("fxos-k8-fp2k-lfbff.82.10.1.377i.SSB", "fxos-lfbff", "82.10.1.377i", {"fpr2100"}),
    ("fxos-k9-kickstart.5.0.3.N2.4.71.72.SPA", "fxos-bundle", "5.0.3.N2.4.71.72", set()),
    ("cisco-asa.9.17.1.SPA.csp", "fxos-bundle", "9.17.1", set()),
    ("asdm-782-151.bin", "asdm", "782-151", set()),
    ("asdm-openjre-7181.bin", "asdm", "7181", set()),
    ("asdm.bin", "asdm", "", set()),
    ("ap1g2-k9w7-tar.153-3.JF10.tar", "access-point-tar", "153-3.JF10", {"ap"}),
    ("recovered.bin", "unknown", "", set()),
    ("disk0:/asa961-smp-k8.bin", "asa-smp", "9.6(1)", {"asa5500x", "asa5500"}),
]


@pytest.mark.parametrize(("name", "kind", "version", "families"), NAMES, ids=[row[0] for row in NAMES])
def test_a_name_tells_kind_version_and_families(name: str, kind: str, version: str, families: set[str]) -> None:
    found = recognise(name)
    assert (found.kind, found.version) == (kind, version)
    shipped = set(platform_names()) | {"ap"}
    assert set(found.families) & shipped >= families
    assert not (set(found.families) - families) & {"asa5505", "asa5506x", "asa5500x", "isa3000", "fpr1000", "fpr2100"}


@pytest.mark.parametrize("name", platform_names())
def test_every_image_of_a_family_is_of_a_known_kind_that_its_monitor_loads(name: str) -> None:
    """The platform files and the table of kinds agree: no example of one is unknown to the other."""
    patterns = load_platform(name).image_names
    examples = [row for row in NAMES if any(it.search(row[0].encode()) for it in patterns)]
    assert examples or name not in ("asa5505", "asa5500", "asa5500x", "asa5506x", "isa3000", "fpr1000", "fpr2100")
    assert all(recognise(row[0]).loads for row in examples)


def test_every_kind_names_its_source_and_what_to_do_with_it() -> None:
    for kind in kinds().kind:
        assert kind.source
        assert kind.loads or kind.instead


def found(folder: Path, name: str, content: bytes) -> verifier.Recognised:
    path = folder / name
    path.write_bytes(content)
    return verifier.verify(path, Anchors()).recognised


def test_content_decides_where_it_contradicts_the_name(tmp_path: Path) -> None:
    signed = found(tmp_path, "asa961-smp-k8.bin", system().built(key()))
    assert signed.kind == "lfbff-system"
    assert "the name says ASA image for several processors" in signed.disagreement
    assert found(tmp_path, "asa5500-firmware-1118.SPA", system().built(key())).kind == "lfbff-system"
    renamed = found(tmp_path, "asa984-22-lfbff-k8.SPA", firmware().built(key()))
    assert (renamed.kind, renamed.loads) == ("lfbff-firmware", False)


def test_a_name_of_somebody_s_own_leaves_it_to_the_content(tmp_path: Path) -> None:
    assert found(tmp_path, "recovered.bin", system().built(key())).kind == "lfbff-system"
    assert found(tmp_path, "recovered.bin", firmware().built(key())).kind == "lfbff-firmware"


def test_a_damaged_container_keeps_its_name_s_kind(tmp_path: Path) -> None:
    damaged = found(tmp_path, "asa984-22-lfbff-k8.SPA", system().built(key())[:-1])
    assert (damaged.kind, damaged.version) == ("asa-lfbff", "9.8(4)22")
    assert found(tmp_path, "recovered.bin", system().built(key())[:-1]).kind == "lfbff-broken"


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"<!DOCTYPE html><title>Log in</title>", "web-page"), (b"<html><body>", "web-page"), (b"PK\x03\x04rest", "zip")],
)
def test_a_download_that_did_not_come_through_is_told(tmp_path: Path, content: bytes, kind: str) -> None:
    told = found(tmp_path, "asa984-22-lfbff-k8.SPA", content)
    assert (told.kind, told.loads) == (kind, False)


def test_a_tar_is_what_an_access_point_takes(tmp_path: Path) -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        tar.addfile(tarfile.TarInfo("ap1g2-k9w7-mx.153-3.JF10/info"))
    assert found(tmp_path, "ap1g2-k9w7-tar.153-3.JF10.tar", made.getvalue()).kind == "access-point-tar"
    assert found(tmp_path, "asa984-22-lfbff-k8.SPA", made.getvalue()).kind == "tar"
