"""Keys and certificates for a server that protects its messages, and for us."""

from __future__ import annotations

from pathlib import Path

import trustme


class Keys:
    """A key with its certificate for the server and one for us, each trusted by the other."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.server, self.client = folder / "server", folder / "client"
        for name in (self.server, self.client):
            made = authority.issue_cert(f"{name.name}.example", key_type=trustme.KeyType.RSA)
            made.private_key_pem.write_to_path(f"{name}.key")
            made.cert_chain_pems[0].write_to_path(f"{name}.pem")

    def of(self, name: Path) -> tuple[Path, Path]:
        return name.with_suffix(".key"), name.with_suffix(".pem")
