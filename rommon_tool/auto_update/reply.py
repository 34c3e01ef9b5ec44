"""The reply to a poll, from a template that its user may edit.

Known of it: its name, UpdateInfo, and that it lists components, each with a URL and a checksum of 128 bits. How it is
written is not public: the template that comes along is a guess, and its first line says so.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template
from xml.sax.saxutils import escape

from rommon_tool.auto_update.assigned_file import AssignedFile
from rommon_tool.errors import WrongUsage

_FIELDS = ("content_type", "component", "reply")
_HINT = "start from the one that `rommon auto-update template` prints"
_QUOTE = {'"': "&quot;"}


@dataclass(frozen=True, slots=True)
class Offer:
    """One component as a reply lists it."""

    component: str
    url: str
    file: AssignedFile


@dataclass(frozen=True, slots=True)
class ReplyTemplate:
    """`reply` holds `$components`, each of which is `component` with what is known of one."""

    content_type: str
    component: Template
    reply: Template

    def filled(self, device: str, offers: Iterable[Offer]) -> str:
        """The reply for one device."""
        lines = [self._component(offer) for offer in offers]
        return self.reply.substitute(device=escape(device, _QUOTE), components="\n".join(lines))

    def _component(self, offer: Offer) -> str:
        file = offer.file
        facts = {
            "component": offer.component,
            "url": offer.url,
            "name": file.name,
            "checksum": file.checksum,
            "md5": file.md5,
            "bytes": str(file.file_bytes),
        }
        return self.component.substitute({key: escape(value, _QUOTE) for key, value in facts.items()})


def default_text() -> str:
    """The template that comes along, as text."""
    return (files("rommon_tool.auto_update") / "data" / "reply.toml").read_text("utf-8")


def read_template(path: Path | None) -> ReplyTemplate:
    """The template in a file, or the one that comes along. Raises `WrongUsage`."""
    where = str(path or "the reply template")
    try:
        fields = tomllib.loads(path.read_text("utf-8") if path else default_text())
    except OSError as error:
        raise WrongUsage(f"cannot read {where}: {error.strerror}", hint=_HINT) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongUsage(f"{where} is no TOML file: {error}", hint=_HINT) from error
    if set(fields) != set(_FIELDS) or not all(isinstance(text, str) for text in fields.values()):
        raise WrongUsage(f"{where}: it has exactly the texts {', '.join(_FIELDS)}", hint=_HINT)
    template = ReplyTemplate(fields["content_type"], Template(fields["component"]), Template(fields["reply"]))
    _check(where, template)
    return template


def _check(where: str, template: ReplyTemplate) -> None:
    content_type = template.content_type
    if not content_type.isascii() or not content_type.isprintable() or "/" not in content_type:
        raise WrongUsage(f"{where}: {content_type!r} is no content type", hint=_HINT)
    try:
        template.component.substitute(dict.fromkeys(("component", "url", "name", "checksum", "md5", "bytes"), ""))
        template.reply.substitute(device="", components="")
    except (KeyError, ValueError) as error:
        raise WrongUsage(
            f"{where}: it asks for {error}, which nobody knows ($$ is a dollar sign)", hint=_HINT
        ) from None
