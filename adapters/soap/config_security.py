"""What can be set about WS-Security: what requests carry in their security header, and what answers must prove.

Files are paths, with or without `file:` before them; relative ones are read from the folder of the configuration.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from bridge.settings import DurationS, Secret, Settings


def _without_scheme(value: object) -> object:
    if isinstance(value, str) and value.startswith("env:"):
        raise ValueError("a key, certificate or assertion is a file: write file:/path")
    return value.removeprefix("file:") if isinstance(value, str) else value


FilePath = Annotated[Path, BeforeValidator(_without_scheme)]
# fmt: off
SignatureName = Literal[
    "rsa-sha256", "rsa-sha384", "rsa-sha512", "rsa-sha1", "rsa-pss-sha256", "rsa-pss-sha384", "rsa-pss-sha512",
    "ecdsa-sha256", "ecdsa-sha384", "ecdsa-sha512",
]
DigestName = Literal["sha256", "sha384", "sha512", "sha1"]
CipherName = Literal["aes256-gcm", "aes192-gcm", "aes128-gcm", "aes256-cbc", "aes192-cbc", "aes128-cbc", "3des"]
TransportName = Literal["rsa-oaep", "rsa-oaep-11", "rsa-1_5"]
KeyInfoName = Literal[
    "binary_token", "issuer_serial", "ski", "thumbprint", "certificate", "x509_data", "key_name", "saml", "none",
]
# fmt: on
PARTS = frozenset(("body", "timestamp", "username_token", "saml", "binary_token", "signature"))
PART = r"^(body|timestamp|username_token|saml|binary_token|signature|addressing|\{[^{}]*\}[^{}\s:]+)$"
Part = Annotated[str, Field(pattern=PART)]
PROVABLE = r"^(body|timestamp|username_token|addressing|\{[^{}]*\}[^{}\s:]+)$"
STRONG: tuple[SignatureName, ...] = (
    *("rsa-sha256", "rsa-sha384", "rsa-sha512", "rsa-pss-sha256", "rsa-pss-sha384", "rsa-pss-sha512"),
    *("ecdsa-sha256", "ecdsa-sha384", "ecdsa-sha512"),
)


class UsernameToken(Settings):
    """WS-Security UsernameToken (OASIS Username Token Profile 1.1)."""

    username: str = Field(examples=["shop"], min_length=1)
    """The user name."""
    password: Secret = Field(examples=["env:ERP_PASSWORD"])
    """Where the password is found."""
    digest: bool = Field(default=False, examples=[True])
    """Send a digest with nonce and time of creation in place of the password itself."""
    nonce: bool = Field(default=False, examples=[True])
    """Add a nonce to a password that is sent as text; a digest always has one."""
    created: bool = Field(default=False, examples=[True])
    """Add the time of creation to a password that is sent as text; a digest always has it."""
    timestamp: bool = Field(default=False, examples=[True])
    """Add a wsu:Timestamp that is good for five minutes; the same as `timestamp: true` one level above."""


class TimestampSettings(Settings):
    """The wsu:Timestamp of requests."""

    ttl: DurationS = Field(default=300.0, examples=["5m"], gt=0, le=86_400)
    """How long a request is good for."""


class KeySettings(Settings):
    """A private key with its certificate: PEM files, or one PKCS#12 file."""

    key: FilePath | None = Field(default=None, examples=["file:/etc/bridge/erp.key"])
    """The private key, PEM."""
    cert: FilePath | None = Field(default=None, examples=["file:/etc/bridge/erp.pem"])
    """The certificate that belongs to the key, PEM; absent when it is in the same file."""
    pkcs12: FilePath | None = Field(default=None, examples=["file:/etc/bridge/erp.p12"])
    """Key and certificate in one PKCS#12 file, in place of `key` and `cert`."""
    password: Secret | None = Field(default=None, examples=["env:ERP_KEY_PASSWORD"])
    """What opens the private key or the PKCS#12 file, if it is encrypted."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.key is None) == (self.pkcs12 is None):
            raise ValueError("give exactly one of key or pkcs12")
        if self.pkcs12 and self.cert:
            raise ValueError("a PKCS#12 file holds its certificate; cert belongs to key")
        return self


class SignSettings(KeySettings):
    """The signature of requests."""

    parts: tuple[Part, ...] = Field(
        default=("body", "timestamp"), examples=[["body", "timestamp", "addressing", "{urn:erp}Tenant"]], min_length=1
    )
    """What is signed: body, timestamp, username_token, saml, binary_token (our certificate), addressing (all headers of
    WS-Addressing), or a header by `{namespace}name`. What a request does not have is passed over, the body never."""
    algorithm: SignatureName = Field(default="rsa-sha256", examples=["rsa-sha512"])
    """How it is signed. `rsa-sha1` is broken and only for services that know nothing else."""
    digest: DigestName = Field(default="sha256", examples=["sha512"])
    """How the parts are digested."""
    c14n: Literal["exclusive", "inclusive"] = Field(default="exclusive", examples=["inclusive"])
    """Canonical XML: exclusive, as all profiles want it, or inclusive."""
    key_info: KeyInfoName = Field(default="binary_token", examples=["issuer_serial"])
    """How the key is named: binary_token (the certificate goes along), issuer_serial, ski, thumbprint, certificate
    (within a KeyIdentifier), x509_data (a plain ds:X509Data), key_name (the subject's common name), saml (the
    assertion, which then holds our certificate), or none."""


class EncryptSettings(Settings):
    """The encryption of requests, for the holder of one certificate."""

    cert: FilePath = Field(examples=["file:/etc/bridge/erp-server.pem"])
    """The certificate of the receiver, PEM."""
    parts: tuple[Part, ...] = Field(default=("body",), examples=[["body", "username_token", "signature"]], min_length=1)
    """What is encrypted: the content of the body, username_token, saml, signature, or a header by `{namespace}name`."""
    algorithm: CipherName = Field(default="aes256-gcm", examples=["aes128-cbc"])
    """The cipher. CBC and 3des do not notice changes; they are for services that know no GCM."""
    key_transport: TransportName = Field(default="rsa-oaep", examples=["rsa-1_5"])
    """How the key of the content is wrapped: rsa-oaep (with SHA-1 and MGF1, as all know it), rsa-oaep-11 (with SHA-256)
    or rsa-1_5, which is weak and only for services that know nothing else."""
    key_info: KeyInfoName = Field(default="issuer_serial", examples=["thumbprint"])
    """How the receiver's key is named; as for `sign`."""


