"""How many hostile inputs there are, by threat, and that none is there twice."""

from __future__ import annotations

from collections import Counter

from tests.hostile import requests_json, requests_values
from tests.hostile.answers import CASES
from tests.hostile.documents import DOCUMENTS
from tests.hostile.forgeries import FORGERIES
from tests.hostile.imports import IMPORTS

LEAST = {
    "T1": 60,
    "T2": 60,
    "T3": 100,
    "T4": 5,
    "T5": 100,
    "T6": 40,
    "T7": 30,
    "T8": 130,
    "T9": 18,
    "T23": 300,
    "T10": 140,
}


def test_there_are_enough_of_each_threat() -> None:
    inputs = [*CASES, *requests_json.cases(), *requests_values.cases()]
    counted = Counter(case.threat for case in inputs)
    counted["T10"] = len(DOCUMENTS) + len(IMPORTS)
    counted.update(one.id.partition("/")[0] for one in FORGERIES)
    print(f"\n{sum(counted.values())} hostile inputs: {dict(counted)}")
    assert {threat: count for threat, count in counted.items() if count < LEAST[threat]} == {}
    assert counted.keys() == LEAST.keys()
    names = [case.id for case in inputs] + [document.id for document in (*DOCUMENTS, *IMPORTS, *FORGERIES)]
    assert len(set(names)) == len(names)
