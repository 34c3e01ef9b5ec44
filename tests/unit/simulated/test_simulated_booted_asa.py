"""What lasts in a simulated ASA: its disk, its configurations, what it boots next."""

from pathlib import Path

import pytest
from simulated_rig import CONTENT, IMAGE_B, Bench

from serial_console.simulated.events import Booted, Reloaded

NEW = "disk0:/asa984-22-lfbff-k8.SPA"
BOOT_SECONDS = 600.0


def enabled(options: str = "", family: str = "asa5506x") -> Bench:
    bench = Bench(f"sim://{family}?state=booted{options}", {IMAGE_B: CONTENT})
    bench.enter("enable")
    bench.enter("")
    bench.enter("terminal pager 0")
    return bench


def copy(bench: Bench) -> bytes:
    return bench.enter(f"copy /noconfirm tftp://192.168.1.9/{IMAGE_B} {NEW}", 60.0)


def reload(bench: Bench) -> bytes:
    bench.enter("reload noconfirm")
    return bench.after(BOOT_SECONDS)


def test_a_copied_file_lies_on_disk0_with_its_size_and_digest() -> None:
    bench = enabled()
    assert b"102400 bytes copied in " in copy(bench)
    listed = bench.enter("dir disk0:").decode()
    assert f"-rwx  102400       06:43:00 Jun 30 2018  {IMAGE_B}" in listed
    verified = bench.enter(f"verify /sha-512 {NEW}", 10.0).decode()
    import hashlib

    assert f"verify /SHA-512 ({NEW}) = {hashlib.sha512(CONTENT).hexdigest()}" in verified


def test_what_was_saved_is_what_boots_after_a_reload() -> None:
    bench = enabled("&flash=old")
    copy(bench)
    for line in ("configure terminal", "no boot system", f"boot system {NEW}", "end"):
        bench.enter(line)
    assert b"BOOT variable = \r\n" in bench.enter("show bootvar")
    bench.enter("write memory", 5.0)
    assert f"BOOT variable = {NEW}\r\nCurrent BOOT variable = {NEW}".encode() in bench.enter("show bootvar")
    reload(bench)
    assert bench.of(Booted) == [Booted("9.8(4)22", "flash", IMAGE_B)]
    assert f'System image file is "{NEW}"' in bench.lines("show version")


def test_a_saved_image_that_is_missing_ends_in_the_boot_monitor() -> None:
    bench = enabled("&flash=old")
    bench.enter("configure terminal")
    warned = bench.enter("boot system disk0:/nothing.SPA")
    assert b"WARNING: BOOT variable added, but unable to find disk0:/nothing.SPA" in warned
    bench.enter("write memory", 5.0)
    assert reload(bench).endswith(b"rommon 1 > ")


def test_an_image_that_was_only_loaded_is_gone_after_a_reload() -> None:
    """Documented: the chapter."""
    bench = Bench("sim://asa5506x?state=monitor", {IMAGE_B: CONTENT})
    for line in ("ADDRESS=10.86.118.4", "NETMASK=255.255.255.0", "SERVER=10.86.118.21", f"IMAGE={IMAGE_B}"):
        bench.enter(line)
    bench.enter("tftpdnld", BOOT_SECONDS)
    bench.enter("enable")
    bench.enter("")
    assert reload(bench).endswith(b"rommon 1 > ")


def test_a_changed_configuration_is_asked_about_before_a_reload() -> None:
    """Source: a 5516-X's reload."""
    bench = enabled("&flash=old")
    bench.enter("configure terminal")
    bench.enter("hostname edge-fw")
    assert bench.enter("reload").endswith(b"System config has been modified. Save? [Y]es/[N]o:  ")
    assert bench.enter("y", 5.0).endswith(b"bytes copied in 0.150 secs\r\nProceed with reload? [confirm]")
    assert bench.press(b"\r", BOOT_SECONDS).endswith(b"edge-fw> ")
    assert bench.of(Reloaded) == [Reloaded("reload")]


def test_what_was_not_saved_is_gone_after_a_reload() -> None:
    bench = enabled("&flash=old")
    bench.enter("configure terminal")
    bench.enter("hostname edge-fw")
    assert reload(bench).endswith(b"ciscoasa> ")


def test_a_folder_holds_the_disk_and_keeps_what_is_copied(tmp_path: Path) -> None:
    (tmp_path / "asdm-782.bin").write_bytes(b"here before")
    bench = enabled(f"&disk={tmp_path}&flash=old")
    copy(bench)
    assert (tmp_path / IMAGE_B).read_bytes() == CONTENT
    assert "11           06:43:00 Jun 30 2018  asdm-782.bin" in bench.enter("dir").decode()


