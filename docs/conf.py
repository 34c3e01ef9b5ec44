"""Sphinx: `make docs`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from rommon_tool.version import __version__

project = "rommon-tool"
author = "the rommon-tool authors"
release = version = __version__
extensions = ["myst_parser"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"rommon-tool {release}"
myst_heading_anchors = 3