class VerifySettings(Settings):
    """What answers must prove. The keys that they bring along are never believed, only these certificates are."""

    cert: FilePath | None = Field(default=None, examples=["file:/etc/bridge/erp-server.pem"])
    """The certificate of the sender, PEM; several in one file while one replaces the other."""
    ca: FilePath | None = Field(default=None, examples=["file:/etc/bridge/erp-ca.pem"])
    """In place of `cert`: authorities, PEM. An answer then brings its certificate, issued by one of them."""
    name: str | None = Field(default=None, examples=["erp.example"], min_length=1)
    """With `ca`: whose certificate it must be, by its common name or a DNS name; without it, anybody's of that `ca`."""
    parts: tuple[Annotated[str, Field(pattern=PROVABLE)], ...] = Field(
        default=("body", "timestamp"), examples=[["body"]], min_length=1
    )
    """What must be signed: body, timestamp, username_token, addressing, or a header by `{namespace}name`. Headers need
    to be signed only where an answer has them."""
    algorithms: tuple[SignatureName, ...] = Field(default=STRONG, examples=[["rsa-sha256", "rsa-sha1"]], min_length=1)
    """Which signatures are believed."""
    digests: tuple[DigestName, ...] = Field(
        default=("sha256", "sha384", "sha512"), examples=[["sha256", "sha1"]], min_length=1
    )
    """Which digests are believed."""
    optional: bool = Field(default=False, examples=[True])
    """Take answers that are not signed at all. One that is must be signed well even so."""
    unsigned_faults: Literal["accept", "refuse"] = Field(default="accept", examples=["refuse"])
    """Whether a fault may come unsigned, as many services send it. It is an error either way; refused, its text and
    its detail are not passed on."""
    unsigned_headers: Literal["drop", "keep"] = Field(default="drop", examples=["keep"])
    """What becomes of header blocks that no signature covers: not read, or read all the same."""
    skew: DurationS = Field(default=300.0, examples=["1m"], ge=0, le=86_400)
    """How far the clock of the sender may be off."""
    max_age: DurationS = Field(default=300.0, examples=["10m"], gt=0, le=604_800)
    """How old an answer may be whose timestamp has no end."""
    confirmation: bool = Field(default=False, examples=[True])
    """The answer must confirm the signature of its request (wsse11:SignatureConfirmation), and sign that: so none can
    be an older answer, or one to somebody else."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.cert is None) == (self.ca is None):
            raise ValueError("give exactly one of cert or ca")
        if self.name is not None and self.ca is None:
            raise ValueError("name says whose certificate of a ca it must be; with cert there is no question")
        if "body" not in self.parts:
            raise ValueError("parts without body: a signature over less than the body proves nothing of the answer")
        return self


class DecryptSettings(KeySettings):
    """The key that opens answers."""

    key_transports: tuple[TransportName, ...] = Field(
        default=("rsa-oaep", "rsa-oaep-11"), examples=[["rsa-oaep", "rsa-1_5"]], min_length=1
    )
    """How the key of the content may be wrapped."""
    algorithms: tuple[CipherName, ...] = Field(
        default=("aes256-gcm", "aes192-gcm", "aes128-gcm", "aes256-cbc", "aes192-cbc", "aes128-cbc"),
        examples=[["aes256-gcm"]],
        min_length=1,
    )
    """Which ciphers are taken."""
    required: bool = Field(default=True, examples=[False])
    """Refuse answers whose body is not encrypted; faults excepted, as `verify` has a say in them."""


class SamlSettings(Settings):
    """Where the SAML assertion of a request comes from; its own signature stays valid."""

    file: FilePath | None = Field(default=None, examples=["file:/run/secrets/assertion.xml"])
    """A file with the assertion; read anew for each request, since assertions are renewed."""
    header: str | None = Field(default=None, examples=["X-Saml-Assertion"], pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
    """A header of the caller, which holds it as XML or in base64. It goes into the envelope and no further; name it in
    `forward_headers` of the upstream too."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.file is None) == (self.header is None):
            raise ValueError("give exactly one of file or header")
        return self


