"""A simulated ASA as client of the real server, over real HTTPS; configured and watched by our procedures in its own time.

The client shares no code with the server, but both know the reply's format from the same template: that they agree says
nothing of a real ASA.
"""

import hashlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from auto_update_rig import ASDM, DEVICE, IMAGE, Running, running
from simulated_line import SimulatedLine

from rommon_tool.errors import ModelExcluded, WrongUsage
from rommon_tool.procedures.asa_session import Asa, AsaConsole, taken_in_hand
from rommon_tool.procedures.auto_update_client import (
    ClientSettings,
    PollAt,
    PollPeriod,
    UpdateServer,
    configured,
    shown_client,
    watched,
)
from rommon_tool.progress import Progress
from serial_console.asa_cli import Credentials, Secret
from serial_console.asa_cli.reading.auto_update import (
    ServerNotReached,
    UpdateFailed,
    UpdateOffered,
    UpdatePolled,
    UpdateStep,
    UpdateSucceeded,
)

Result = TypeVar("Result")
OLD = "asa961-smp-k8.bin"


def done(steps: Generator[None, None, Result]) -> Result:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: Result = end.value
            return result


def booted(disk: Path, family: str = "asa5500x") -> Asa:
    disk.mkdir(exist_ok=True)
    line = SimulatedLine(f"sim://{family}?state=booted&flash=old&disk={disk}&address=127.0.0.1/8")
    asa = taken_in_hand(line, AsaConsole("simulated"))
    with asa.cli.configuring() as cli:
        cli.run("logging console notifications")
    return asa


def server_of(served: Running, *, verifies: bool = True, account: tuple[str, str] = DEVICE) -> UpdateServer:
    return UpdateServer(f"{served.base}/aus", verifies=verifies, user=account[0], password=Secret(account[1]))


@contextmanager
def serving(folder: Path, assigned: str) -> Iterator[Running]:
    with running(folder, folder, assignments=f'[devices.branch-1]\nmodel = "ASA5515-X"\n{assigned}\n') as served:
        yield served


def digest(path: Path) -> str:
    return f"0x{hashlib.md5(path.read_bytes()).hexdigest()}"