def test_a_folder_keeps_what_was_saved_for_the_next_process(tmp_path: Path) -> None:
    bench = enabled(f"&disk={tmp_path}&flash=old")
    copy(bench)
    for line in ("configure terminal", "hostname edge-fw", f"boot system {NEW}", "end"):
        bench.enter(line)
    bench.enter("write memory", 5.0)
    again = Bench(f"sim://asa5506x?state=window&disk={tmp_path}")
    assert again.after(BOOT_SECONDS).endswith(b"edge-fw> ")
    assert again.of(Booted) == [Booted("9.8(4)22", "flash", IMAGE_B)]
    assert ".simulated" not in bench.enter("dir").decode()


@pytest.mark.parametrize("scheme", ["http", "https", "ftp"])
def test_a_file_comes_by_http_and_ftp_as_well(scheme: str) -> None:
    bench = enabled()
    printed = bench.enter(f"copy /noconfirm {scheme}://user:pw@192.168.1.9/{IMAGE_B} {NEW}", 60.0)
    assert b"102400 bytes copied in " in printed


def test_the_running_configuration_is_written_to_a_server() -> None:
    """Source: a blog's copy of a 5525-X's."""
    bench = enabled()
    assert bench.enter("copy running-config tftp://192.168.1.9/fw.txt").endswith(b"Source filename [running-config]? ")
    assert bench.enter("").endswith(b"Address or name of remote host [192.168.1.9]? ")
    assert bench.enter("").endswith(b"Destination filename [fw.txt]? ")
    assert b"bytes copied in 0.660 secs\r\n" in bench.enter("", 5.0)
    assert b"hostname ciscoasa" in bench.network.files["fw.txt"]


def test_a_full_disk_takes_no_file() -> None:
    bench = enabled("&free=100000")
    assert f"%Error writing {NEW} (No space left on device)".encode() in copy(bench)
    assert IMAGE_B.encode() not in bench.enter("dir")


def test_a_file_that_is_not_on_the_server_is_named() -> None:
    bench = enabled()
    printed = bench.enter("copy /noconfirm tftp://192.168.1.9/nothing.bin disk0:/x", 60.0)
    assert b"%Error opening tftp://192.168.1.9/nothing.bin (No such file or directory)\r\n" in printed


def test_copy_asks_for_host_source_and_destination_in_this_order() -> None:
    """Source: a blog's copy on a 5525-X."""
    bench = enabled()
    asked = bench.enter(f"copy tftp://192.168.1.9/{IMAGE_B} {NEW}")
    assert asked.endswith(b"\r\n\r\nAddress or name of remote host [192.168.1.9]? ")
    assert bench.enter("").endswith(f"\r\n\r\nSource filename [{IMAGE_B}]? ".encode())
    assert bench.enter("").endswith(f"\r\n\r\nDestination filename [{IMAGE_B}]? ".encode())
    printed = bench.enter("", 60.0)
    assert f"\r\n\r\nAccessing tftp://192.168.1.9/{IMAGE_B}...!!\r\nWriting file {NEW}...\r\n!!!!".encode() in printed


@pytest.mark.parametrize(("answer", "is_new"), [(b"\r", True), (b"n", False)])
def test_copy_asks_before_it_writes_over_a_file(answer: bytes, *, is_new: bool) -> None:
    bench = enabled("&flash=old")
    bench.enter(f"copy tftp://192.168.1.9/{IMAGE_B} disk0:/asa941-lfbff-k8.SPA")
    bench.enter("")
    bench.enter("")
    assert bench.enter("").endswith(b"Do you want to over write? [confirm]")
    bench.press(answer, 60.0)
    assert (b"  102400  " in bench.enter("dir")) is is_new


def test_up_to_four_local_images_and_one_tftp_entry_which_is_first() -> None:
    """Documented: the chapter; the words of the refusals are made up."""
    bench = enabled()
    bench.enter("configure terminal")
    for name in "abcd":
        bench.enter(f"boot system disk0:/{name}.bin")
    assert b"ERROR: " in bench.enter("boot system disk0:/e.bin")
    assert b"ERROR: " in bench.enter("boot system tftp://192.168.1.9/a.bin")
    bench.enter("clear configure boot")
    assert b"ERROR: " not in bench.enter("boot system tftp://192.168.1.9/a.bin")
    assert b"ERROR: " not in bench.enter("boot system disk0:/a.bin")


def test_lines_of_an_interface_stand_below_it() -> None:
    bench = enabled()
    for line in ("configure terminal", "interface GigabitEthernet1/1", "nameif outside", "no shutdown"):
        bench.enter(line)
    assert bench.enter("ip address 10.1.1.1 255.255.255.0").endswith(b"ciscoasa(config-if)# ")
    shown = bench.lines("show running-config interface GigabitEthernet1/1")
    assert shown[1:-1] == ["interface GigabitEthernet1/1", " nameif outside", " ip address 10.1.1.1 255.255.255.0"]


def test_show_module_tells_the_boot_monitor_s_version() -> None:
    """Source: a 5506-X's table."""
    assert any("1.1.14" in line for line in enabled().lines("show module"))
