"""Where the passwords of a booted device come from, and where they never go."""

from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from rommon_tool.credentials import from_file, from_keyring, from_person
from rommon_tool.errors import WrongUsage


def kept(tmp_path: Path, text: str, mode: int = 0o600) -> Path:
    path = tmp_path / "asa.toml"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_file_of_one_s_own_is_read(tmp_path: Path) -> None:
    credentials = from_file(kept(tmp_path, 'username = "admin"\npassword = "pw"\nenable_password = "en"\n'))
    assert credentials.username == "admin"
    assert credentials.password is not None
    assert credentials.password.reveal() == "pw"
    assert credentials.enable_password is not None
    assert credentials.enable_password.reveal() == "en"
    assert credentials.new_enable_password is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(WrongUsage, match="others may read"):
        from_file(kept(tmp_path, 'password = "s3cret"\n', mode))


@pytest.mark.parametrize("text", ["password = s3cret", 'passwort = "s3cret"', "password = 5", "\x00"])
def test_what_is_wrong_in_a_file_is_told_without_quoting_it(tmp_path: Path, text: str) -> None:
    with pytest.raises(WrongUsage) as caught:
        from_file(kept(tmp_path, text))
    told = f"{caught.value} {caught.value.hint} {caught.value.seen}"
    assert "s3cret" not in told


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match=r"nothing\.toml"):
        from_file(tmp_path / "nothing.toml")


class Kept(KeyringBackend):
    priority = 1  # type: ignore[assignment]

    def __init__(self, entries: dict[str, str]) -> None:
        self.entries = entries

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None: ...


def test_the_keyring_has_an_entry_for_each_field_of_a_device() -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(Kept({"rommon-tool edge-fw/enable_password": "en"}))
    try:
        credentials = from_keyring("edge-fw")
        assert credentials.enable_password is not None
        assert credentials.enable_password.reveal() == "en"
        with pytest.raises(WrongUsage, match="nothing for 'other'"):
            from_keyring("other")
    finally:
        keyring.set_keyring(before)


def test_a_person_is_asked_only_for_what_is_needed() -> None:
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        return "" if question.startswith("User") else "typed"

    credentials = from_person(answer)
    assert (credentials.username, credentials.password, len(asked)) == (None, None, 2)
    assert from_person(lambda _: "typed").username == "typed"
