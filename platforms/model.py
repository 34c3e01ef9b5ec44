"""One dialect of boot monitor: what it prints, what it accepts, how long it takes.

Patterns are regular expressions over the raw bytes of the console. They never depend on line ends, which
come as CR LF, LF CR or worse, and a prompt's pattern ends on a literal, so that it can't match half a prompt.
"""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field


def _compiled(text: object) -> object:
    if not isinstance(text, str):
        return text
    try:
        return re.compile(text.encode("latin-1"))
    except re.error as error:
        message = f"not a regular expression: {error}"
        raise ValueError(message) from error


def _with_group(name: str) -> AfterValidator:
    def check(pattern: re.Pattern[bytes]) -> re.Pattern[bytes]:
        if name not in pattern.groupindex:
            raise ValueError(f"the pattern has no group (?P<{name}>...)")
        return pattern

    return AfterValidator(check)


def _with_place(name: str) -> AfterValidator:
    def check(command: str) -> str:
        try:
            command.format(**{name: ""})
        except (LookupError, ValueError) as error:
            raise ValueError(f"only {{{name}}} may stand in braces") from error
        return command

    return AfterValidator(check)


def _bytes_only(text: str) -> str:
    text.encode("latin-1")  # its error is a ValueError: no console has a byte for it
    return text


