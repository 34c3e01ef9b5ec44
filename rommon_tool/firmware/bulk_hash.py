"""Cisco's Bulk Hash file: the digests of every published file, in a tar that Cisco signs.

The one rule: no line of the list is read before its signature, and the chain up to the two pinned certificates, are proved.
Nothing is unpacked to disk.
"""

import csv
import io
import os
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from hashlib import sha512
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Literal

from rommon_tool.errors import AnchorUnusable
from rommon_tool.firmware.pins import Pin
from tftp.errors import TftpServerError
from tftp.private_copy import Content

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer as Buffer
    from cryptography.x509 import Certificate

_HINT = "get BulkHashFile.tar again from Cisco's Bulk Hash File Download Center; it needs no account"
_LARGEST_BYTES = 1 << 31
_LARGEST_SMALL_BYTES = 1 << 16  # a signature, a certificate
_MOST_MEMBERS = 64
# SHA-256 of the DER form, of the root and of the CA below it.
_FINGERPRINTS = {
    "cisco-root-ca-m2.pem": "cd85167b3935e27bcc3b0f5fa24c8457882d0bb994f88269a7f72829d957eae9",
    "innerspace-subca-rsa.pem": "605970df1ae3f85cb740c27efe386b5f8fa49b1d91a510eb2056e5f4c16c6fdb",
}


@dataclass(frozen=True, slots=True)
class Authorities:
    """The two certificates that must stand behind the list's own: a root, and a CA that it issued."""

    root: "Certificate"
    issuer: "Certificate"


@cache
def cisco_authorities() -> Authorities:
    """Cisco Root CA M2 and Innerspace SubCA RSA. Raises AnchorUnusable if the shipped files are not they."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.x509 import load_pem_x509_certificate

    found = []
    for name, fingerprint in _FINGERPRINTS.items():
        data = resources.files(__package__).joinpath("data", "certificates", name).read_bytes()
        certificate = load_pem_x509_certificate(data)
        if certificate.fingerprint(SHA256()).hex() != fingerprint:
            raise AnchorUnusable(f"the shipped certificate {name} is not Cisco's", hint="install this tool again")
        found.append(certificate)
    return Authorities(*found)


@dataclass(frozen=True, slots=True)
class BulkHash:
    """A list whose signature was proved. `content` is a copy that nobody can change any more."""

    source: str
    content: Content
    list_name: str

    def listed(self, name: str, sha512: str) -> Iterable[Pin]:
        """The entries that bear this file name or this digest; the whole list is read for it."""
        found = []
        with _member(self.content, self.list_name) as inner, _open_tar(inner) as tar:
            member = next((it for it in tar if it.isfile() and it.name.lower().endswith(".csv")), None)
            file = tar.extractfile(member) if member is not None else None
            if file is None:
                raise _unusable(self.source, "its list holds no .csv")
            with io.TextIOWrapper(file, "utf-8", errors="replace", newline="") as text:
                for row_name, digest in _rows(text, self.source):
                    if row_name == name or digest == sha512:
                        found.append(Pin(digest, row_name))
        return found


def bulk_hash(path: Path, authorities: Authorities | None = None, now: datetime | None = None) -> BulkHash:
    """Open the file that Cisco publishes and prove its signature. Raises AnchorUnusable."""
    content = _copied(path)
    with _open_tar(_reading(content), "r:") as tar:
        names = _names(tar, str(path))
        signature = _small(tar, names.signature)
        certificate = _certificate(_small(tar, names.certificate), str(path))
    _check_chain(certificate, authorities or cisco_authorities(), now or datetime.now(tz=UTC), str(path))
    with _member(content, names.list) as inner:
        _check_signature(inner, signature, certificate, str(path))
    return BulkHash(f"the Bulk Hash file {path.name}", content, names.list)


# ---- the tar


@dataclass(frozen=True, slots=True)
class _Names:
    list: str
    signature: str
    certificate: str


def _copied(path: Path) -> Content:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise _unusable(str(path), f"it has more than {_LARGEST_BYTES} bytes")
        if not path.is_file():
            raise _unusable(str(path), "it is no regular file")
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise _unusable(str(path), error.strerror or str(error)) from error
    try:
        return Content.of_file(descriptor, str(path))
    except TftpServerError as error:
        raise _unusable(str(path), str(error)) from error
    finally:
        os.close(descriptor)


class _Bytes(io.RawIOBase):
    """A file's interface to bytes in memory, without a copy of them."""

    def __init__(self, view: memoryview) -> None:
        self._view = view
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: len(self._view)}[whence]
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, buffer: "Buffer") -> int:
        target = memoryview(buffer)
        data = self._view[self._position : self._position + len(target)]
        target[: len(data)] = data
        self._position += len(data)
        return len(data)


def _reading(content: Content) -> IO[bytes]:
    return io.BufferedReader(_Bytes(content.view))


@contextmanager
def _open_tar(file: IO[bytes], mode: Literal["r:", "r:*"] = "r:*") -> Iterator[tarfile.TarFile]:
    """`r:` for what is not proved yet: it may be no compressed one, which a few bytes could make endless."""
    try:
        with tarfile.open(fileobj=file, mode=mode) as tar:
            yield tar
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise _unusable("the Bulk Hash file", str(error)) from error


@contextmanager
def _member(content: Content, name: str) -> Iterator[IO[bytes]]:
    with _open_tar(_reading(content), "r:") as tar:
        file = tar.extractfile(name)
        if file is None:
            raise _unusable("the Bulk Hash file", f"{name} is no file")
        with file:
            yield file


