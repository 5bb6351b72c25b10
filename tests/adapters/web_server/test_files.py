"""The built page."""

from __future__ import annotations

from pathlib import Path

import pytest

from lineside.adapters.web_server.files import CONTENT_SECURITY, PageFiles
from lineside.runtime.routes import NotFound


@pytest.fixture
def page(tmp_path: Path) -> Path:
    folder = tmp_path / "page"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>lineside</title>")
    (folder / "assets" / "index-4f2a.js").write_text("console.log(1)")
    (folder / "icon.svg").write_text("<svg/>")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


def test_index_is_asked_for_again_each_time(page: Path) -> None:
    answer = PageFiles(page).answer("/", {})
    assert (answer.status, answer.content_type) == (200, "text/html; charset=utf-8")
    assert answer.headers["Cache-Control"] == "no-cache"
    again = PageFiles(page).answer("/index.html", {"if-none-match": answer.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")


def test_hashed_assets_are_kept_for_ever(page: Path) -> None:
    answer = PageFiles(page).answer("/assets/index-4f2a.js", {})
    assert answer.body == b"console.log(1)"
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.content_type.startswith(("text/javascript", "application/javascript"))
    assert "immutable" not in PageFiles(page).answer("/icon.svg", {}).headers["Cache-Control"]


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/assets/../../secret.txt", "/assets", "/assets/", "/x", "//etc/passwd"]
)
def test_nothing_outside_of_the_build_is_ever_served(page: Path, path: str) -> None:
    with pytest.raises(NotFound):
        PageFiles(page).answer(path, {})


def test_page_that_is_not_built_says_how_to_get_it_and_appears_once_it_is_built(tmp_path: Path) -> None:
    files = PageFiles(tmp_path / "page")
    answer = files.answer("/", {})
    assert answer.status == 503
    assert b"make install" in answer.body
    assert PageFiles(None).answer("/", {}).status == 503
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "index.html").write_text("built")
    assert files.answer("/", {}).body == b"built"


def test_content_security_allows_nothing_inline_and_no_frame() -> None:
    assert "unsafe" not in CONTENT_SECURITY
    assert "frame-ancestors 'none'" in CONTENT_SECURITY
    assert "default-src 'none'" in CONTENT_SECURITY
