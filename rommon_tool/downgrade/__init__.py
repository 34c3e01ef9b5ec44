"""What an older version makes of a configuration, told before the downgrade."""

from rommon_tool.downgrade.checking import Checked, check
from rommon_tool.downgrade.findings import DowngradeFinding, Effect

__all__ = ["Checked", "DowngradeFinding", "Effect", "check"]
