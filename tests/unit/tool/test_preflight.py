"""What is checked before anything is typed: addresses that fit together, an image that fits the family."""

from ipaddress import IPv4Address
from pathlib import Path

import pytest

from platforms import load_platform
from rommon_tool.errors import ImageMissing, RommonError, ServerAddressNotHere, WrongImage, WrongUsage
from rommon_tool.image import open_image
from rommon_tool.job import Job, NetworkSettings, checked
from rommon_tool.preflight import check_family, prepare


def settings(address: str = "10.86.118.4/24", server: str = "10.86.118.21", **more: object) -> NetworkSettings:
    return NetworkSettings(address, server, **{"external_server": True, **more})  # type: ignore[arg-type]


def image(folder: Path, name: str = "asa961-smp-k8.bin") -> Path:
    path = folder / name
    path.write_bytes(b"image")
    return path


def test_the_gateway_is_the_server_unless_another_is_given() -> None:
    assert checked(settings()).gateway == IPv4Address("10.86.118.21")
    assert checked(settings(server="192.0.2.1", gateway="10.86.118.1")).gateway == IPv4Address("10.86.118.1")


@pytest.mark.parametrize(
    "given", [{"address": "10.86.118.4/24"}, {"address": "10.86.118.4", "netmask": "255.255.255.0"}]
)
def test_the_mask_comes_with_the_address_or_by_itself(given: dict[str, str]) -> None:
    assert str(checked(settings(**given)).address.netmask) == "255.255.255.0"


def test_the_mask_of_the_interface_that_owns_the_server_address_serves_where_none_is_given() -> None:
    assert checked(NetworkSettings("127.0.0.2", "127.0.0.1")).address.network.prefixlen == 8


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (settings(address="10.86.118.4"), "network mask"),
        (settings(address="10.86.118.300/24"), "no IPv4 address"),
        (settings(address="fe80::1/64"), "no IPv4 address"),
        (settings(server="bench-pc"), "no IPv4 address"),
        (settings(address="10.86.118.4/33"), "no network mask"),
        (settings(address="10.86.118.255/24"), "not a host's address"),
        (settings(address="10.86.118.0/24"), "not a host's address"),
        (settings(address="224.0.0.5/24"), "not a host's address"),
        (settings(address="10.86.118.21/24"), "can't both be"),
        (settings(server="192.0.2.1"), "different networks"),
        (settings(server="192.0.2.1", gateway="192.0.2.254"), "not in the device's network"),
        (settings(vlan="0"), "no VLAN"),
        (settings(vlan="4095"), "no VLAN"),
        (settings(vlan="ten"), "no VLAN"),
        (settings(tftp_port=0), "no UDP port"),
    ],
)
def test_settings_that_can_work_in_no_network_are_refused_with_a_hint(given: NetworkSettings, told: str) -> None:
    with pytest.raises(WrongUsage, match=told) as refused:
        checked(given)
    assert refused.value.hint


def test_a_server_address_that_is_not_ours_is_told_with_the_addresses_that_are() -> None:
    with pytest.raises(ServerAddressNotHere) as refused:
        checked(settings(external_server=False))
    assert "127.0.0.1" in refused.value.seen


def test_an_address_to_listen_on_that_the_user_names_stands_for_the_servers() -> None:
    assert checked(settings(external_server=False, bind="127.0.0.1")).bind == IPv4Address("127.0.0.1")


def test_nothing_listens_where_an_external_server_has_the_image() -> None:
    assert checked(settings()).bind is None


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("asa961-smp-k8.bin", "9.6(1)"),
        ("asa984-22-lfbff-k8.SPA", "9.8(4)22"),
        ("asa9-16-4-85-lfbff-k8.SPA", "9.16(4)85"),
        ("asa9-12-4-67-smp-k8.bin", "9.12(4)67"),
        ("recovered.bin", ""),
    ],
)
def test_an_image_name_tells_its_version(tmp_path: Path, name: str, version: str) -> None:
    assert open_image(image(tmp_path, name)).version == version


def test_an_image_of_another_family_is_refused_and_an_unknown_name_is_not(tmp_path: Path) -> None:
    job = Job(image(tmp_path), "sim://asa5506x", settings(), platform="asa5506x")
    with pytest.raises(WrongImage, match="classic monitor"):
        prepare(job)
    prepare(Job(image(tmp_path, "recovered.bin"), "sim://asa5506x", settings(), platform="asa5506x"))


@pytest.mark.parametrize(
    ("given", "told"),
    [({"vlan": "5"}, "no VLAN"), ({"interface": "GigabitEthernet1/1"}, "Management1/1 only")],
)
def test_a_5506_is_not_asked_for_what_its_monitor_cannot_do(tmp_path: Path, given: dict[str, str], told: str) -> None:
    job = Job(image(tmp_path, "asa984-22-lfbff-k8.SPA"), "sim://asa5506x", settings(**given))
    with pytest.raises(WrongUsage, match=told):
        check_family(prepare(job), load_platform("asa5506x"))


def test_a_5506_may_be_told_the_one_interface_that_it_has(tmp_path: Path) -> None:
    job = Job(image(tmp_path, "asa984-22-lfbff-k8.SPA"), "sim://asa5506x", settings(interface="management1/1"))
    check_family(prepare(job), load_platform("asa5506x"))


@pytest.mark.parametrize(
    ("name", "families"),
    [
        ("asa924-k8.bin", ["asa5505", "asa5500"]),
        ("asa961-smp-k8.bin", ["asa5500x", "asasm", "asa5500"]),
        ("asa984-22-lfbff-k8.SPA", ["asa5506x"]),
    ],
)
def test_a_device_without_a_banner_is_taken_for_the_family_that_the_image_fits(
    tmp_path: Path, name: str, families: list[str]
) -> None:
    """Those that take fewer kinds of images come first."""
    plan = prepare(Job(image(tmp_path, name), "sim://asa5506x", settings()))
    assert [family.name for family in plan.families][: len(families)] == families


def test_an_image_that_only_an_external_server_has_needs_no_file_here() -> None:
    plan = prepare(Job(Path("images/asa961-smp-k8.bin"), "sim://asa5500x", settings(), platform="asa5500x"))
    assert plan.image.name == "images/asa961-smp-k8.bin"
    assert plan.image.version == "9.6(1)"


def test_an_image_that_is_missing_empty_or_a_folder_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "empty.bin").touch()
    for path, told in (
        (tmp_path / "none.bin", "does not exist"),
        (tmp_path / "empty.bin", "is empty"),
        (tmp_path, "folder"),
    ):
        with pytest.raises(ImageMissing, match=told):
            open_image(path)


@pytest.mark.parametrize("name", ["my image.bin", "b\u00fcro.bin", "x" * 200 + ".bin"])
def test_a_name_that_no_monitor_can_type_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(WrongUsage, match="can't ask"):
        open_image(image(tmp_path, name))


def test_every_error_of_the_tree_has_a_cause_for_scripts() -> None:
    def below(kind: type[RommonError]) -> list[type[RommonError]]:
        return [kind, *(deeper for child in kind.__subclasses__() for deeper in below(child))]

    causes = [kind.cause for kind in below(RommonError)]
    assert len(set(causes)) == len(causes)
