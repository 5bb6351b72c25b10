"""The slots seed's database as one SQLAlchemy URL, with the password where pages and logs know to mask it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from lineside.runtime.step import Secret

DRIVER = "ODBC Driver 18 for SQL Server"
"""The one whose package the sinks' page names."""

_SCHEMES = {"mssql": "mssql+pyodbc", "postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}
"""Databases named without a Python driver → with the one that lineside's extras install."""

_HOST = re.compile(r"[A-Za-z0-9._\\-]{1,255}")
_NAME = re.compile(r"[\w.$ -]{1,128}")
_SECRET_WORDS = re.compile(r"pass|pwd|secret|token", re.IGNORECASE)
_ODBC_KEYS = {
    "server": "server",
    "address": "server",
    "addr": "server",
    "datasource": "server",
    "database": "name",
    "initialcatalog": "name",
    "uid": "user",
    "user": "user",
    "userid": "user",
    "pwd": "password",
    "password": "password",
    "driver": "driver",
    "port": "port",
    "trustservercertificate": "trust",
    "encrypt": "encrypt",
    "trustedconnection": "windows_login",
    "integratedsecurity": "windows_login",
}


def parts_of_connection(text: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """An ODBC or ADO connection string as the parts that `url_of_parts` takes, and the keys that are none of them.

    Raises:
        ValueError: it is no list of ``KEY=value;``; the text is not repeated.
    """
    parts: dict[str, str] = {}
    others: list[str] = []
    for match in re.finditer(r"\s*([^=;{}]+?)\s*=\s*(?:\{((?:[^}]|\}\})*)\}|([^;]*?))\s*(?:;|$)|([^;\s][^;]*)", text):
        name, braced, plain, junk = match.groups()
        if junk is not None:
            raise ValueError('wanted a connection string like "SERVER=…;DATABASE=…;UID=…;PWD=…"')
        field = _ODBC_KEYS.get(re.sub(r"[^a-z]", "", name.lower()))
        if field is None:
            others.append(name)
        else:
            parts[field] = braced.replace("}}", "}") if braced is not None else plain
    return parts, tuple(others)


def url_of_parts(parts: Mapping[str, str]) -> Secret:
    """The URL of an MS SQL database.

    Args:
        parts: server (``host``, ``host,port``, ``host:port``, ``host\\instance``), name, and where given port, user,
            password, driver, trust, encrypt, windows_login.

    Raises:
        ValueError: a part is missing, or is not what it should be; no part is repeated.
    """
    missing = [word for field, word in (("server", "server"), ("name", "database name")) if not parts.get(field)]
    if missing:
        raise ValueError(f"no {' and no '.join(missing)} in the files")
    host, port = _host_and_port(parts["server"].removeprefix("tcp:"), parts.get("port", ""))
    if not _NAME.fullmatch(parts["name"]):
        raise ValueError("the database's name has characters that a URL does not take")
    query = {"driver": driver_of(parts.get("driver", ""))}
    for field, key in (("trust", "TrustServerCertificate"), ("encrypt", "Encrypt")):
        if parts.get(field):
            query[key] = _yes_or_word(parts[field])
    login = ""
    if parts.get("user"):
        login = quote(parts["user"], safe="")
        login += ":" + quote(parts["password"], safe="") if parts.get("password") else ""
        login += "@"
    elif _yes_or_word(parts.get("windows_login", "")) == "yes":
        query["Trusted_Connection"] = "yes"
    return Secret(f"mssql+pyodbc://{login}{host}{port}/{parts['name'].replace(' ', '%20')}?{urlencode(query)}")


def url_of_text(text: str) -> Secret:
    """A URL of the seed as the sinks take it.

    Raises:
        ValueError: it is no SQLAlchemy URL, or holds a password where it would not be masked; it is not repeated.
    """
    scheme, parted, rest = text.partition("://")
    if not parted or not re.fullmatch(r"[a-z][a-z0-9]*(\+[a-z0-9]+)?", scheme):
        raise ValueError('wanted a SQLAlchemy URL like "mssql+pyodbc://user:password@host/database?driver=…"')
    try:
        query = parse_qsl(urlsplit(text).query)
    except ValueError:
        raise ValueError("wanted a SQLAlchemy URL; this one cannot be taken apart") from None
    for name, value in query:
        if name.lower() == "odbc_connect":
            parts, _others = parts_of_connection(value)
            return url_of_parts(parts)
        if _SECRET_WORDS.search(name):
            raise ValueError("the password stands in the query part, where it would be shown; put it before the host")
    return Secret(f"{_SCHEMES.get(scheme, scheme)}://{rest}")


def driver_of(text: str) -> str:
    """A driver of Microsoft's package, or `DRIVER`: "SQL Server" and the native client exist on Windows alone."""
    name = text.strip("{} ")
    return name if re.fullmatch(r"ODBC Driver \d+ for SQL Server", name) else DRIVER


def _host_and_port(server: str, port: str) -> tuple[str, str]:
    found = re.fullmatch(r"([^,:]*)(?:[,:]\s*(\d+))?", server.strip())
    if found is None or not _HOST.fullmatch(found.group(1)):
        raise ValueError('wanted a server like "10.0.0.5", "10.0.0.5,1433" or "host\\instance"')
    number = found.group(2) or port.strip()
    if number and not (number.isascii() and number.isdigit() and 1 <= int(number[:6]) <= 65_535):
        raise ValueError("wanted a database port from 1 to 65535")
    return found.group(1), f":{number}" if number else ""


def _yes_or_word(text: str) -> str:
    word = text.strip().lower()
    return {"true": "yes", "1": "yes", "sspi": "yes", "false": "no", "0": "no"}.get(word, word)
