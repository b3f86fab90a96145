"""The collection of real WSDLs: every schema in it is read, quickly, and as an independent reader reads it."""

from __future__ import annotations

import random

import pytest

from bridge.formats.xml.layout import ComplexType, Layout
from bridge.formats.xml.xsd import read_schemas
from tests.bridge.formats.xml.xsd.collection import Documents, manifest
from tests.bridge.formats.xml.xsd.judge import difference, judge
from tests.cpu import spent, too_much

pytestmark = pytest.mark.corpus

CPU_S_MAX, LARGE_CPU_S_MAX = 60.0, 1.5
LARGE = ("netsuite/netsuite", "virtualbox/vboxweb", "e-conomic/economic")
SAMPLE, TYPES_SAMPLE, SEED = 40, 60, 20


def _read(documents: Documents) -> Layout:
    return read_schemas(documents.schemas(), documents.resolve)


@pytest.mark.timeout(300)
def test_every_wsdl_is_read(capsys: pytest.CaptureFixture[str]):
    rows, layouts, cpu_s = manifest(), {}, {}
    for row in rows:
        with spent() as cost:
            layouts[row["id"]] = _read(Documents(row))
        cpu_s[row["id"]] = cost.own_s
    broken = {name: layout.problems for name, layout in layouts.items() if layout.problems}
    # An array of several dimensions is refused, and clearly.
    assert ["several dimensions" in one for one in broken.pop("fixture-soap4r/SOAPBuildersInterop_R2").values()] == [
        True
    ]
    with capsys.disabled():
        types = sum(len(layout.types) for layout in layouts.values())
        elements = sum(len(layout.elements) for layout in layouts.values())
        problems = sum(map(len, broken.values()))
        print(f"\n{len(rows)} WSDLs: {types} types, {elements} elements, {problems} problems in {len(broken)}")
        print(f"{sum(cpu_s.values()):.1f} s of CPU in all; the most: {max(cpu_s, key=cpu_s.__getitem__)}")
    assert not too_much(sum(cpu_s.values()), CPU_S_MAX)
    assert {name for name in LARGE if too_much(cpu_s[name], LARGE_CPU_S_MAX)} == set()
    # What a common SOAP library loads, and has all its documents, must be free of problems.
    complete = {row["id"] for row in rows if row["loads"] and not row["remote_unresolved"] + row["missing_relative"]}
    assert {name: broken[name] for name in broken.keys() & complete} == {}


@pytest.mark.timeout(300)
def test_a_sample_is_read_as_another_library_reads_it(capsys: pytest.CaptureFixture[str]):
    chance = random.Random(SEED)
    judged, compared, differences = 0, 0, list[str]()
    for row in chance.sample(manifest(), SAMPLE):
        documents = Documents(row)
        layout, theirs = _read(documents), judge(documents)
        if theirs is None or layout.problems:
            continue
        keys = sorted(key for key in layout.types.keys() & theirs.maps.types.keys() if "XMLSchema}" not in key)
        chosen = chance.sample(keys, min(TYPES_SAMPLE, len(keys)))
        judged, compared = judged + 1, compared + len(chosen)
        differences += [f"{row['id']}: {found}" for key in chosen if (found := difference(layout, theirs, key))]
    with capsys.disabled():
        print(f"\n{compared} types of {judged} WSDLs compared: {len(differences)} differences")
    assert differences == []
    assert judged > SAMPLE // 2
    assert compared > SAMPLE


def test_what_is_read_is_more_than_names():
    row = next(row for row in manifest() if row["id"] == "netsuite/netsuite")
    layout = _read(Documents(row))
    complex_types = [one for one in layout.types.values() if isinstance(one, ComplexType)]
    assert len(complex_types) > 1_000
    assert len(layout.derived) > 5
    assert not layout.problems
