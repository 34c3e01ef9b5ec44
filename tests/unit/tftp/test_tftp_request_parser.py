"""Requests read with suspicion: whatever comes, a request or a clean refusal."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tftpy.TftpPacketFactory import TftpPacketFactory

from tftp import packets
from tftp.request import MalformedRequest, Request, Terms, is_request, negotiate, parse_request

# How long an example takes tells about the machine, not about the code.
FUZZ = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
WORD = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=20)


@FUZZ
@given(st.binary(max_size=2000) | st.binary(max_size=600).map(lambda rest: b"\0\1" + rest))
def test_any_datagram_is_a_request_or_malformed(datagram: bytes) -> None:
    try:
        request = parse_request(datagram)
    except MalformedRequest:
        return
    assert is_request(datagram)
    assert request.name
    assert b"\0" + request.mode.encode() + b"\0" in datagram.lower()
    terms = negotiate(request, 1 << 40)
    assert 8 <= terms.blksize <= 65464
    assert len(packets.option_acknowledgement(terms.acknowledged)) < 100
    assert set(terms.acknowledged) <= set(request.options)


@FUZZ
@given(
    st.lists(
        st.sampled_from(
            [b"\0", b"f", b"octet", b"netascii", b"blksize", b"tsize", b"1468", b"-1", b"\xff", b"\xd9\xa5"]
        ),
        max_size=30,
    )
)
def test_any_arrangement_of_the_parts_of_a_request_is_one_or_malformed(parts: list[bytes]) -> None:
    test_any_datagram_is_a_request_or_malformed.hypothesis.inner_test(b"\0\1" + b"".join(parts))


@FUZZ
@given(WORD, st.sampled_from(["octet", "netascii", "OCTET"]), st.dictionaries(WORD.map(str.lower), WORD, max_size=5))
def test_a_well_formed_request_is_read_as_tftpy_reads_it(name: str, mode: str, options: dict[str, str]) -> None:
    strings = [name, mode, *(part for pair in options.items() for part in pair)]
    datagram = b"\0\1" + b"".join(string.encode("ascii") + b"\0" for string in strings)
    theirs = TftpPacketFactory().parse(datagram)
    assert parse_request(datagram) == Request(theirs.filename, theirs.mode, theirs.options)


def test_a_name_keeps_bytes_that_are_no_text() -> None:
    request = parse_request(b"\0\1asa\xff\xc3\xa4\0octet\0")
    assert request.name.encode("utf-8", "surrogateescape") == b"asa\xff\xc3\xa4"


def test_of_an_option_that_comes_twice_the_first_counts() -> None:
    assert parse_request(b"\0\1f\0octet\0blksize\x001024\0BLKSIZE\x008\0").options == {"blksize": "1024"}


def test_an_option_list_that_breaks_off_is_read_as_far_as_it_goes() -> None:
    assert parse_request(b"\0\1f\0octet\0tsize\x000\0blksize\x0014").options == {"tsize": "0"}


def test_a_request_may_be_1024_bytes_long_and_not_more() -> None:
    datagram = b"\0\1" + b"n" * (1024 - 9) + b"\0octet\0"
    assert len(datagram) == 1024
    assert len(parse_request(datagram).name) == 1015
    with pytest.raises(MalformedRequest):
        parse_request(datagram + b"\0")


@pytest.mark.parametrize(
    ("value", "blksize"),
    [("8", 8), ("512", 512), ("65464", 65464), ("65465", 65464), ("65536", 65464), ("9" * 20, 65464), ("0512", 512)],
)
def test_a_block_size_is_taken_up_to_the_largest(value: str, blksize: int) -> None:
    terms = negotiate(Request("f", "octet", {"blksize": value}), 10)
    assert terms == Terms(blksize, None, {"blksize": str(blksize)})


@pytest.mark.parametrize(
    "value", ["", "0", "7", "-1", "+512", " 512", "5_1_2", "0x200", "1e3", "\u0665\u0661\u0662", "9" * 99]
)
def test_a_block_size_that_is_none_is_left_out(value: str) -> None:
    assert negotiate(Request("f", "octet", {"blksize": value}), 10) == Terms()


@pytest.mark.parametrize(("value", "seconds"), [("1", 1), ("255", 255), ("0", None), ("256", None), ("x", None)])
def test_a_timeout_is_taken_from_1_to_255_seconds(value: str, seconds: int | None) -> None:
    assert negotiate(Request("f", "octet", {"timeout": value}), 10).timeout_seconds == seconds


def test_the_size_of_an_empty_file_is_left_out_because_curl_takes_it_for_an_error() -> None:
    assert negotiate(Request("f", "octet", {"tsize": "0"}), 0).acknowledged == {}
    assert negotiate(Request("f", "octet", {"tsize": "0"}), 7).acknowledged == {"tsize": "7"}


def test_an_error_carries_its_own_text_and_stays_short() -> None:
    assert packets.error(0, "too many transfers") == b"\0\5\0\0too many transfers\0"
    assert len(packets.error(4, "x" * 1000)) == 105
    assert packets.error(4, "\u20ac") == b"\0\5\0\4?\0"
