"""The command line: click only. One module per command, loaded when it is called, so that help answers at once."""

from rommon_tool.cli.main import main

__all__ = ["main"]
