"""T6 and T7: answers that claim to be something else: other types, other elements, other envelopes, other addresses."""

from __future__ import annotations

from tests.complaints.legacy import SOAP, SOAP12, envelope, fault
from tests.hostile.case import GOOD, Case, answered, inside, kept

_NAME = "<t:Name>n</t:Name>"


def _types() -> list[Case]:
    def pet(attributes: str, content: str = _NAME) -> bytes:
        return inside(f"<t:Pet {attributes}>{content}</t:Pet>")

    plain = '{"pet":{"@type":"animal","name":"n"},"@any":[]}'
    # A type that is no relative is not taken: what is there is read as what the schema says, and counted.
    cases = [
        kept(f"T6/type-{name}", pet(f'xsi:type="{value}"'), plain)
        for name, value in {
            "unknown": "t:Nobody",
            "unrelated": "t:Secret",
            "built-in": "xs:string",
            "any": "xs:anyType",
            "abstract": "t:Ghost",
            "other-namespace": "xs:Cat",
            "empty": "",
            "blanks": "  ",
            "path": "../../x",
            "class": "java.lang.Runtime",
            "clark": "{urn:old}Secret",
            "long": "t:" + "x" * 5_000,
        }.items()
    ]
    return [
        *cases,
        kept(
            "T6/type-derived",
            pet('xsi:type="t:Cat"', f"{_NAME}<t:Lives>9</t:Lives>"),
            '{"pet":{"@type":"cat","name":"n","lives":9},"@any":[]}',
        ),
        Case("T6/type-derived-with-wrong-content", pet('xsi:type="t:Cat"', "<t:Lives>nine</t:Lives>")),
        kept("T6/type-of-another-instance-namespace", pet('xmlns:i="urn:i" i:type="t:Cat"'), None),
        kept("T6/type-on-a-leaf", inside('<t:Text xsi:type="t:Secret">x</t:Text>'), None),
        kept(
            "T6/type-on-the-wrapper",
            envelope(GOOD.replace("<t:GetResponse>", '<t:GetResponse xsi:type="t:Secret">')).encode(),
            None,
        ),
        kept(
            "T6/types-many",
            lambda: inside("<t:Text>ok</t:Text>" + '<o:a xmlns:o="urn:o" xsi:type="t:Cat"/>' * 60_000),
            None,
        ),
        kept(
            "T6/types-many-with-namespaces",
            lambda: inside(
                "<t:Text>ok</t:Text><o:a xmlns:o='urn:o' "
                + " ".join(f'xmlns:p{n}="u{n}"' for n in range(240))
                + ">"
                + '<o:b xsi:type="p200:Cat"/>' * 20_000
                + "</o:a>"
            ),
            None,
        ),
    ]


def _nils() -> list[Case]:
    return [
        kept("T6/nil-where-none-may-be", inside('<t:Int xsi:nil="true"/>'), '{"int":null,"@any":[]}'),
        kept("T6/nil-with-content", inside('<t:Text xsi:nil="true">hidden</t:Text>'), '{"text":null,"@any":[]}'),
        kept("T6/nil-perhaps", inside('<t:Text xsi:nil="maybe">x</t:Text>'), '{"text":"x","@any":[]}'),
        kept("T6/nil-of-another-namespace", inside('<t:Text xmlns:i="urn:i" i:nil="true">x</t:Text>'), None),
        kept("T6/nil-on-the-wrapper", envelope('<t:GetResponse xsi:nil="true"/>').encode(), None),
    ]


def _substitutes() -> list[Case]:
    return [
        kept("T6/substitute", inside(f"<t:CatHead>{_NAME}<t:Lives>1</t:Lives></t:CatHead>"), None),
        kept("T6/substitute-nobody", inside(f"<t:DogHead>{_NAME}</t:DogHead>"), None),
        kept("T6/substitute-of-another-namespace", inside(f'<o:Head xmlns:o="urn:o">{_NAME}</o:Head>'), None),
        kept("T6/scalar-twice", inside("<t:Int>1</t:Int><t:Int>2</t:Int>"), None),
        kept("T6/attribute-unknown", inside('<t:Pet evil="1"/>'), None),
        Case("T6/elements-in-a-number", inside("<t:Int><a>1</a></t:Int>"), 200, ""),
        kept("T6/comment-in-a-value", answered("1<!-- -->000"), '{"text":"1000","@any":[]}'),
        Case("T6/number-that-is-none", inside("<t:Int>1 OR 1=1</t:Int>")),
        Case("T6/boolean-that-is-none", inside("<t:Boolean>yes</t:Boolean>")),
        Case("T6/date-that-is-none", inside("<t:Date>2020-13-40</t:Date>")),
        Case("T6/base64-that-is-none", inside("<t:Base64Binary>****</t:Base64Binary>")),
        Case("T6/hex-that-is-none", inside("<t:HexBinary>0g</t:HexBinary>")),
    ]


