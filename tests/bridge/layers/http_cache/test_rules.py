"""What a shared cache may do, rule by rule."""

from __future__ import annotations

import email.utils

import pytest

from bridge.layers.http_cache.fields import Fields
from bridge.layers.http_cache.rules import (
    Asking,
    Kept,
    asked_again,
    fields_of_304,
    freshened,
    invalidates,
    keep,
    lifetime_s,
    may_keep,
    may_replace_error,
    not_modified,
    shown_fields,
    suits,
    use,
    youngest,
)

NOW = 1_800_000_000.0
DATE = email.utils.formatdate(NOW, usegmt=True)
OLD = email.utils.formatdate(NOW - 1000, usegmt=True)


def fields(**given: str) -> Fields:
    return tuple((name.replace("_", "-"), value) for name, value in {"date": DATE, **given}.items())


def get(**given: str) -> Asking:
    return Asking("GET", "/a", tuple((name.replace("_", "-"), value) for name, value in given.items()))


def kept(asking: Asking | None = None, status: int = 200, **given: str) -> Kept:
    return keep(asking or get(), status, fields(**given), b"x", asked=0.0, mono=0.0, wall=NOW)


@pytest.mark.parametrize(
    ("asking", "status", "given", "keeps"),
    [
        (get(), 200, {"cache_control": "max-age=9"}, True),
        (get(), 200, {}, False),
        (get(), 200, {"etag": '"a"'}, True),
        (get(), 200, {"last_modified": OLD}, True),
        (get(cookie="a=1"), 200, {"last_modified": OLD}, False),
        (get(), 200, {"last_modified": OLD, "set_cookie": "a=1"}, False),
        (get(cookie="a=1"), 200, {"cache_control": "max-age=9"}, True),
        (get(), 201, {"last_modified": OLD}, False),
        (get(), 201, {"cache_control": "max-age=9"}, True),
        (get(), 200, {"cache_control": "no-store, max-age=9"}, False),
        (get(), 200, {"cache_control": "private, max-age=9"}, False),
        (get(), 200, {"cache_control": "no-store", "cdn_cache_control": "max-age=9"}, True),
        (get(), 200, {"cache_control": "max-age=9", "cdn_cache_control": "private, max-age=9"}, False),
        (get(cache_control="no-store"), 200, {"cache_control": "max-age=9"}, False),
        (get(range="bytes=0-1"), 200, {"cache_control": "max-age=9"}, False),
        (get(), 206, {"cache_control": "max-age=9"}, False),
        (get(), 200, {"cache_control": "max-age=9", "vary": "a, *"}, False),
        (get(authorization="x"), 200, {"cache_control": "max-age=9"}, False),
        (get(authorization="x"), 200, {"cache_control": "public, max-age=9"}, True),
        (get(authorization="x"), 200, {"cache_control": "s-maxage=9"}, True),
        (get(), 599, {"cache_control": "max-age=9, must-understand, no-store"}, False),
        (get(), 404, {"cache_control": "max-age=9, must-understand, no-store"}, True),
        (Asking("POST", "/a", ()), 200, {"cache_control": "max-age=9"}, False),
    ],
)
def test_what_may_be_kept(asking: Asking, status: int, given: dict[str, str], keeps: bool) -> None:
    assert may_keep(asking, status, fields(**given)) is keeps


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ({"cache_control": "s-maxage=1, max-age=9"}, 1.0),
        ({"cache_control": "max-age=9", "expires": DATE}, 9.0),
        ({"expires": email.utils.formatdate(NOW + 30, usegmt=True)}, 30.0),
        ({"expires": "0"}, 0.0),
        ({"cdn_cache_control": "max-age=5", "cache_control": "max-age=9"}, 5.0),
        ({"cdn_cache_control": "no-store", "expires": email.utils.formatdate(NOW + 30, usegmt=True)}, 0.0),
        ({"last_modified": OLD}, 100.0),
        ({"last_modified": email.utils.formatdate(NOW - 1e8, usegmt=True)}, 86_400.0),
        ({}, 0.0),
    ],
)
def test_how_long_it_is_fresh(given: dict[str, str], seconds: float) -> None:
    assert lifetime_s(200, fields(**given)) == seconds


def test_the_age_counts_what_others_told_the_way_here_and_the_time_since() -> None:
    entry = keep(get(), 200, fields(cache_control="max-age=100", age="5"), b"", asked=10.0, mono=12.0, wall=NOW)
    assert entry.age_s(15.0) == 10.0
    assert entry.left_s(15.0) == 90.0
    late = keep(get(), 200, fields(cache_control="max-age=100"), b"", asked=10.0, mono=12.0, wall=NOW + 50)
    assert late.age_s(12.0) == 50.0