Pattern = Annotated[re.Pattern[bytes], BeforeValidator(_compiled)]
Keys = Annotated[str, AfterValidator(_bytes_only)]
Patterns = tuple[Pattern, ...]
Seconds = Annotated[float, Field(gt=0, le=7200)]
Role = Literal["interface", "address", "netmask", "server", "gateway", "vlan", "image"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Evidence(_Part):
    """Where a value comes from. `recalled` values are hypotheses; `ours` are this tool's own choices."""

    kind: Literal["captured", "documented", "automation", "recalled", "ours"]
    source: str = Field(min_length=1)


class BreakIn(_Part):
    """How the monitor announces that it may be interrupted, and by which key."""

    power_on: Patterns
    notice: Patterns
    countdown: Patterns
    key: Keys
    key_interval_seconds: Seconds
    interrupted: Patterns
    window_passed: Patterns


class Console(_Part):
    """The monitor's command line: its prompt, how it is typed at, how it complains.

    `dialogue`: the questions that its register's dialogue asks. They are recognised, and left to a person.
    """

    prompt: Pattern
    probe: Keys
    erase_character: Keys
    chunk_characters: int = Field(ge=1, le=256)
    echo_seconds: Seconds
    answer_seconds: Seconds
    invalid_command: Patterns
    dialogue: Patterns = ()


class Variable(_Part):
    """One setting: its name in the dump, and the command that sets it (`{value}` stands for the value)."""

    name: str
    command: Annotated[Keys, _with_place("value")]
    unset: str = ""


class Extra(Variable):
    """A setting that has nothing to do with a download: the values that it may take (none: any), and out of the box."""

    values: tuple[str, ...] = ()
    default: str = ""
    secret: bool = False


class Variables(_Part):
    """The settings in the order in which they are typed, and others that this monitor keeps, by names of our own.

    `lists_unset`: the dump shows a setting that has no value, too. `required`: roles that a user must give.
    """

    dump_command: str
    lists_unset: bool = False
    order: tuple[Role, ...]
    required: tuple[Role, ...] = ()
    interface: Variable | None = None
    address: Variable
    netmask: Variable | None = None
    server: Variable
    gateway: Variable | None = None
    vlan: Variable | None = None
    image: Variable
    others: dict[str, Extra] = {}

    def of(self, name: str) -> Variable | None:
        """The setting of a role, or one of the others."""
        variable = getattr(self, name, None)
        return variable if isinstance(variable, Variable) else self.others.get(name)


class Ping(_Part):
    """`command` may hold `{server}`. Of `success`, the group `percent` tells how many echoes came back, or `loss` how many did not."""

    command: Annotated[Keys, _with_place("server")]
    success: Pattern
    seconds: Seconds


class Save(_Part):
    """How the settings are kept over a power cycle."""

    command: str
    failure: Patterns = ()


class Checksum(_Part):
    """A monitor that can tell the CRC-32 of what it holds in memory: the group `crc32` of `answer`."""

    command: Keys
    answer: Annotated[Pattern, _with_group("crc32")]
    seconds: Seconds


class Bundle(_Part):
    """Packages that hold more than the monitor boots: they have a command of their own, and the device takes only their beginning.

    `stops_after_bytes` is where it stops asking, unless it says so itself: the group `bytes` of `stops`.
    """

    command: str
    image_names: Patterns
    stops_after_bytes: int = Field(ge=1)
    stops: Annotated[Pattern, _with_group("bytes")]


class Netboot(_Part):
    """The download. `launches` is false for a monitor that returns to its prompt with the image in memory."""

    command: str
    started: Patterns
    progress: Pattern
    received: Patterns
    launching: Patterns
    launches: bool
    silence_seconds: Seconds
    complaints: dict[str, Patterns]
    bundle: Bundle | None = None
    checksum: Checksum | None = None


class Boot(_Part):
    """What proves that the image runs. The group `version` of `version` is the software's version.

    `login_proves`: behind a launch a login can only be the image's own. `running`: texts that need nobody's answer and prove the same.
    """

    version: Annotated[Pattern, _with_group("version")]
    prompt: Pattern
    login: Patterns
    login_proves: bool = False
    running: Patterns = ()
    questions: Patterns
    pager: Pattern
    log_line: Pattern
    image_file: Annotated[Pattern, _with_group("file")]
    netbooted: Pattern
    from_flash: Patterns
    reboot: Patterns
    silence_seconds: Seconds


RegisterQuestion = Literal["ignore-config", "heed-config", "boot-flash", "stop-in-monitor", "leave"]


class ConfigRegister(_Part):
    """The configuration register: how it is shown and changed.

    `command` shows it (the group `value` of `shown`, in hex) and then asks `change`, to which `n` changes nothing. Behind `y`
    come the `questions`, by what their `y` does; to those that `leave` is the name of, the answer is always `n`.
    `set_command` sets a value outright. `by_questions`: the questions are the way that is proved for this family.
    `ignored`: what the booted software says when it was told to ignore its configuration.
    """

    command: Keys
    set_command: Annotated[Keys, _with_place("value")]
    by_questions: bool
    shown: Annotated[Pattern, _with_group("value")]
    change: Pattern
    questions: dict[RegisterQuestion, Patterns]
    boot_command: Keys
    ignored: Patterns


class Session(_Part):
    """The way to a module's console from its chassis's supervisor: `command` at its `prompt`, with the slot for `{slot}`.

    `others`: commands that lead there as well. `module`: texts by which the module itself is known where it has the supervisor's
    kind of prompt. `idle`: what a supervisor leaves on a console where nobody is; Enter brings its prompt. `restart`: what a person
    does, since the power is the whole chassis's.
    """

    command: Annotated[Keys, _with_place("slot")]
    others: Pattern
    prompt: Annotated[Pattern, _with_group("prompt")]
    idle: Patterns
    opened: Patterns
    refused: Patterns
    closed: Patterns
    module: Patterns
    restart: str


class Platform(_Part):
    """A family of devices with one boot monitor. `evidence` maps each value's dotted path to its origin."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: str
    models: tuple[str, ...]
    banner: Patterns
    image_names: Patterns
    netboot_interface: str = ""
    erase_question: Patterns
    break_in: BreakIn
    console: Console
    variables: Variables
    ping: Ping
    save: Save | None = None
    netboot: Netboot
    boot: Boot | None = None
    confreg: ConfigRegister | None = None
    session: Session | None = None
    make_it_last: str = "copy it to disk0 and set `boot system`, or a reload falls back to what is in flash"
    evidence: dict[str, Evidence]

    def roles(self) -> tuple[Role, ...]:
        """The settings this family knows, in typing order."""
        return tuple(role for role in self.variables.order if self.variables.of(role))

    def settable(self) -> tuple[str, ...]:
        """The names of all settings: the roles in typing order, then the others."""
        return (*self.roles(), *self.variables.others)


class Stranger(_Part):
    """A device that hangs on the same kind of cable, and that this tool does not load.

    `banner`: texts that no family of ours prints. `prompts`: what it waits at. `dump`: what its variables show.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: str
    models: tuple[str, ...]
    banner: Patterns
    prompts: Patterns = ()
    dump: Patterns = ()
    explanation: str
    remedy: str
    evidence: dict[str, Evidence]


class LoaderVariables(_Part):
    """The names of an access point's settings; `set NAME VALUE` sets one."""

    address: str
    netmask: str
    gateway: str
    boot: str


class ModeButton(_Part):
    """What an access point does whose MODE button is held at power-on: from `address` it broadcasts a read of `file`."""

    address: str
    network: str
    file: Annotated[Keys, _with_place("family")]


class AccessPoint(_Part):
    """An access point's loader: neither ping nor save, and its image is a tar that it unpacks as it comes.

    `network` and `flash` are the commands that start each. Of `extract`, `{file}` is SERVER/NAME.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: str
    models: tuple[str, ...]
    prompt: Pattern
    probe: Keys
    erase_character: Keys
    dump_command: Keys
    network: tuple[str, ...]
    flash: tuple[str, ...]
    extract: Annotated[Keys, _with_place("file")]
    extracting: Annotated[Pattern, _with_group("file")]
    pager: Pattern
    pager_key: Keys
    boot_command: Keys
    booted: Patterns
    refused: Patterns
    variables: LoaderVariables
    complaints: dict[str, Patterns]
    mode_button: ModeButton
    evidence: dict[str, Evidence]
