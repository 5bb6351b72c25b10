"""The built page: ``index.html`` and its hashed assets, read once into memory and served with the right caching.

Files whose names hold a hash (all of ``assets/``) are cached for ever; the index is asked for again each time, so that
a new build shows at once. Only what was found in the folder at reading is ever served: a path from outside is a key
into a dict and never touches the disk.
"""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lineside.runtime.routes import HTML, NotFound, Response

CONTENT_SECURITY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Only what this server itself sent runs or is shown; nothing inline, nothing framed."""

SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Server": "lineside",
}

# The page has about ten files; a folder with more is not our build.
_FILES_MAX = 500

_NOT_BUILT = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>lineside</title></head>
<body><h1>The console is not built</h1>
<p>The server runs and its HTTP API answers; only the page is missing.
Run <code>make install</code> and load this page again.</p></body></html>
"""


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    content_type: str
    etag: str
    cache: str


class PageFiles:
    """The files of the built page below ``folder``; None or a folder that is not there means: not built."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._files: dict[str, _File] = {}

    def answer(self, path: str, headers: Mapping[str, str]) -> Response:
        """The file at a decoded path; ``/`` is the index.

        Raises:
            NotFound: the page has no such file.
        """
        if not self._files:
            self._files = _read_folder(self._folder)
        name = path.lstrip("/") or "index.html"
        found = self._files.get(name)
        if found is None and name == "index.html":
            return Response(503, _NOT_BUILT.encode(), HTML, {"Cache-Control": "no-store", "Retry-After": "60"})
        if found is None:
            raise NotFound(f"nothing is at {path[:200]}")
        answer_headers = {"Cache-Control": found.cache, "ETag": found.etag}
        if headers.get("if-none-match") == found.etag:
            return Response(304, b"", found.content_type, answer_headers)
        return Response(200, found.body, found.content_type, answer_headers)


def _read_folder(folder: Path | None) -> dict[str, _File]:
    if folder is None or not (folder / "index.html").is_file():
        return {}
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): _read_file(folder, path) for path in paths[:_FILES_MAX]}


def _read_file(folder: Path, path: Path) -> _File:
    body = path.read_bytes()
    guessed = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    is_text = guessed.startswith("text/") or guessed in ("application/javascript", "application/json", "image/svg+xml")
    is_hashed = path.relative_to(folder).parts[0] == "assets"
    return _File(
        body,
        f"{guessed}; charset=utf-8" if is_text else guessed,
        f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        "public, max-age=31536000, immutable" if is_hashed else "no-cache",
    )
