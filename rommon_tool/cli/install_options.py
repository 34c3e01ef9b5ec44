"""What `rommon install` and `rommon load --install` can be told alike."""

from rommon_tool.cli.options import Decorated, option


def install_options(command: Decorated) -> Decorated:
    """What `rommon install` and `rommon load --install` can be told of the device's disk and boot order."""
    command = option(
        "--config-is-whole",
        is_flag=True,
        help="Save the running configuration though the device was told to ignore the saved one (register 0x41).",
    )(command)
    command = option("--format-disk", is_flag=True, help="Format disk0, if it can't be read. Erases what is on it.")(
        command
    )
    command = option("--replace", is_flag=True, help="Write over another file of this name on disk0.")(command)
    return option(
        "--clear-boot",
        is_flag=True,
        help="Take old `boot system` entries away. Default: they stay, behind the new one.",
    )(command)