def _true(value: object) -> object:
    return {} if value is True else None if value is False else value


def _file(value: object) -> object:
    return {"file": value} if isinstance(value, str) else value


class SecuritySettings(Settings):
    """WS-Security: of requests, and of answers."""

    username_token: UsernameToken | None = Field(
        default=None, examples=[{"username": "shop", "password": "env:ERP_PASSWORD"}]
    )
    """A user name and a password in the SOAP header."""
    timestamp: Annotated[
        TimestampSettings | None, BeforeValidator(_true, json_schema_input_type=bool | TimestampSettings | None)
    ] = Field(default=None, examples=[True, {"ttl": "5m"}])
    """When the request was made and how long it is good for."""
    sign: SignSettings | None = Field(
        default=None, examples=[{"key": "file:/etc/bridge/erp.key", "cert": "file:/etc/bridge/erp.pem"}]
    )
    """Our signature."""
    encrypt: EncryptSettings | None = Field(default=None, examples=[{"cert": "file:/etc/bridge/erp-server.pem"}])
    """Encryption for the receiver."""
    order: Literal["sign_encrypt", "encrypt_sign"] = Field(default="sign_encrypt", examples=["encrypt_sign"])
    """What comes first when a request is both signed and encrypted."""
    verify: VerifySettings | None = Field(default=None, examples=[{"cert": "file:/etc/bridge/erp-server.pem"}])
    """The signature that answers must have."""
    decrypt: DecryptSettings | None = Field(
        default=None, examples=[{"key": "file:/etc/bridge/erp.key", "cert": "file:/etc/bridge/erp.pem"}]
    )
    """The key for answers that are encrypted for us."""
    saml: Annotated[SamlSettings | None, BeforeValidator(_file, json_schema_input_type=str | SamlSettings | None)] = (
        Field(default=None, examples=["file:/run/secrets/assertion.xml", {"header": "X-Saml-Assertion"}])
    )
    """A SAML assertion (1.1 or 2.0) that is passed on."""
    actor: str | None = Field(default=None, examples=["urn:erp:gateway"], min_length=1)
    """Whom the header is for: `actor` in SOAP 1.1, `role` in 1.2. Without it, for who takes the message at last."""
    must_understand: bool = Field(default=False, examples=[True])
    """Whether the receiver must refuse a request whose security header it does not understand."""

    @field_validator("actor")
    @classmethod
    def _actor(cls, value: str | None) -> str | None:
        if value is not None and not value.isprintable():
            raise ValueError("an actor is an address, in one line")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.sign and self.sign.key_info == "saml" and not self.saml:
            raise ValueError("sign: key_info: saml names an assertion, and none is configured")
        if self.encrypt and self.encrypt.key_info == "saml":
            raise ValueError("encrypt: key_info: saml: an assertion is ours, the key the receiver's")
        if self.verify and self.verify.confirmation and not self.sign:
            raise ValueError("verify: confirmation asks for the signature of the request, and none is configured")
        if self.sign and not (self._there(self.sign.key_info) - {"signature"}) & {*self.sign.parts}:
            raise ValueError("sign: parts: nothing of this is in every request, and a signature covers something")
        first = self.sign.key_info if self.sign and self.order == "sign_encrypt" else None
        # Who wants a part encrypted counts on it, so a name that never means anything is a mistake.
        for part in sorted({*self.encrypt.parts} & PARTS - self._there(first)) if self.encrypt else ():
            raise ValueError(f"encrypt: parts: no request has a {part} when it is encrypted")
        return self

    def _there(self, key_info: str | None) -> set[str]:
        """The parts that every request has, once it is signed with this kind of key information."""
        token = self.username_token
        stamp = self.timestamp is not None or (token is not None and token.timestamp)
        found = {"body": True, "timestamp": stamp, "username_token": token is not None, "saml": self.saml is not None}
        found |= {"binary_token": key_info == "binary_token", "signature": key_info is not None}
        return {name for name, there in found.items() if there}


def with_paths(settings: SecuritySettings, folder: Path) -> SecuritySettings:
    """The same with relative paths read from `folder`."""
    changes: dict[str, object] = {}
    for room in ("sign", "encrypt", "verify", "decrypt", "saml"):
        part: Settings | None = getattr(settings, room)
        if part is not None:
            paths = {name: folder / value for name, value in part if isinstance(value, Path)}
            changes[room] = part.model_copy(update=paths)
    return settings.model_copy(update=changes)