def test_a_device_verifies_the_server_polls_it_and_takes_its_asdm(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with serving(tmp_path, f'asdm = "{ASDM}"') as served:
        asa = booted(disk)
        with asa.cli.configuring() as cli:
            cli.run("asdm image disk0:/asdm-old.bin")
        (disk / "ca.pem").write_bytes(served.certificate.chain.read_bytes())
        done(configured(asa, ClientSettings((server_of(served),), PollPeriod(1)), Progress("device")))
        news = done(watched(asa, 150))
        assert (disk / ASDM).read_bytes() == (tmp_path / ASDM).read_bytes()
        assert f"asdm image disk0:/{ASDM}" in asa.cli.run("show running-config asdm")
    checksum = digest(tmp_path / ASDM)
    url = next(one.url for one in news if isinstance(one, UpdateOffered))
    polled = [UpdatePolled("/aus", "127.0.0.1"), UpdateOffered("asdm", url, checksum)]
    updated = [UpdateSucceeded("ASDM", checksum), UpdateSucceeded("asdm", checksum)]  # by debug and by message 612001
    assert news == [*polled, UpdateStep("update asdm on active unit"), *updated, *polled]
    kinds = [type(event).__name__ for event in served.events]
    assert kinds == ["DevicePolled", "FileSent", "DevicePolled"]


def test_a_device_takes_its_image_and_boots_it(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with serving(tmp_path, f'image = "{IMAGE}"') as served:
        asa = booted(disk)
        with asa.cli.configuring() as cli:
            cli.run(f"boot system disk0:/{OLD}")
        done(configured(asa, ClientSettings((server_of(served, verifies=False),)), Progress("device")))
        news = done(watched(asa, 3600))
    assert news[-1] == UpdateSucceeded("image", digest(tmp_path / IMAGE))
    assert isinstance(asa.line, SimulatedLine)
    asa.line.device.advance(900)
    credentials = Credentials(new_enable_password=Secret("a new one"))  # which 9.12 demands
    assert taken_in_hand(asa.line, AsaConsole("simulated", credentials=credentials)).shown.version == "9.12(4)"
    assert (disk / IMAGE).read_bytes() == (tmp_path / IMAGE).read_bytes()
    assert not asa.line.typed("booting")


def test_an_image_without_a_boot_system_line_is_a_failure_with_a_reason(tmp_path: Path) -> None:
    with serving(tmp_path, f'image = "{IMAGE}"') as served:
        asa = booted(tmp_path / "disk")
        done(configured(asa, ClientSettings((server_of(served, verifies=False),), PollPeriod(1)), Progress("device")))
        news = done(watched(asa, 90))
    failed = [one for one in news if isinstance(one, UpdateFailed)]
    assert [(one.component, one.version) for one in failed] == [("image", digest(tmp_path / IMAGE))]
    assert failed[0].reason


def test_the_servers_are_polled_in_their_order_until_one_answers(tmp_path: Path) -> None:
    with serving(tmp_path, "") as served:
        asa = booted(tmp_path / "disk")
        absent = UpdateServer("https://127.0.0.1:1/first", verifies=False)
        untrusted = server_of(served)  # nothing to verify it with is on the device
        last = server_of(served, verifies=False)
        settings = ClientSettings((absent, untrusted, last), PollPeriod(1))
        done(configured(asa, settings, Progress("device")))
        news = done(watched(asa, 100))
    assert [type(one) for one in news] == [ServerNotReached, ServerNotReached, UpdatePolled]
    assert isinstance(news[0], ServerNotReached)
    assert news[0].url == "https://127.0.0.1:1/first"
    assert isinstance(news[1], ServerNotReached)
    assert "certificate verify failed" in news[1].reason.lower().replace("_", " ")


def test_a_wrong_password_is_told_by_both_sides_and_shown_by_none(tmp_path: Path) -> None:
    with serving(tmp_path, "") as served:
        asa = booted(tmp_path / "disk")
        wrong = server_of(served, verifies=False, account=("branch-1", "guessed"))
        progress = Progress("device")
        outcome = done(configured(asa, ClientSettings((wrong,), PollPeriod(1), retry_count=1), progress))
        news = done(watched(asa, 400))
    assert isinstance(news[0], ServerNotReached)
    assert news[0].reason == "HTTP 401"
    assert {type(event).__name__ for event in served.events} == {"PollRefused"}
    assert "guessed" not in str(outcome) + str(progress.drain()) + str(news)
    assert "branch-1:<secret>@" in outcome.lines[-1]


def test_every_setting_is_read_back_as_it_was_typed_and_saved(tmp_path: Path) -> None:
    asa = booted(tmp_path / "disk")
    settings = ClientSettings(
        (UpdateServer("http://192.0.2.1/a", "management"), UpdateServer("https://192.0.2.2/b", verifies=False)),
        PollAt("Monday Friday", "03:30", 60),
        retry_count=3,
        retry_minutes=7,
        device_id="string rack-3",
        timeout_minutes=1440,
    )
    outcome = done(configured(asa, settings, Progress("device")))
    wanted = {
        "auto-update device-id string rack-3",
        "auto-update poll-at Monday Friday 03:30 randomize 60 3 7",
        "auto-update timeout 1440",
        "auto-update server http://192.0.2.1/a source management verify-certificate",
        "auto-update server https://192.0.2.2/b no-verification",
    }
    assert set(outcome.lines) == wanted == set(shown_client(asa.cli))
    assert outcome.is_saved
    assert "auto-update timeout 1440" in asa.cli.run("show startup-config")


def test_a_model_that_the_chapter_excludes_is_left_as_it_is(tmp_path: Path) -> None:
    asa = booted(tmp_path / "disk", "asa5506x")
    with pytest.raises(ModelExcluded):
        done(configured(asa, ClientSettings((UpdateServer("https://192.0.2.1/a"),)), Progress("device")))
    assert shown_client(asa.cli) == []


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        (ClientSettings(()), "no server"),
        (ClientSettings((UpdateServer("ftp://192.0.2.1/a"),)), "no URL"),
        (ClientSettings((UpdateServer("https://a:b@192.0.2.1/a"),)), "password in a URL"),
        (ClientSettings((UpdateServer("https://192.0.2.1/a?b=c"),)), "query"),
        (ClientSettings((UpdateServer("https://192.0.2.1/a"),), PollAt("Mon", "03:30")), "no days"),
        (ClientSettings((UpdateServer("https://192.0.2.1/a"),), PollAt("daily", "24:00")), "no time"),
        (ClientSettings((UpdateServer("https://192.0.2.1/a"),), device_id="me"), "no device-id"),
    ],
)
def test_settings_that_no_device_takes_are_refused_before_anything_is_typed(
    settings: ClientSettings, match: str
) -> None:
    with pytest.raises(WrongUsage, match=match):
        settings.check()


def test_the_messages_are_read_as_the_chapter_misprints_them_too() -> None:
    from serial_console.asa_cli.reading.auto_update import read_update_news

    text = "%ASA4-612002: Auto Update failed: image version: 0x1 reason: Unsupported file type\n"
    assert read_update_news(text) == [UpdateFailed("image", "0x1", "Unsupported file type")]
    assert read_update_news("Auto-update client: Succeeded: Image, version: 0x1") == [UpdateSucceeded("Image", "0x1")]
