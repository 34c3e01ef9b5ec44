"""A second opinion: ntc-templates by textfsm (extra `templates`), for the commands whose every captured output they parse.

Of `dir` and `show module` the readers beside this one are the first opinion: the templates lose the free space of an empty
disk, and take a listing that was cut for a short one. `show version` is not here: its template fails on an image that was
booted from the network. Echo and prompt must be gone from a text before it comes here; `AsaCli.run` sees to that.
"""

from importlib.util import find_spec

from serial_console.asa_cli.reading.unclear import unclear

PARSED = ("show inventory", "show module", "ping", "dir")


def is_installed() -> bool:
    """Whether the extra is there."""
    return find_spec("ntc_templates") is not None


def parsed(command: str, text: str) -> list[dict[str, str]]:
    """The rows that the template of a command finds. Raises `AnswerUnclear`, or `ValueError` for a command not in `PARSED`."""
    if command not in PARSED:
        message = f"no template parses every known output of `{command}`"
        raise ValueError(message)
    # Heavy, and needed by those alone who ask for a second opinion.
    from ntc_templates.parse import parse_output

    try:
        rows = parse_output(platform="cisco_asa", command=command, data=text)
    except Exception as error:  # textfsm's and the templates' own errors have no common class below it
        raise unclear(f"table of `{command}`", text) from error
    return [dict(row) for row in rows]
