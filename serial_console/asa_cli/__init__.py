"""The booted ASA: a plain conversation over a `Line`. It answers no question that its caller did not foresee.

>>> with open_line("sim://asa5506x?state=booted") as line:
...     cli = AsaCli(line, Credentials())
...     cli.log_in()
...     cli.enable()
...     print(cli.run("show version"))
"""

from serial_console.asa_cli.answers import ENTER, NO, NONE, YES, Answers
from serial_console.asa_cli.asa import AsaCli
from serial_console.asa_cli.prompts import Prompt
from serial_console.asa_cli.secret import Credentials, Secret

__all__ = ["ENTER", "NO", "NONE", "YES", "Answers", "AsaCli", "Credentials", "Prompt", "Secret"]
