"""Every WSDL of the collection, read in this process and compared with what zeep makes of it."""

from __future__ import annotations

from collections import Counter

import pytest

from adapters.soap.contract import Contract
from adapters.soap.oracle import second_reading
from adapters.soap.wsdl.reader import read_contract
from bridge.errors import ContractError
from tests.adapters.soap.corpus import Corpus, Entry, corpus

pytestmark = pytest.mark.corpus

# Where we read other than zeep on purpose, by the kind of line.
ON_PURPOSE = {
    "fixture-ballerina/invalid_binding_input": "zeep has no port whose soap:binding was forgotten",
    "fixture-gowsdl/stock": "its port names a binding that is not there; the only one is meant",
    "fixture-membrane/fault-message-without-part": "zeep lists a fault that has no detail",
    "fixture-node-soap/registration-common": "zeep drops the operation for its undefined fault message",
    "fixture-node-soap/SendCDATA__cdata_removes_leading_and_trailing_whitespace_by_-soap": "the output is not bound",
    "fixture-node-soap/root": "its port names its binding in a wrong namespace",
    "fixture-phpro-interop/1999short": "zeep knows no XML Schema of 1999",
    "fixture-phpro-interop/union": "zeep replaces unions by anySimpleType",
    "fixture-phpro-interop/list": "zeep replaces lists by anySimpleType",
    "fixture-soap4r/any": "zeep's anyType has no name",
    "fixture-soap4r/overload": "zeep keeps the last of several overloads",
    "lnp-number/NumberManagement": "zeep drops operations for their undefined faults",
    "nav-norway/v2-Binding": "zeep takes the first binding of that local name",
}
# zeep drops operations whose element or type is defined nowhere; here what is not known of them is free XML.
DEFINED_NOWHERE = {
    "data-exchange/data_exchange",
    "euroconsumers/PartnerService.local.third",
    "fixture-ballerina/empty_schema_file",
    "fixture-phpro-interop/1999timeinstant",
    "fixture-phpro-interop/ncnames",
    "fixture-phpro-interop/normalizedString",
    "fixture-phpro-interop/notation",
    "fixture-postman/goodService-common",
}

# Its ports offer different operations in different SOAP versions, and a contract has one version.
MIXED_VERSIONS = {"fixture-membrane/multiple-ports-in-a-service"}
# One of its operations takes an array of two dimensions, which zeep loads and cannot write.
TWO_DIMENSIONS = {"fixture-soap4r/SOAPBuildersInterop_R2"}


class Reading:
    """What became of one row."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.contract: Contract | None = None
        self.reason = ""
        self.zeep: tuple[str, ...] = ()

    @property
    def usable(self) -> int:
        if self.contract is None:
            return 0
        return sum(not operation.problem for operation in self.contract.operations.values())


async def reading(all_of_them: Corpus, entry: Entry) -> Reading:
    read = Reading(entry)
    try:
        docs = await all_of_them.documents(entry)
        read.contract = read_contract(docs, every_port=True)
    except ContractError as error:
        read.reason = error.detail.splitlines()[0]
    else:
        read.zeep = second_reading(docs, read.contract)
    return read


@pytest.fixture(scope="module")
def all_of_them() -> Corpus:
    return corpus()


@pytest.mark.timeout(300)
async def test_the_whole_collection(all_of_them: Corpus) -> None:
    readings = [await reading(all_of_them, entry) for entry in all_of_them.entries]
    usable = [one for one in readings if one.usable]
    counts = Counter(
        read=sum(one.contract is not None for one in readings),
        usable=len(usable),
        operations=sum(one.usable for one in readings),
        left_out=sum(len(one.contract.operations) - one.usable for one in readings if one.contract),
        zeep_agrees=sum(one.contract is not None and not one.zeep for one in readings),
        zeep_cannot_load=sum(any("could not load" in line for line in one.zeep) for one in readings),
    )
    print(dict(counts))
    refused = {one.entry.id for one in readings if one.contract is None and one.entry.complete}
    assert refused == set()
    assert counts["usable"] >= 359
    assert counts["operations"] >= 6500
    assert counts["left_out"] <= 11

    fewer = {one.entry.id for one in readings if one.entry.loads and one.usable < (one.entry.n_ops or 0)}
    assert fewer == MIXED_VERSIONS | TWO_DIMENSIONS
    differing = {
        one.entry.id for one in readings if one.zeep and not any("could not load" in line for line in one.zeep)
    }
    assert differing == ON_PURPOSE.keys() | DEFINED_NOWHERE


async def test_what_is_incomplete_says_what_is_missing(all_of_them: Corpus) -> None:
    for entry in all_of_them.entries:
        if not entry.complete:
            read = await reading(all_of_them, entry)
            assert read.contract is not None or "could not be had" in read.reason, entry.id
