"""The device's Auto Update client on the network: one post by HTTP or HTTPS, and what a reply offers.

The format of neither message is public, and nobody may take this for it: what is posted names the message and nothing else,
and a reply is read by the three facts that are documented, wherever its author wrote them: a component's name, a URL and a
checksum of 128 bits.
"""

import base64
import http.client
import re
import ssl
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

CONNECT_SECONDS = 5.0
LARGEST_REPLY_BYTES = 1 << 20
DEVICE_DETAILS = b'<?xml version="1.0"?>\n<DeviceDetails/>\n'
COMPONENTS = ("image", "asdm", "config")
URL = re.compile(r"https?://\S+")
CHECKSUM = re.compile(r"0x[0-9a-fA-F]{32}")


@dataclass(frozen=True, slots=True)
class Offered:
    """A component as a reply names it."""

    component: str
    url: str
    checksum: str


class NoContactError(Exception):
    """The server was not reached, or did not answer as one should; its text is the reason."""


def poll(url: str, *, trusted: str | None) -> list[Offered]:
    """Post to the server and read its reply. `trusted` holds CA certificates (PEM); None: any certificate will do."""
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"Content-Type": "text/xml"}
    if parts.username:
        token = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(token).decode()}"
    connection = _connection(parts.scheme, parts.hostname or "", parts.port, trusted)
    try:
        connection.request("POST", path, DEVICE_DETAILS, headers)
        response = connection.getresponse()
        reply = response.read(LARGEST_REPLY_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise NoContactError(getattr(error, "reason", None) or type(error).__name__) from error
    finally:
        connection.close()
    if response.status != 200:
        raise NoContactError(f"HTTP {response.status}")
    return offered(reply)


def _connection(scheme: str, host: str, port: int | None, trusted: str | None) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=CONNECT_SECONDS)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if trusted is None:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    elif trusted:
        context.load_verify_locations(cadata=trusted)
    return http.client.HTTPSConnection(host, port, timeout=CONNECT_SECONDS, context=context)


def offered(reply: bytes) -> list[Offered]:
    """What a reply offers, in its order; nothing if there is none of the three facts together in one element."""
    try:
        root = ElementTree.fromstring(reply.strip())  # noqa: S314 - a simulated device, and the tester's own server
    except ElementTree.ParseError:
        return []
    found = [_component(element) for element in root.iter()]
    return list(dict.fromkeys(one for one in found if one is not None))  # an element around an only one counts as well


def _component(element: ElementTree.Element) -> Offered | None:
    words = [word.strip() for part in (element, *element) for word in (part.text or "", *part.attrib.values())]
    names = [word for word in words if word in COMPONENTS]
    urls = [word for word in words if URL.fullmatch(word)]
    checksums = [word for word in words if CHECKSUM.fullmatch(word)]
    if len(names) == len(urls) == len(checksums) == 1:
        return Offered(names[0], urls[0], checksums[0].lower())
    return None
