"""Rates, ranges of ports and addresses as people write them."""

import click
import pytest

from rommon_tool.cli.quantities import byte_rate, host_port, port_range, rate_text


@pytest.mark.parametrize(
    ("text", "bytes_per_second"),
    [
        ("1", 1),
        ("500K", 500_000),
        ("10M", 10_000_000),
        ("10 MB/s", 10_000_000),
        ("1.5GiB/s", 1_610_612_736),
        ("2Ki", 2048),
        (125_000, 125_000),
    ],
)
def test_a_rate_is_bytes_a_second(text: object, bytes_per_second: int) -> None:
    assert byte_rate(text) == bytes_per_second


@pytest.mark.parametrize("text", ["10Mb", "10b", "2Mb/s"])
def test_what_may_be_bits_is_refused_with_the_bytes_that_it_would_be(text: str) -> None:
    with pytest.raises(click.BadParameter, match="bytes a second"):
        byte_rate(text)


@pytest.mark.parametrize(
    "text", ["", "fast", "-1", "1e6", "0", "0.4", "10MBit", "10T", "1.2.3", "inf", "nan", "9" * 40, "٣"]
)
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match=r"is no rate|would never send"):
        byte_rate(text)


@pytest.mark.parametrize(
    ("text", "ports"),
    [("50000-50099", (50000, 50099)), ("69", (69, 69)), (50000, (50000, 50000)), ("1 - 65535", (1, 65535))],
)
def test_a_range_of_ports_has_a_first_and_a_last(text: object, ports: tuple[int, int]) -> None:
    assert port_range(text) == ports


@pytest.mark.parametrize("text", ["", "0", "0-10", "10-9", "65536", "1-65536", "a-b", "1-2-3", "-5"])
def test_what_is_no_range_of_ports_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="ports"):
        port_range(text)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("9169", ("127.0.0.1", 9169)),
        (9169, ("127.0.0.1", 9169)),
        ("192.0.2.1:0", ("192.0.2.1", 0)),
        ("[::1]:9169", ("::1", 9169)),
    ],
)
def test_a_port_alone_is_this_machines(text: object, place: tuple[str, int]) -> None:
    assert host_port(text) == place


@pytest.mark.parametrize("text", ["", "::1:9169", "localhost:9169", "192.0.2.1", "192.0.2.1:65536", ":9169", "[x]:1"])
def test_what_is_no_address_with_a_port_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match=r"is no address with a port|is no IP address"):
        host_port(text)


@pytest.mark.parametrize("rate", [1, 999, 1_000, 12_300_000, 2_000_000_000])
def test_a_rate_that_is_shown_can_be_typed_again(rate: int) -> None:
    assert byte_rate(rate_text(rate)) == rate
