"""`rommon backup` and `rommon restore` at the command line, against a simulated ASA with a folder for its disk0."""

from pathlib import Path

from cli_rig import Bench, free_port


def test_a_backup_is_restored_and_no_passphrase_is_in_what_is_kept(bench: Bench, tmp_path: Path) -> None:
    disk, key, port = tmp_path / "disk0", tmp_path / "key", free_port()
    disk.mkdir()
    key.write_text("k3y-0f-certs\n")
    key.chmod(0o600)
    url = f"sim://asa5506x?state=booted&speed=50&disk={disk}&wire=127.0.0.1:{port}&address=127.0.0.9/8&free=900000000"
    options = ["--server", "127.0.0.1", "--tftp-port", str(port), "--passphrase-file", key, "-p", url, "--json"]
    made = bench.run("backup", "system", tmp_path / "fw.tar.gz", *options)
    assert made.code == 0, made.err
    assert "certificates" in made.result["holds"]
    restored = bench.run("restore", tmp_path / "fw.tar.gz", "--before", tmp_path / "before", "--yes", *options)
    assert restored.code == 0, restored.err
    assert (tmp_path / "before/manifest.json").exists()
    kept = [path for path in bench.folder.rglob("*") if path.is_file() and path != key and disk not in path.parents]
    assert not [path for path in kept if b"k3y-0f-certs" in path.read_bytes()]


def test_a_passphrase_has_to_be_chosen(bench: Bench, tmp_path: Path) -> None:
    ended = bench.run(
        "backup", "system", tmp_path / "x.tar.gz", "-p", "/dev/nothing", "--server", "127.0.0.1", "--json"
    )
    assert (ended.code, ended.result["cause"]) == (2, "usage")
    assert "passphrase" in ended.result["message"]
