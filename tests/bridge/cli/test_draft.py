"""`import`: what is drafted passes `check` and serves as the WSDL alone would; so do all the guesses together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bridge.cli.draft_guess import Guess, guesses
from bridge.cli.draft_text import MARK, comment, key, quoted
from bridge.config.check import read_config
from bridge.contracts import Description, Operation
from bridge.shapes.model import Described, Field, Kind, ListOf, Record, Scalar
from tests.adapters.soap.corpus import corpus
from tests.bridge.cli.running import WSDL, Line

# Documents of different styles: wrapped, bare, rpc, many operations, odd names, no inputs.
CORPUS = [
    "cdyne/phone_verify",
    "cdyne/baseline-weather-document-literal",
    "esendex/SendService",
    "bcbsm/Multipart",
    "bmc-remedy/glpi_creacion",
    "nav-norway/vedtaksbrev-Binding",
    "travelport/SharedBooking",
    "clearbooks/clearbooks",
    "dwservice/DWServiceCombined",
    "afip-argentina/wsfe-production",
    "fixture-zeep/wsdl_files-soap",
]


def drafted(line: Line, folder: Path, *words: object) -> Path:
    file = folder / "bridge.yaml"
    done = line("import", "--wsdl", WSDL, "-o", file, *words)
    assert (done.exit_code, done.stdout) == (0, "")
    assert f"{file} is written" in done.stderr
    return file


def taken(file: Path) -> Path:
    """The same with every guess taken."""
    sure = file.with_name("sure.yaml")
    sure.write_text(file.read_text().replace(MARK, ""))
    return sure


def listed(line: Line, *words: object) -> set[tuple[str, str, str]]:
    rows = json.loads(line("routes", *words, "--json").stdout)
    return {(row["method"], row["path"], row["operation"]) for row in rows}


def test_it_serves_as_the_wsdl_alone(line: Line, tmp_path: Path) -> None:
    file = drafted(line, tmp_path)
    assert line("check", file).exit_code == 0
    assert listed(line, file) == listed(line, "--wsdl", WSDL)
    assert line("openapi", file).stdout == line("openapi", "--wsdl", WSDL).stdout
    settings = read_config(file)[0].upstreams["shop"].operations.values()
    assert not any(one.safe or one.idempotent or one.cache or one.route for one in settings)


def test_with_every_guess_taken(line: Line, tmp_path: Path) -> None:
    sure = taken(drafted(line, tmp_path))
    assert line("check", sure).exit_code == 0
    assert {
        ("GET", "/v1/shop/orders", "ListOrders"),
        ("POST", "/v1/shop/orders", "CreateOrder"),
        ("GET", "/v1/shop/orders/{orderId}", "GetOrder"),
        ("DELETE", "/v1/shop/orders/{orderId}", "CancelOrder"),
        ("GET", "/v1/shop/customers/{customerId}", "GetCustomer"),
        ("GET", "/v1/shop/stock/{sku}", "GetStock"),
        ("POST", "/v1/shop/pay-order", "PayOrder"),
    } == listed(line, sure)
    safe = {name for name, one in read_config(sure)[0].upstreams["shop"].operations.items() if one.safe}
    assert safe == {"GetOrder", "ListOrders", "GetCustomer", "GetStock"}


def test_it_tells_what_there_is(line: Line, tmp_path: Path) -> None:
    text = drafted(line, tmp_path).read_text()
    for said in ("# One order by its number.", "OrderExists: 409", "OrderNotFound: 404", "/v1/shop", "POST /get-order"):
        assert said in text


def test_on_stdout_and_by_another_name(line: Line) -> None:
    done = line("import", "--wsdl", WSDL, "--name", "erp")
    assert done.exit_code == 0
    assert "\n  erp:\n" in done.stdout
    assert line("import", "--wsdl", WSDL, "--name", "My Shop").exit_code == 2


def test_nothing_is_overwritten(line: Line, tmp_path: Path) -> None:
    file = drafted(line, tmp_path)
    file.write_text("mine")
    done = line("import", "--wsdl", WSDL, "-o", file)
    assert (done.exit_code, file.read_text()) == (2, "mine")
    assert "--force" in done.stderr
    assert line("import", "--wsdl", WSDL, "-o", file, "--force").exit_code == 0
    assert "upstreams:" in file.read_text()


def test_nothing_to_draft(line: Line, tmp_path: Path) -> None:
    nothing = WSDL.read_text().replace('name="parameters" element=', 'name="parameters" was=')
    (tmp_path / "shop.wsdl").write_text(nothing)
    done = line("import", "--wsdl", tmp_path / "shop.wsdl", "-o", tmp_path / "bridge.yaml")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "GetOrder: the part parameters names neither an element nor a type" in done.stderr
    assert not (tmp_path / "bridge.yaml").exists()


def test_what_the_command_line_said_is_in_it(line: Line, tmp_path: Path) -> None:
    file = drafted(
        line,
        tmp_path,
        *("--endpoint", "https://erp.example/shop", "--service", "ShopService"),
        *("--resolve", f"http://gone.example/a.xsd={tmp_path / 'a.xsd'}"),
    )
    soap = read_config(file)[0].upstreams["shop"].soap
    assert soap is not None
    assert (soap.endpoint, soap.service) == ("https://erp.example/shop", "ShopService")
    assert Path(soap.wsdl).resolve() == WSDL
    assert soap.resolve == {"http://gone.example/a.xsd": str(tmp_path / "a.xsd")}


def test_what_a_wsdl_says_stays_in_its_line(line: Line, tmp_path: Path) -> None:
    evil = "nice\n      Evil: {safe: true}\n&#x2028;# guess: x"
    text = WSDL.read_text().replace("One order by its number.", evil).replace("in service since 2006.", f"{evil}\"'}}")
    (tmp_path / "shop.wsdl").write_text(text)
    done = line("import", "--wsdl", tmp_path / "shop.wsdl", "-o", tmp_path / "bridge.yaml")
    assert done.exit_code == 0
    operations = read_config(tmp_path / "bridge.yaml")[0].upstreams["shop"].operations
    assert len(operations) == 7
    assert not any(one.safe for one in operations.values())


@pytest.mark.corpus
@pytest.mark.parametrize("name", CORPUS)
def test_drafts_of_the_collection(line: Line, tmp_path: Path, name: str) -> None:
    all_of_them = corpus()
    entry = all_of_them.named(name)
    resolve = [f"{url}={path}" for url, path in all_of_them.sourcing(entry).resolve.items()]
    words = [word for pair in resolve for word in ("--resolve", pair)]
    file = tmp_path / "bridge.yaml"
    done = line("import", "--wsdl", f"it={entry.path}", "-o", file, *words)
    assert done.exit_code == 0, done.stderr
    assert line("check", file).exit_code == 0
    assert listed(line, file) == listed(line, "--wsdl", f"it={entry.path}", *words)
    sure = line("check", taken(file))
    assert sure.exit_code == 0, sure.stdout


# ── guesses ──────────────────────────────────────────────────────────────────────────────────────────────────────


class Told:
    """An upstream as far as guessing asks it."""

    def __init__(self, **inputs: str) -> None:
        """Operation → its fields: `id` a required text, `id?` an optional one, `id*` a required record."""
        self.name, self.title, self.doc, self.warnings = "it", "It", "", ()
        self.operations = {name: Operation("it", name) for name in inputs}
        self.inputs = {name: _described(fields.split()) for name, fields in inputs.items()}

    def describe(self, operation: str) -> Description:
        return Description(self.inputs[operation], Described(None))


def _described(fields: list[str]) -> Described:
    deep = ListOf(Record((Field("x", Scalar(Kind.STRING)),)))
    return Described(
        Record(
            tuple(
                Field(name.strip("?*"), deep if "*" in name else Scalar(Kind.STRING), required="?" not in name)
                for name in fields
            )
        )
    )


@pytest.mark.parametrize(
    ("name", "fields", "guess"),
    [
        ("GetOrder", "orderId", Guess("GET /orders/{orderId}", safe=True)),
        ("GetOrderById", "id", Guess("GET /orders/{id}", safe=True)),
        ("getCompany", "no lang?", Guess("GET /companies/{no}", safe=True)),
        ("GetWeather", "city country", Guess("GET /weather", safe=True)),
        ("ListBoxes", "", Guess("GET /boxes", safe=True)),
        ("FindCustomers", "name", Guess("GET /customers", safe=True)),
        ("SearchOrders", "filter*", Guess(safe=True)),
        ("Get", "id", Guess(safe=True)),
        ("CreateOrder", "order*", Guess("POST /orders")),
        ("UpdateOrder", "orderId order*", Guess("PUT /orders/{orderId}")),
        ("UpdateOrder", "order*", Guess()),
        ("DeleteOrder", "orderId", Guess("DELETE /orders/{orderId}")),
        ("CancelOrder", "orderId reason*", Guess()),
        ("Getaway", "id", Guess()),
        ("PayOrder", "orderId", Guess()),
        ("", "", Guess()),
    ],
)
def test_guesses(name: str, fields: str, guess: Guess) -> None:
    assert guesses(Told(**{name: fields}))[name] == guess


def test_no_two_guesses_want_one_address() -> None:
    made = guesses(
        Told(GetOrder="orderId", DescribeOrder="orderId", DeleteOrder="id", CreateOrder="x", AddOrder="x", Orders="")
    )
    assert made["GetOrder"].route == "GET /orders/{orderId}"
    assert made["DescribeOrder"] == Guess(safe=True)
    assert made["DeleteOrder"] == Guess()  # its parameter has another name
    assert (made["CreateOrder"], made["AddOrder"]) == (Guess(), Guess())  # POST /orders is the default of Orders


# ── the text ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "written"),
    [("GetOrder", "GetOrder"), ("no", '"no"'), ("Get.Order", '"Get.Order"'), ("1", '"1"'), ("", '""'), ("ü", '"ü"')],
)
def test_keys(name: str, written: str) -> None:
    assert key(name) == written


def test_texts() -> None:
    assert quoted('a"b\\c\n\u2028\x85') == '"a\\"b\\\\c\\n\\U00002028\\U00000085"'
    assert comment(" a\n b\u2028c\x00 ") == "a b c"
    assert len(comment("x" * 1000)) == 200
