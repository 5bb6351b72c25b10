"""The certificate of the web server."""

from __future__ import annotations

import ssl
from pathlib import Path

from lineside.errors import ConfigError


def server_context(cert: Path, key: Path) -> ssl.SSLContext:
    """A server's TLS settings with a certificate chain and its key, both PEM; TLS 1.2 and newer.

    Raises:
        ConfigError: names the file that cannot be used.
    """
    for name, path in (("web.cert", cert), ("web.key", key)):
        if not path.is_file():
            raise ConfigError(f"{path} is not a file; a PEM file is wanted", name)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(cert, key)
    except (ssl.SSLError, OSError) as error:
        raise ConfigError(f"{cert} and {key} do not make a certificate with its key: {error}", "web.cert") from error
    return context