def _names(tar: tarfile.TarFile, shown_as: str) -> _Names:
    """Which member is what. A name that leads out of the folder is refused, though nothing is unpacked."""
    names = []
    for number, member in enumerate(tar):
        if number >= _MOST_MEMBERS:
            raise _unusable(shown_as, f"it holds more than {_MOST_MEMBERS} files")
        path = PurePosixPath(member.name)
        if path.is_absolute() or ".." in path.parts or not (member.isfile() or member.isdir()):
            raise _unusable(shown_as, f"it holds {member.name!r}, which such a file never does")
        names.append(member.name)
    signatures = [name for name in names if name.endswith(".signature") and name.removesuffix(".signature") in names]
    certificates = [name for name in names if name.lower().endswith((".cer", ".pem", ".crt"))]
    if len(signatures) != 1 or len(certificates) != 1:
        raise _unusable(shown_as, f"it should hold one list with its signature and one certificate: {names[:8]}")
    return _Names(signatures[0].removesuffix(".signature"), signatures[0], certificates[0])


def _small(tar: tarfile.TarFile, name: str) -> bytes:
    file = tar.extractfile(name)
    data = file.read(_LARGEST_SMALL_BYTES + 1) if file is not None else b""
    if not 0 < len(data) <= _LARGEST_SMALL_BYTES:
        raise _unusable("the Bulk Hash file", f"{name} has {len(data)} bytes")
    return data


def _rows(text: Iterable[str], shown_as: str) -> Iterator[tuple[str, str]]:
    """File names and SHA-512 digests, by the list's own header row."""
    reader = csv.reader(text)
    try:
        header = [title.strip().lower() for title in next(reader, [])]
        name = next(place for place, title in enumerate(header) if "file" in title and "name" in title)
        digest = next(
            place for place, title in enumerate(header) if "sha512" in title.replace("-", "").replace(" ", "")
        )
    except StopIteration as error:
        raise _unusable(shown_as, f"its header row is {header[:8]}") from error
    try:
        for row in reader:
            if len(row) > max(name, digest):
                yield row[name].strip().rpartition("/")[2], row[digest].strip().lower()
    except csv.Error as error:
        raise _unusable(shown_as, str(error)) from error


# ---- the signature


def _certificate(data: bytes, shown_as: str) -> "Certificate":
    from cryptography.x509 import load_der_x509_certificate, load_pem_x509_certificate

    try:
        return load_pem_x509_certificate(data) if b"-----BEGIN" in data else load_der_x509_certificate(data)
    except ValueError as error:
        raise _unusable(shown_as, "its certificate can't be read") from error


def _check_chain(certificate: "Certificate", authorities: Authorities, now: datetime, shown_as: str) -> None:
    """Root, CA, certificate: each issued by the one before, each valid today, each allowed to do what it does."""
    from cryptography.exceptions import InvalidSignature

    try:
        authorities.issuer.verify_directly_issued_by(authorities.root)
        certificate.verify_directly_issued_by(authorities.issuer)
    except (InvalidSignature, ValueError, TypeError) as error:
        issuer = certificate.issuer.rfc4514_string()
        raise _unusable(shown_as, f"its certificate, issued by {issuer}, does not chain to Cisco's") from error
    for each in (authorities.root, authorities.issuer, certificate):
        if not each.not_valid_before_utc <= now <= each.not_valid_after_utc:
            raise _unusable(
                shown_as, f"{each.subject.rfc4514_string()} is valid until {each.not_valid_after_utc:%Y-%m-%d}"
            )
    _check_roles(certificate, authorities, shown_as)


def _check_roles(certificate: "Certificate", authorities: Authorities, shown_as: str) -> None:
    from cryptography.x509 import BasicConstraints, Certificate, ExtensionNotFound, KeyUsage

    def is_authority(it: Certificate) -> bool:
        return it.extensions.get_extension_for_class(BasicConstraints).value.ca

    def usage(it: Certificate) -> KeyUsage:
        return it.extensions.get_extension_for_class(KeyUsage).value

    try:
        both = (authorities.root, authorities.issuer)
        issue = all(is_authority(it) and usage(it).key_cert_sign for it in both)
        signs = usage(certificate).digital_signature
    except (ExtensionNotFound, ValueError) as error:
        raise _unusable(shown_as, f"a certificate does not say what it is for: {error}") from error
    try:
        ends = not is_authority(certificate)
    except ExtensionNotFound:
        ends = True
    if not (issue and signs and ends):
        raise _unusable(shown_as, "its certificate is not one to sign files with")


def _check_signature(file: IO[bytes], signature: bytes, certificate: "Certificate", shown_as: str) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
    from cryptography.hazmat.primitives.hashes import SHA512

    public = certificate.public_key()
    if not isinstance(public, RSAPublicKey) or public.key_size < 2048:
        raise _unusable(shown_as, "its certificate holds no RSA key of 2048 bits or more")
    digest = sha512()
    while chunk := file.read(1 << 18):
        digest.update(chunk)
    try:
        public.verify(signature, digest.digest(), PKCS1v15(), Prehashed(SHA512()))
    except (InvalidSignature, ValueError) as error:
        raise _unusable(shown_as, "the signature of its list does not fit") from error


def _unusable(what: str, seen: str) -> AnchorUnusable:
    return AnchorUnusable(f"{what} can't be trusted", seen=seen, hint=_HINT)
