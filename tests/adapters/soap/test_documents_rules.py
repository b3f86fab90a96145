"""Where references lead, and what may not be followed."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.soap.documents_rules import Place, Rules, Sourcing, entry_place

ENTRY = "https://erp.example/svc/shop?wsdl"


def place(reference: str, *, entry: str = ENTRY, namespace: str = "urn:x", sourcing: Sourcing | None = None) -> Place:
    return Rules(entry, sourcing or Sourcing()).place(entry, None, reference, namespace)


@pytest.mark.parametrize(
    ("reference", "location"),
    [
        ("types.xsd", "https://erp.example/svc/types.xsd"),
        ("../types.xsd", "https://erp.example/types.xsd"),
        ("?xsd=1", "https://erp.example/svc/shop?xsd=1"),
        ("https://erp.example:443/x.xsd#part", "https://erp.example:443/x.xsd"),
        ("xsd\\types.xsd", "https://erp.example/svc/xsd/types.xsd"),
    ],
)
def test_references_of_the_same_origin_are_followed(reference: str, location: str) -> None:
    assert place(reference) == Place(location)


@pytest.mark.parametrize(
    "reference", ["https://evil.example/x.xsd", "https://erp.example:8443/x.xsd", "//evil.example/x"]
)
def test_another_origin_is_refused_with_what_would_allow_it(reference: str) -> None:
    assert "allow_imports: [https://" in place(reference).refusal


def test_a_listed_origin_or_prefix_may_be_imported_from() -> None:
    sourcing = Sourcing(allow_imports=("https://schemas.example/v1/",))
    assert not place("https://schemas.example/v1/x.xsd", sourcing=sourcing).refusal
    assert place("https://schemas.example/v2/x.xsd", sourcing=sourcing).refusal
    assert place("https://schemas.example.evil/v1/x.xsd", sourcing=sourcing).refusal


@pytest.mark.parametrize("reference", ["file:///etc/passwd", "FILE:/etc/passwd"])
def test_no_file_from_the_network(reference: str) -> None:
    assert "may not refer to a local file" in place(reference).refusal


@pytest.mark.parametrize("reference", ["http://[::1", "https://erp.example:port/x"])
def test_a_malformed_address_is_refused(reference: str) -> None:
    assert place(reference).refusal


def test_a_listed_local_copy_wins_over_everything() -> None:
    sourcing = Sourcing(resolve={"https://evil.example/x.xsd": "/copies/x.xsd"})
    assert place("https://evil.example/x.xsd", sourcing=sourcing) == Place(
        "https://evil.example/x.xsd", "/copies/x.xsd"
    )


def test_an_internal_address_is_rewritten() -> None:
    sourcing = Sourcing(rewrite={"http://internal:8080": "https://erp.example"})
    assert place("http://internal:8080/x.xsd", sourcing=sourcing) == Place("https://erp.example/x.xsd")


def test_what_a_tls_proxy_hides_is_fetched_over_tls() -> None:
    assert place("http://erp.example/x.xsd") == Place("https://erp.example/x.xsd")
    assert place("http://erp.example:8080/x.xsd").refusal


def test_well_known_schemas_are_built_in() -> None:
    assert place("http://www.w3.org/2001/xml.xsd").built_in
    assert place("https://elsewhere.example/mine.xsd", namespace="http://www.w3.org/2000/09/xmldsig#").built_in


def test_files_are_relative_to_their_document(tmp_path: Path) -> None:
    (tmp_path / "a b.xsd").write_text("<x/>")
    entry = str(tmp_path / "deep" / "shop.wsdl")
    for reference in ("../a b.xsd", "../a%20b.xsd", "..\\a b.xsd", (tmp_path / "a b.xsd").as_uri()):
        found = str(tmp_path / "a b.xsd")
        assert place(reference, entry=entry) == Place(found, path=found)
    assert place("../gone.xsd", entry=entry).refusal == "there is no such file"


def test_a_local_wsdl_may_not_import_from_just_anywhere(tmp_path: Path) -> None:
    entry = str(tmp_path / "shop.wsdl")
    assert "another origin" in place("http://erp.example/x.xsd", entry=entry).refusal
    allowed = Sourcing(allow_imports=("http://erp.example",))
    assert not place("http://erp.example/x.xsd", entry=entry, sourcing=allowed).refusal


def test_a_local_copy_brings_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "types.xsd").write_text("<x/>")
    rules = Rules(ENTRY, Sourcing())
    beside = str(tmp_path / "types.xsd")
    assert rules.place(ENTRY, str(tmp_path / "copy.wsdl"), "types.xsd", "urn:x") == Place(beside, path=beside)
    assert rules.place(ENTRY, str(tmp_path / "copy.wsdl"), "more.xsd", "urn:x") == Place(
        "https://erp.example/svc/more.xsd"
    )


def test_the_entry_is_a_url_a_path_or_a_listed_copy(tmp_path: Path) -> None:
    path = str(tmp_path / "shop.wsdl")
    assert entry_place(ENTRY, Sourcing()) == Place(ENTRY)
    assert entry_place(path, Sourcing()) == Place(path, path=path)
    assert entry_place((tmp_path / "shop.wsdl").as_uri(), Sourcing()) == Place(path, path=path)
    assert entry_place(ENTRY, Sourcing(resolve={ENTRY: "/copy"})) == Place(ENTRY, path="/copy")
