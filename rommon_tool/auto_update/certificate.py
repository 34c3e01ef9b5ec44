"""The server's certificate: one that was given, or a self-signed one that is made once and kept.

It is kept because a device that verifies must have it imported: a new one at every start would lock the device out.
"""

import os
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from rommon_tool.errors import WrongUsage

_DAYS = 5 * 365
_LEFT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Certificate:
    """Two PEM files, the certificate's chain and its key."""

    chain: Path
    key: Path
    fingerprint: str
    is_own: bool


def given(chain: Path, key: Path) -> Certificate:
    """A certificate of somebody's own. Raises `WrongUsage` unless both files can be read and belong together."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(chain, key, password=_no_passphrase)
        return Certificate(chain, key, _fingerprint(_read(chain)), is_own=False)
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
        message = f"the certificate {chain} can't be used with the key {key}"
        raise WrongUsage(
            message, seen=reason, hint="give two PEM files that belong together; the key unencrypted"
        ) from error


def _no_passphrase() -> str:
    raise ValueError("the key has a passphrase")


def self_signed(folder: Path, host: str) -> Certificate:
    """The self-signed certificate for this address or name in `folder`; made anew if there is none, or it ends soon."""
    stem = host.replace(":", "_")
    chain, key = folder / f"{stem}.cert.pem", folder / f"{stem}.key.pem"
    if not (chain.exists() and key.exists() and _is_good(chain)):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make(chain, key, host)
    return Certificate(chain, key, _fingerprint(_read(chain)), is_own=True)


def _is_good(chain: Path) -> bool:
    try:
        return _read(chain).not_valid_after_utc > datetime.now(tz=UTC) + _LEFT
    except ValueError:
        return False


def _read(chain: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificates(chain.read_bytes())[0]


def _fingerprint(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def _make(chain: Path, key: Path, host: str) -> None:
    # RSA, for devices whose software knows no other keys.
    secret = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    certificate = _certificate(secret, host)
    _write(
        key,
        secret.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    )
    _write(chain, certificate.public_bytes(serialization.Encoding.PEM))


def _certificate(secret: rsa.RSAPrivateKey, host: str) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:64])])
    now = datetime.now(tz=UTC)
    builder = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # a firewall's clock may be behind
        .not_valid_after(now + timedelta(days=_DAYS))
        .add_extension(x509.SubjectAlternativeName([_alternative(host)]), critical=False)
        # A device imports it as its own issuer.
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(secret.public_key()), critical=False)
    )
    return builder.sign(secret, hashes.SHA256())


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _write(path: Path, content: bytes) -> None:
    """Write a file of one's own, whole or not at all."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    part.replace(path)