def _envelopes() -> list[Case]:
    both = fault("e:Client", "no")
    other = "urn:schemas-other:envelope"
    return [
        Case("T6/no-envelope", GOOD.replace(">", ' xmlns:t="urn:old">', 1).encode()),
        Case("T6/no-body", f'<e:Envelope xmlns:e="{SOAP}"><e:Header/></e:Envelope>'.encode()),
        Case("T6/envelope-of-another-namespace", envelope(GOOD).replace(SOAP, other).encode()),
        Case("T6/envelope-in-an-envelope", envelope(envelope(GOOD)).encode()),
        Case("T6/envelope-in-the-wrong-case", envelope(GOOD).replace("Envelope", "envelope").encode()),
        Case("T6/body-of-another-namespace", envelope(GOOD).replace("e:Body", "t:Body").encode()),
        Case("T6/empty-body", envelope("").encode(), 502),
        Case("T6/answer-to-something-else", envelope("<t:OtherResponse/>").encode()),
        Case("T6/the-request-echoed", envelope("<t:Get/>").encode()),
        Case("T6/answer-and-fault", envelope(GOOD + both).encode(), 422, "fault"),
        Case("T6/fault-and-answer", envelope(both + GOOD).encode(), 422, "fault"),
        kept("T6/fault-of-another-namespace", inside('<t:Text>ok</t:Text><f:Fault xmlns:f="urn:f"/>'), None),
        Case("T6/fault-alone-of-another-namespace", envelope('<f:Fault xmlns:f="urn:f"/>').encode()),
        Case("T6/fault-empty", envelope("<e:Fault/>").encode(), 502, "upstream_fault"),
        Case(
            "T6/fault-code-of-1-MB",
            lambda: envelope(fault("e:" + "x" * 1_000_000, "no")).encode(),
            502,
            "upstream_fault",
        ),
        Case("T6/fault-text-of-5-MB", lambda: envelope(fault("e:Client", "x" * 5_000_000)).encode(), 422, "fault"),
        Case(
            "T6/fault-subcodes-deep",
            lambda: envelope(
                "<e:Fault><e:Code><e:Value>e:Sender</e:Value>"
                + "<e:Subcode><e:Value>e:x</e:Value>" * 80
                + "</e:Subcode>" * 80
                + "</e:Code></e:Fault>",
                space=SOAP12,
            ).encode(),
            422,
            "fault",
        ),
        kept("T6/two-answers", envelope(GOOD + GOOD).encode(), None),
        kept(
            "T6/header-after-body", envelope(GOOD).replace("</e:Body>", "</e:Body><e:Header><t:x/></e:Header>").encode()
        ),
        kept("T6/two-bodies", envelope(GOOD).replace("</e:Body>", "</e:Body><e:Body><t:x/></e:Body>").encode(), None),
    ]


_ADDRESSING = (
    "<w:{0} xmlns:w='{1}'><w:Address>@HTTP@/stolen</w:Address></w:{0}>",
    "<w:{0} xmlns:w='{1}'>@HTTP@/stolen</w:{0}>",
)
_NEXT = "http://schemas.xmlsoap.org/soap/actor/next"
_WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_SPACES = {"2005": "http://www.w3.org/2005/08/addressing", "2004": "http://schemas.xmlsoap.org/ws/2004/08/addressing"}


def _addresses() -> list[Case]:
    cases = []
    for year, space in _SPACES.items():
        for number, name in enumerate(("ReplyTo", "FaultTo", "To", "Action", "From")):
            header = _ADDRESSING[number > 1].format(name, space)
            cases.append(kept(f"T7/{name}-{year}", envelope(GOOD, header).encode()))
    for status in (301, 302, 303, 307, 308):
        cases.append(Case(f"T7/redirect-{status}", answered("ok"), http=status, headers={"Location": "@HTTP@/stolen"}))
    return [
        *cases,
        Case("T7/must-understand", envelope(GOOD, '<t:x e:mustUnderstand="1"/>').encode()),
        Case("T7/must-understand-true", envelope(GOOD, '<t:x e:mustUnderstand="true"/>').encode()),
        Case(
            "T7/must-understand-security",
            envelope(GOOD, f'<w:Security xmlns:w="{_WSSE}" e:mustUnderstand="1"/>').encode(),
        ),
        Case("T7/must-understand-next", envelope(GOOD, f'<t:x e:mustUnderstand="1" e:actor="{_NEXT}"/>').encode()),
        Case("T7/must-understand-12", envelope(GOOD, '<t:x e:mustUnderstand="1"/>', SOAP12).encode()),
        kept(
            "T7/must-understand-for-another", envelope(GOOD, '<t:x e:mustUnderstand="1" e:actor="urn:other"/>').encode()
        ),
        kept("T7/must-understand-of-nobody", envelope(GOOD, '<t:x mustUnderstand="1"/>').encode()),
        Case(
            "T7/must-understand-many",
            lambda: envelope(GOOD, '<t:x e:mustUnderstand="0"/>' * 50_000 + '<t:y e:mustUnderstand="1"/>').encode(),
        ),
        kept("T7/actor", envelope(GOOD, '<t:x e:actor="@HTTP@/next"/>').encode()),
        kept("T7/soapaction-in-the-answer", answered("ok"), headers={"SOAPAction": '"urn:old#Delete"'}),
        kept(
            "T7/link-and-refresh",
            answered("ok"),
            headers={"Link": "<@HTTP@/x>; rel=preload", "Refresh": "0; url=@HTTP@/"},
        ),
        kept("T7/cookie", answered("ok"), headers={"Set-Cookie": "a=b; Domain=127.0.0.1"}),
    ]


def cases() -> list[Case]:
    return [*_types(), *_nils(), *_substitutes(), *_envelopes(), *_addresses()]
