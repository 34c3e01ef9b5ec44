"""Which files a Firepower loads as a package: the name tells, then the content, then the size."""

from pathlib import Path

import pytest

from platforms import load_platform
from rommon_tool.image import Image, open_image

BLOB = bytes.fromhex("11bb8d46d638014da26b7d66620dfc74")
CONTAINER = bytes.fromhex("60d090eb09f71a4a9f309e45f7287490")
LARGE = 300 * 1024 * 1024


@pytest.mark.parametrize(
    ("family", "name", "is_package"),
    [
        ("fpr1000", "cisco-asa-fp1k.9.20.2.SPA", True),
        ("fpr1000", "cisco-ftd-fp1k.7.4.2-172.SPA", True),
        ("fpr1000", "folder/cisco-asa-fp1k.9.20.2.SPA", True),
        ("fpr1000", "fxos-k8-fp1k-lfbff.2.14.1.131.SPA", False),
        ("fpr2100", "cisco-asa-fp2k.9.12.4.SPA", True),
        ("fpr2100", "fxos-k8-fp2k-lfbff.82.10.1.377i.SSB", False),
        ("fpr3100", "cisco-asa-fp4200.9.20.2.SPA", True),
        ("fpr3100", "fxos-k8-fp3k-lfbff.2.12.1.73.SPA", False),
        ("asa5506x", "asa984-22-lfbff-k8.SPA", False),
        ("asa5506x", "cisco-asa-fp1k.9.20.2.SPA", False),
    ],
)
def test_a_file_s_name_tells_whether_it_is_a_package(family: str, name: str, *, is_package: bool) -> None:
    assert Image(Path(name), name, 1000).is_bundle_for(load_platform(family)) == is_package


@pytest.mark.parametrize(
    ("size", "is_lfbff", "is_package"), [(LARGE, False, True), (LARGE, True, False), (1000, False, False)]
)
def test_a_name_of_ones_own_leaves_it_to_the_content_and_then_to_the_size(
    size: int, *, is_lfbff: bool, is_package: bool
) -> None:
    mine = Image(Path("mine.SPA"), "mine.SPA", size, is_lfbff)
    assert mine.is_bundle_for(load_platform("fpr1000")) == is_package


@pytest.mark.parametrize(("head", "is_lfbff"), [(BLOB, True), (CONTAINER, True), (b"\x7fELF" + bytes(12), False)])
def test_an_lfbff_container_is_known_by_its_first_bytes(tmp_path: Path, head: bytes, *, is_lfbff: bool) -> None:
    path = tmp_path / "mine.SPA"
    path.write_bytes(head + bytes(1000))
    assert open_image(path).is_lfbff == is_lfbff
