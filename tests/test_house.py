"""The rules of the house hold here, and each rule is seen to turn red on a planted violation.

`house/planted.txt`: `=== rule: what it says`, then `--- file` and its lines. `house/allowed.txt`: what no rule minds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.house.rules import RULES, sizes
from tests.house.tree import House

Rule = Callable[[House], list[str]]
Files = dict[str, str]

REPOSITORY = Path(__file__).parents[1]
CASES = Path(__file__).parent / "house"
DOCSTRING = '"""What it is."""\n'
BY_NAME = {rule.__name__: rule for rule in RULES}


def planted(name: str) -> Iterator[tuple[str, str, Files]]:
    for case in re.split(r"^=== ", (CASES / name).read_text("utf-8"), flags=re.MULTILINE)[1:]:
        head, *files = re.split(r"^--- ", case, flags=re.MULTILINE)
        rule, _, says = head.strip().partition(": ")
        first = "" if rule == "docstrings" else DOCSTRING
        yield rule, says, {path: first + text for path, _, text in (file.partition("\n") for file in files)}


def build(root: Path, files: Files) -> House:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return House(root)


every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)


@every_rule
def test_the_house_is_in_order(rule: Rule) -> None:
    violations = rule(House(REPOSITORY))
    if violations:
        pytest.fail("\n".join(violations), pytrace=False)


@pytest.mark.parametrize(("rule", "says", "files"), list(planted("planted.txt")))
def test_a_planted_violation_is_seen(tmp_path: Path, rule: str, says: str, files: Files) -> None:
    violations = BY_NAME[rule](build(tmp_path, files))
    assert any(says in violation for violation in violations), violations


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("\n" * 401, "401 lines, 400 at the very most"),
        ("def long():\n" + "    print()\n" * 60, "long has 61 lines, 60 at the very most"),
    ],
)
@pytest.mark.parametrize("file", ["bridge/web/a.py", "adapters/soap/a.py", "tests/a.py"])
def test_what_is_too_long_is_seen(tmp_path: Path, file: str, text: str, says: str) -> None:
    assert says in "".join(sizes(build(tmp_path, {file: text})))


@every_rule
def test_what_is_allowed_is_not_complained_of(tmp_path: Path, rule: Rule) -> None:
    [(_, _, files)] = planted("allowed.txt")
    assert rule(build(tmp_path, files)) == []


def test_every_rule_has_a_planted_violation() -> None:
    assert {rule for rule, _, _ in planted("planted.txt")} | {"sizes"} == BY_NAME.keys()


def test_every_source_is_read() -> None:
    assert {"bridge.clock", "adapters.soap.contract"} <= House(REPOSITORY).sources.keys()
