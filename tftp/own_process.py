"""How a child process of ours is started: the server's, the recorder's.

The one rule: it imports what this process imports, from nowhere else, and the terminal's signals do not reach it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def import_path() -> str:
    """What this process imports from, for the child: it must not look into the current folder, not as root."""
    return os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)


def of_its_own() -> dict[str, Any]:
    """The child is no part of the terminal's group, so that Ctrl-C and a hang-up reach only its parent."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}
