"""Names and types of files do no harm, whoever chose them."""

from __future__ import annotations

import pytest

from bridge.web.file_names import OCTETS, attachment, bare_name, harmless_type


@pytest.mark.parametrize(
    ("given", "bare"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\a b.txt", "a b.txt"),
        ("a/", ""),
        ("..", ""),
        (".htaccess", "htaccess"),
        ("a\r\nSet-Cookie: x=1", "aSet-Cookie_ x=1"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("nul\x00.txt", "nul.txt"),
        ('a"b;c.txt', "a_b;c.txt"),
        ("name. . ", "name"),
        ("Übergröße.pdf", "Übergröße.pdf"),
        ("x" * 400 + ".tar", "x" * 146 + ".tar"),
        ("\ud800.txt", "txt"),
    ],
)
def test_a_name_is_the_last_step_without_traps(given: str, bare: str) -> None:
    assert bare_name(given) == bare


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("", "attachment"),
        ("..", "attachment"),
        ("a b.pdf", 'attachment; filename="a b.pdf"'),
        ("größe.pdf", "attachment; filename=\"gro_?e.pdf\"; filename*=UTF-8''gr%C3%B6%C3%9Fe.pdf".replace("?", "_")),
        ('a"\r\nX: y.pdf', 'attachment; filename="a_X_ y.pdf"'),
        ("50%.txt", "attachment; filename=\"50_.txt\"; filename*=UTF-8''50%25.txt"),
        ("a'b(c).txt", "attachment; filename=\"a_b(c).txt\"; filename*=UTF-8''a%27b%28c%29.txt"),
    ],
)
def test_a_header_names_an_attachment(name: str, header: str) -> None:
    assert attachment(name) == header


@pytest.mark.parametrize(
    "media_type",
    [
        "text/html",
        "TEXT/HTML; charset=utf-8",
        "image/svg+xml",
        "application/xhtml+xml",
        "text/xml",
        "application/xml",
        "text/javascript",
        "application/javascript",
        "application/x-javascript",
        "application/ecmascript",
        "text/css",
        "application/mathml+xml",
        "text/xsl",
        "multipart/x-mixed-replace; boundary=a",
        "message/rfc822",
        "application/rss+xml",
        "multipart/related",
        "application/x-shockwave-flash",
        "",
        "png",
        "image/",
        "image/png/x",
        "a b/c",
        "text/html\r\nX: y",
        "*/*",
    ],
)
def test_what_a_browser_might_run_is_octets(media_type: str) -> None:
    assert harmless_type(media_type) == OCTETS


@pytest.mark.parametrize(
    ("media_type", "told"),
    [
        ("image/png", "image/png"),
        ("Application/PDF; name=x.pdf", "application/pdf"),
        ("text/plain; charset=ISO-8859-1", "text/plain; charset=ISO-8859-1"),
        ('text/csv; header=present; charset="utf-8"', "text/csv; charset=utf-8"),
        ("text/plain; charset=a b\r\n", "text/plain"),
        (
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        ("application/zip", "application/zip"),
    ],
)
def test_what_does_no_harm_keeps_its_type(media_type: str, told: str) -> None:
    assert harmless_type(media_type) == told


def test_a_type_that_is_wanted_is_kept() -> None:
    assert harmless_type("image/svg+xml; charset=utf-8", ("image/svg+xml",)) == "image/svg+xml"
    assert harmless_type("text/html", ("image/svg+xml",)) == OCTETS