@pytest.mark.parametrize(
    ("entry", "asking", "at", "what"),
    [
        (None, get(), 0.0, "miss"),
        (None, get(cache_control="only-if-cached"), 0.0, "refuse"),
        (kept(cache_control="max-age=10"), get(), 9.0, "hit"),
        (kept(cache_control="max-age=10"), get(), 10.0, "miss"),
        (kept(cache_control="max-age=10", etag='"a"'), get(), 10.0, "validate"),
        (kept(cache_control="max-age=10"), get(cache_control="no-cache"), 0.0, "miss"),
        (kept(cache_control="max-age=10"), get(pragma="no-cache"), 0.0, "miss"),
        (kept(cache_control="max-age=10, no-cache", etag='"a"'), get(), 0.0, "validate"),
        (kept(cache_control="max-age=10"), get(cache_control="max-age=3"), 4.0, "miss"),
        (kept(cache_control="max-age=10"), get(cache_control="min-fresh=3"), 8.0, "miss"),
        (kept(cache_control="max-age=10"), get(cache_control="max-stale"), 900.0, "hit"),
        (kept(cache_control="max-age=10"), get(cache_control="max-stale=5"), 14.0, "hit"),
        (kept(cache_control="max-age=10"), get(cache_control="max-stale=5"), 15.0, "miss"),
        (kept(cache_control="max-age=10, must-revalidate"), get(cache_control="max-stale"), 11.0, "miss"),
        (kept(cache_control="max-age=10, stale-while-revalidate=5"), get(), 14.0, "stale-while-revalidate"),
        (kept(cache_control="s-maxage=10, stale-while-revalidate=5"), get(), 14.0, "miss"),
        (kept(cache_control="max-age=10"), get(cache_control="only-if-cached"), 11.0, "refuse"),
    ],
)
def test_what_is_done_with_what_is_kept(entry: Kept | None, asking: Asking, at: float, what: str) -> None:
    assert use(entry, asking, at) == what


@pytest.mark.parametrize(
    ("control", "at", "may"),
    [
        ("max-age=1", 50.0, True),
        ("max-age=1", 99.0, False),
        ("max-age=1, stale-if-error=500", 99.0, True),
        ("max-age=1, stale-if-error=0", 2.0, False),
        ("max-age=1, must-revalidate", 2.0, False),
        ("s-maxage=1", 2.0, False),
    ],
)
def test_what_may_stand_in_for_an_error(control: str, at: float, may: bool) -> None:
    assert may_replace_error(kept(cache_control=control), get(), at, stale_s=60.0) is may


def test_variants_are_told_apart_and_the_youngest_suits() -> None:
    english, german = get(accept_language="en, de"), get(accept_language="de")
    one = kept(english, vary="Accept-Language")
    assert suits(one, get(accept_language="en ,de"))
    assert not suits(one, german)
    assert not suits(one, get())
    younger = keep(english, 200, fields(vary="Accept-Language"), b"y", asked=0.0, mono=5.0, wall=NOW)
    assert youngest([one, younger], english) is younger
    assert youngest([one], german) is None


@pytest.mark.parametrize(
    ("asking", "same"),
    [
        (get(if_none_match='"a"'), True),
        (get(if_none_match='W/"a", "b"'), True),
        (get(if_none_match="*"), True),
        (get(if_none_match='"b"'), False),
        (get(if_none_match='"b"', if_modified_since=DATE), False),
        (get(if_modified_since=DATE), True),
        (get(if_modified_since=OLD), True),
        (get(if_modified_since=email.utils.formatdate(NOW - 2000, usegmt=True)), False),
        (get(if_modified_since="yesterday"), False),
        (get(), False),
    ],
)
def test_a_client_may_have_it_already(asking: Asking, same: bool) -> None:
    assert not_modified(kept(etag='"a"', last_modified=OLD), asking) is same


def test_our_conditions_stand_in_place_of_the_clients() -> None:
    entry = kept(etag='"a"', last_modified=OLD)
    asking = asked_again(get(if_none_match='"z"', accept="x"), entry)
    assert asking.fields == (("accept", "x"), ("If-None-Match", '"a"'), ("If-Modified-Since", OLD))


def test_a_304_renews_what_does_not_describe_the_bytes() -> None:
    entry = kept(cache_control="max-age=1", etag='"a"', x_test="1", content_encoding="gzip")
    told = fields(cache_control="max-age=50", x_test="2", content_encoding="br", etag='"b"')
    again = freshened(entry, get(), told, asked=9.0, mono=10.0, wall=NOW)
    assert dict(again.fields)["x-test"] == "2"
    assert (dict(again.fields)["content-encoding"], again.etag, again.body) == ("gzip", '"a"', b"x")
    assert again.left_s(10.0) == 49.0


def test_an_answer_shows_its_age_and_a_304_no_content() -> None:
    entry = kept(cache_control="max-age=9", content_type="text/plain", etag='"a"', age="1")
    assert dict(shown_fields(entry, 4.0))["Age"] == "5"
    assert "content-type" not in dict(fields_of_304(entry.fields))
    assert "etag" in dict(fields_of_304(entry.fields))


@pytest.mark.parametrize(
    ("method", "status", "gone"),
    [("POST", 200, True), ("M-SEARCH", 302, True), ("PUT", 500, False), ("GET", 200, False)],
)
def test_a_write_that_went_well_makes_it_old(method: str, status: int, gone: bool) -> None:
    assert invalidates(Asking(method, "/a", ()), status) is gone
