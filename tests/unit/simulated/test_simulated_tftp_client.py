"""The device's own TFTP client, packet by packet. Source: RFC 1350, 2347, 2348."""

import hashlib

from serial_console.simulated.tftp_client import TftpFetch


def data(block: int, content: bytes) -> bytes:
    return b"\x00\x03" + block.to_bytes(2, "big") + content


def test_a_plain_request_has_no_options() -> None:
    assert TftpFetch("a.bin").last_sent == b"\x00\x01a.bin\x00octet\x00"


def test_a_large_block_is_asked_for_and_acknowledged_with_block_0() -> None:
    fetch = TftpFetch("a.bin", 1460)
    assert fetch.last_sent == b"\x00\x01a.bin\x00octet\x00blksize\x001460\x00"
    assert fetch.receive(b"\x00\x06blksize\x001460\x00") == b"\x00\x04\x00\x00"
    assert fetch.receive(data(1, bytes(512))) == b"\x00\x04\x00\x01"
    assert fetch.finished


def test_a_short_block_ends_the_file() -> None:
    fetch = TftpFetch("a.bin")
    assert fetch.receive(data(1, bytes(512))) == b"\x00\x04\x00\x01"
    assert not fetch.ended
    assert fetch.receive(data(2, b"end")) == b"\x00\x04\x00\x02"
    assert (fetch.finished, fetch.received) == (True, 515)
    assert fetch.sha512 == hashlib.sha512(bytes(512) + b"end").hexdigest()


def test_a_repeated_block_is_acknowledged_again_and_not_stored_twice() -> None:
    fetch = TftpFetch("a.bin")
    fetch.receive(data(1, bytes(512)))
    assert fetch.receive(data(1, bytes(512))) == b"\x00\x04\x00\x01"
    assert fetch.received == 512


def test_a_block_out_of_turn_is_ignored() -> None:
    assert TftpFetch("a.bin").receive(data(2, bytes(512))) is None


def test_block_numbers_roll_over_to_0() -> None:
    fetch = TftpFetch("a.bin")
    for block in range(1, 65537):
        fetch.receive(data(block & 0xFFFF, bytes(512)))
    assert fetch.receive(data(1, b"")) == b"\x00\x04\x00\x01"
    assert (fetch.finished, fetch.received) == (True, 65536 * 512)


def test_error_1_is_a_missing_file_and_others_keep_their_text() -> None:
    missing, other = TftpFetch("a.bin"), TftpFetch("a.bin")
    assert missing.receive(b"\x00\x05\x00\x01no such file\x00") is None
    assert missing.failure == "file not found"
    other.receive(b"\x00\x05\x00\x02denied\x00")
    assert other.failure == "error 2 denied"


def test_a_block_size_above_the_one_asked_for_is_refused_with_error_8() -> None:
    fetch = TftpFetch("a.bin", 1460)
    assert fetch.receive(b"\x00\x06blksize\x0065464\x00") == b"\x00\x05\x00\x08bad blksize\x00"
    assert fetch.ended


def test_scraps_of_packets_do_nothing() -> None:
    fetch = TftpFetch("a.bin", 1460)
    for scrap in (b"", b"\x00", b"\x00\x03", b"\x00\x03\x00", b"\x00\x09\x00\x01"):
        assert fetch.receive(scrap) is None
    assert not fetch.ended
