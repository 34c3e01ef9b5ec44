"""What is installed is the whole of it: an editable install hides a package that setup.cfg forgets."""

import configparser
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_every_package_in_the_tree_is_listed_for_installation() -> None:
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg")
    listed = set(settings["options"]["packages"].split())
    tops = ("rommon_tool", "serial_console", "tftp", "platforms")
    found = {
        ".".join(file.parent.relative_to(ROOT).parts) for top in tops for file in (ROOT / top).rglob("__init__.py")
    }
    assert found == listed
