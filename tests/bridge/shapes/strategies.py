"""Hypothesis strategies for arbitrary Shapes: what the schema, the samples and other readers of Shapes are tried on."""

from __future__ import annotations

from hypothesis import strategies as st

from bridge.shapes.model import (
    Branch,
    Choice,
    Described,
    Facets,
    Field,
    Items,
    Kind,
    ListOf,
    Record,
    Ref,
    Scalar,
    Shape,
    TextMap,
    Union,
    Variant,
    Variants,
    XmlNode,
)

PATTERNS = ["[A-Z]{3}", r"\d{2,4}", r"[\i-[:]][\c-[:]]*", "[a-z]+(-[a-z]+)*", "A|B|CC", r"[^;]{1,10}"]
SIZES = st.integers(0, 12)
NUMBERS = {Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT, Kind.DOUBLE}
KEYS = [f"k{index}" for index in range(8)]


@st.composite
def lengths(draw: st.DrawFn) -> Facets:
    if draw(st.booleans()):
        return Facets(length=draw(SIZES))
    low = draw(st.none() | SIZES)
    high = draw(st.none() | st.integers(low or 0, 20))
    return Facets(min_length=low, max_length=high)


@st.composite
def texts(draw: st.DrawFn) -> Scalar:
    white_space = draw(st.sampled_from(["preserve", "replace", "collapse"]))
    match draw(st.integers(0, 3)):
        case 0:
            return Scalar(Kind.STRING, Facets(white_space=white_space), "string")
        case 1:
            found = draw(lengths())
            return Scalar(
                Kind.STRING, Facets(found.length, found.min_length, found.max_length, white_space=white_space)
            )
        case 2:
            return Scalar(Kind.STRING, Facets(patterns=(draw(st.sampled_from(PATTERNS)),), white_space=white_space))
        case _:
            values = draw(st.lists(st.text("abc é-1", min_size=1, max_size=4), min_size=1, max_size=4, unique=True))
            return Scalar(Kind.STRING, Facets(enumeration=tuple(values), white_space=white_space))


@st.composite
def numbers(draw: st.DrawFn) -> Scalar:
    kind = draw(st.sampled_from(sorted(NUMBERS)))
    whole = kind is Kind.INTEGER
    as_text = kind in {Kind.INTEGER, Kind.DECIMAL} and draw(st.booleans())
    low = draw(st.none() | st.integers(-(10**20), 10**20))
    high = draw(st.none() | st.integers((low or 0) + 2, 10**21))
    inclusive = draw(st.booleans())
    facets = Facets(
        white_space="collapse",
        min_inclusive=str(low) if low is not None and inclusive else None,
        min_exclusive=str(low) if low is not None and not inclusive else None,
        max_inclusive=str(high) if high is not None and inclusive else None,
        max_exclusive=str(high) if high is not None and not inclusive else None,
    )
    if kind is Kind.DECIMAL and draw(st.booleans()):
        fraction = draw(st.integers(0, 6))
        facets = Facets(total_digits=draw(st.none() | st.integers(max(fraction, 1), 18)), fraction_digits=fraction)
    elif draw(st.integers(0, 3)) == 0:
        facets = Facets(enumeration=tuple(str(n) for n in draw(st.lists(st.integers(-5, 5), min_size=1, max_size=3))))
    return Scalar(kind, facets, "integer" if whole else str(kind), as_text=as_text)


def others() -> st.SearchStrategy[Scalar]:
    plain = [kind for kind in Kind if kind not in NUMBERS | {Kind.STRING, Kind.HEX, Kind.BASE64}]
    binary = st.builds(Scalar, st.sampled_from([Kind.HEX, Kind.BASE64]), lengths())
    return st.builds(Scalar, st.sampled_from(plain)) | binary


def scalars() -> st.SearchStrategy[Scalar]:
    return st.one_of(texts(), numbers(), others())


@st.composite
def lists(draw: st.DrawFn, inner: st.SearchStrategy[Shape]) -> ListOf:
    low = draw(st.integers(0, 2))
    high = draw(st.none() | st.integers(max(low, 1), 4))
    return ListOf(draw(inner), low, high, nullable_items=draw(st.booleans()))


@st.composite
def branches(draw: st.DrawFn, keys: list[str], depth: int = 1) -> Branch:
    required = tuple(key for key in keys if draw(st.booleans()))
    nested: tuple[Choice, ...] = ()
    if depth and len(keys) > 2 and draw(st.booleans()):
        inner = keys[1:]
        half = len(inner) // 2
        nested = (Choice((draw(branches(inner[:half], 0)), draw(branches(inner[half:], 0))), draw(st.booleans())),)
        required = tuple(key for key in required if key not in inner)
    return Branch(tuple(keys), required, nested)


@st.composite
def records(draw: st.DrawFn, inner: st.SearchStrategy[Shape], tag: str = "") -> Record:
    keys = draw(st.lists(st.sampled_from(KEYS), unique=True, max_size=6))
    governed = keys[: draw(st.integers(0, len(keys)))] if len(keys) > 1 else []
    fields = tuple(
        Field(
            key,
            draw(inner),
            required=key not in governed and draw(st.booleans()),
            nullable=draw(st.booleans()),
            doc=draw(st.sampled_from(["", "What it is."])),
        )
        for key in keys
    )
    choices: tuple[Choice, ...] = ()
    if len(governed) > 1:
        cut = draw(st.integers(1, len(governed) - 1))
        shared = governed[:1] if draw(st.booleans()) else []
        parts = [governed[:cut], shared + [key for key in governed[cut:] if key not in shared]]
        choices = (Choice(tuple(draw(branches(part)) for part in parts), draw(st.booleans())),)
    return Record(fields, choices, tag, draw(st.sampled_from(["", "A record."])))


@st.composite
def variants(draw: st.DrawFn, inner: st.SearchStrategy[Shape]) -> Variants:
    count = draw(st.integers(1, 3))
    default = draw(st.integers(0, count))
    members = []
    for index in range(count):
        wrapped = draw(st.booleans())
        shape: Shape = draw(scalars() | lists(scalars())) if wrapped else draw(records(inner, f"tag{index}"))
        members.append(Variant(f"tag{index}", shape, default=index == default, wrapped=wrapped))
    return Variants(tuple(members))


def items(inner: st.SearchStrategy[Shape]) -> st.SearchStrategy[Items]:
    members = st.lists(
        st.builds(Field, st.sampled_from(KEYS), inner, nullable=st.booleans()),
        min_size=1,
        max_size=3,
        unique_by=lambda member: member.key,
    )
    return st.builds(Items, members.map(tuple), st.integers(0, 1))


def shapes(names: list[str]) -> st.SearchStrategy[Shape]:
    """Any shape; `Ref`s point to `names`."""
    leaves: st.SearchStrategy[Shape] = st.one_of(
        scalars(),
        st.builds(Union, st.lists(scalars(), min_size=1, max_size=3).map(tuple)),
        st.sampled_from([XmlNode(), XmlNode(named=False), TextMap()]),
        *([st.sampled_from(names).map(Ref)] if names else []),
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(lists(inner), records(inner), variants(inner), items(inner)),
        max_leaves=6,
    )


@st.composite
def described(draw: st.DrawFn) -> Described:
    """Any shape with a table of three names that may refer to each other and to themselves."""
    names = ["Alpha", "Beta", "Gamma"]
    table: dict[str, Shape] = {name: draw(records(shapes(names)) | variants(shapes(names))) for name in names}
    return Described(draw(shapes(names)), table, nullable=draw(st.booleans()))
