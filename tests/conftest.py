"""Makes this folder's modules importable from every test below it: pytest puts a conftest's folder on the path.

And keeps compiled modules, in a folder of their own, also where the environment forbids it: the commands under test are
started hundreds of times, and compiling costs more than half of a start.
"""

import os
import sys
from pathlib import Path

_KEPT = Path(__file__).parents[1] / ".pytest_cache" / "bytecode"

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ.setdefault("PYTHONPYCACHEPREFIX", str(_KEPT))
sys.dont_write_bytecode = False
sys.pycache_prefix = os.environ["PYTHONPYCACHEPREFIX"]
