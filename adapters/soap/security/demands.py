"""What the policy of a WSDL asks for, beside what is configured: told by `check`, proposed by `import`. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.soap.config import SoapSettings
from adapters.soap.config_security import SecuritySettings
from adapters.soap.contract import SecurityDemand

_NOTHING = SecuritySettings()
_DIGEST = "digest"


def unmet(demand: SecurityDemand | None, settings: SoapSettings, address: str) -> tuple[str, ...]:
    """A line about what is asked for and not configured, and one about what cannot be. `address`: where calls go."""
    if demand is None:
        return ()
    lacking = "; ".join(_lacking(demand, settings, address))
    lines = (f"the policy of the WSDL asks for what is not configured: {lacking}",) if lacking else ()
    unknown = ", ".join(demand.unknown)
    return (*lines, f"the policy of the WSDL asks for what is not supported: {unknown}") if unknown else lines


def _lacking(demand: SecurityDemand, settings: SoapSettings, address: str) -> Iterator[str]:
    yield from _of_transport(demand, settings, address)
    security = settings.security or _NOTHING
    token = security.username_token
    if demand.username_token and token is None:
        yield "a user name and a password (security.username_token)"
    elif token is not None and demand.username_token == _DIGEST and not token.digest:
        yield "the password as a digest (security.username_token.digest)"
    if demand.timestamp and not (security.timestamp or (token and token.timestamp)):
        yield "a timestamp (security.timestamp)"
    if demand.saml and not security.saml:
        yield f"a SAML {demand.saml} assertion (security.saml)"
    if demand.binding == "symmetric":
        return  # its keys are derived, so no certificate of ours would help
    if demand.signed and not security.sign:
        yield "a signature (security.sign)"
    elif security.sign and (missing := sorted(set(demand.signed) - set(security.sign.parts))):
        yield f"a signature that covers {', '.join(missing)} (security.sign.parts)"
    if demand.encrypted and not security.encrypt:
        yield "encryption (security.encrypt)"
    elif security.encrypt and (missing := sorted(set(demand.encrypted) - set(security.encrypt.parts))):
        yield f"encryption of {', '.join(missing)} (security.encrypt.parts)"
    if demand.encrypted_back and not security.decrypt:
        yield "a key for its answers, which are encrypted (security.decrypt)"
    if demand.signed_back and not security.verify:
        yield "somebody to check the signature of its answers (security.verify)"


def _of_transport(demand: SecurityDemand, settings: SoapSettings, address: str) -> Iterator[str]:
    if demand.https and address.lower().startswith("http:"):
        yield "HTTPS"
    if demand.client_certificate and settings.tls is None:
        yield "a client certificate (tls)"
    if demand.http_auth and settings.auth is None:
        yield f"HTTP authentication, {demand.http_auth} (auth)"


# ── the proposal ─────────────────────────────────────────────────────────────────────────────────────────────────

_SIZES = {"Basic256": "256", "Basic192": "192", "Basic128": "128"}


def proposal(demand: SecurityDemand | None, name: str) -> list[str]:
    """Lines of YAML for the `soap:` block of an upstream, with file names and variables to be put right."""
    if demand is None:
        return []
    secret = f"env:{name.upper().replace('-', '_')}_PASSWORD"
    lines = [f'auth: {{{demand.http_auth}: {{username: "...", password: "{secret}"}}}}'] if demand.http_auth else []
    if demand.client_certificate:
        lines.append(f'tls: {{cert: "/etc/bridge/{name}-client.pem", key: "/etc/bridge/{name}-client.key"}}')
    inside = [*_tokens(demand, secret), *([] if demand.binding == "symmetric" else _protection(demand, name))]
    lines += [f"# not supported, so left out: {', '.join(demand.unknown)}"] if demand.unknown else []
    return [*lines, *(["security:", *(f"  {line}" for line in inside)] if inside else [])]


def _tokens(demand: SecurityDemand, secret: str) -> Iterator[str]:
    if demand.username_token:
        flags = {"digest": demand.username_token == _DIGEST, "nonce": demand.nonce, "created": demand.created}
        said = "".join(f", {flag}: true" for flag, on in flags.items() if on)
        yield f'username_token: {{username: "...", password: "{secret}"{said}}}'
    if demand.timestamp:
        yield "timestamp: true"
    if demand.saml:
        yield f'saml: "file:/run/secrets/assertion.xml"  # a SAML {demand.saml} assertion; or {{header: ...}}'


def _protection(demand: SecurityDemand, name: str) -> Iterator[str]:
    mine = f'key: "file:/etc/bridge/{name}.key", cert: "file:/etc/bridge/{name}.pem"'
    theirs = f'cert: "file:/etc/bridge/{name}-server.pem"'
    old = _is_old(demand.suite)
    if demand.signed:
        more = (", algorithm: rsa-sha1, digest: sha1" if old else "") + (
            f", key_info: {demand.key_info}" if demand.key_info else ""
        )
        if demand.suite and not old:
            yield "# by the letter of the policy algorithm: rsa-sha1; most services mean rsa-sha256"
        yield f"sign: {{{mine}, parts: {_list(demand.signed)}{more}}}"
    if demand.encrypted:
        named = demand.receiver_key_info or "issuer_serial"
        parts, transport = _list(demand.encrypted), "rsa-1_5" if demand.suite.endswith("Rsa15") else "rsa-oaep"
        more = f", algorithm: {_cipher(demand.suite)}, key_transport: {transport}, key_info: {named}"
        yield f"encrypt: {{{theirs}, parts: {parts}{more}}}"
    if demand.encrypt_first and demand.signed and demand.encrypted:
        yield "order: encrypt_sign"
    if demand.signed_back and demand.binding == "asymmetric":
        more = ", confirmation: true" if demand.confirmation and demand.signed else ""
        more += ", algorithms: [rsa-sha1], digests: [sha1]" if old else ""
        yield f"verify: {{{theirs}, parts: {_list(('body', *demand.signed_back))}{more}}}"
    if demand.encrypted_back:
        more = f", algorithms: [{_cipher(demand.suite)}]"
        more += ", key_transports: [rsa-1_5]" if demand.suite.endswith("Rsa15") else ""
        yield f"decrypt: {{{mine}{more}}}"


def _is_old(suite: str) -> bool:
    """Whether a suite means SHA-1, for signatures and for digests."""
    return bool(suite) and "Sha256" not in suite and "GCM" not in suite


def _cipher(suite: str) -> str:
    if suite.startswith("TripleDes"):
        return "3des"
    size = next((bits for begin, bits in _SIZES.items() if suite.startswith(begin)), "256")
    return f"aes{size}-{'cbc' if suite and 'GCM' not in suite else 'gcm'}"


def _list(parts: tuple[str, ...]) -> str:
    return "[" + ", ".join(f'"{part}"' if part.startswith("{") else part for part in dict.fromkeys(parts)) + "]"
