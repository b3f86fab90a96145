"""`call --file` and `--out`: files of the disk go with a call, and the file of an answer comes whole or not at all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import typer

from bridge.call import Call, Reply, Stream, Trace
from bridge.cli.files import save, with_files
from bridge.contracts import Description
from bridge.errors import CallError, ConfigError, DoesNotFit, UpstreamCut
from bridge.shapes.model import Described, ListOf, Record
from tests.bridge.cli.running import WSDL, Line
from tests.bridge.web.fake import TEXT, fields
from tests.bridge.web.files import BINARY

TRACE = Trace("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")


def described(shape: Record) -> Description:
    return Description(Described(shape), Described(TEXT))


ALBUM = described(fields(title=TEXT, cover=BINARY, pages=ListOf(fields(content=BINARY, text=TEXT))))


def call(args: bytes = b"") -> Call:
    return Call("shop.Store", args, 1e9, TRACE)


async def test_files_of_the_disk_go_with_the_call(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x" * 600_000)
    (tmp_path / "b").write_bytes(b"")
    given = [f"cover=@{tmp_path}/a.png", f"pages.0.content=@{tmp_path}/b"]
    made = with_files(call(b'{"title":"t"}'), ALBUM, given)
    assert made.args == {"title": "t", "pages": [{}]}
    assert list(made.uploads) == ["/cover", "/pages/0/content"]
    cover, page = made.uploads.values()
    assert (cover.name, cover.media_type, cover.length) == ("a.png", "image/png", 600_000)
    assert (page.name, page.media_type, page.length) == ("b", "application/octet-stream", 0)
    for _ in range(2):
        assert b"".join([piece async for piece in cover.pieces()]) == b"x" * 600_000


def test_no_file_leaves_the_call_as_it_is() -> None:
    asked = call(b'{"title":"t"}')
    assert with_files(asked, ALBUM, []) is asked


async def test_a_file_may_be_all_there_is(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    made = with_files(call(), Description(Described(BINARY), Described(TEXT)), [f"file=@{tmp_path}/a"])
    assert (made.args, list(made.uploads)) == (None, [""])


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("cover", "--file is NAME=@PATH"),
        ("cover=a.png", "--file is NAME=@PATH"),
        ("cover=@", "--file is NAME=@PATH"),
        ("covr=@a.png", "there is no file 'covr' in the request \\(did you mean .?cover"),
    ],
)
def test_what_is_no_file_of_the_request(given: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        with_files(call(), ALBUM, [given])


def test_what_cannot_be_read_or_does_not_fit(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        with_files(call(), ALBUM, [f"cover=@{tmp_path}/nothing"])
    (tmp_path / "a").write_bytes(b"x")
    with pytest.raises(DoesNotFit):
        with_files(call(b'{"cover":"QQ=="}'), ALBUM, [f"cover=@{tmp_path}/a"])
    with pytest.raises(ConfigError, match="takes none"):
        with_files(call(), described(fields(title=TEXT)), [f"title=@{tmp_path}/a"])


def standing(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir()}


class Service:
    """Answers with pieces, and with an error at their end if one is given."""

    def __init__(self, *pieces: bytes, error: CallError | None = None, body: bytes | None = None) -> None:
        self.pieces, self.error, self.body = pieces, error, body
        self.closed = 0

    async def __call__(self, asked: Call) -> Reply:
        assert asked.want == "raw"
        if self.body is not None:
            return Reply(self.body)
        return Reply(b"", stream=Stream(self._read(), self._close, "image/png"))

    async def _read(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece
        if self.error is not None:
            raise self.error

    async def _close(self) -> None:
        self.closed += 1


async def test_the_file_of_an_answer_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    service = Service(b"ab", b"c")
    await save(call(), service, str(tmp_path / "out.png"))
    assert standing(tmp_path) == {"out.png": b"abc"}
    assert "3 bytes of image/png in" in capsys.readouterr().err
    assert service.closed == 1


async def test_a_file_goes_to_stdout(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    await save(call(), Service(b"\x00\xff", b"\n"), "-")
    assert capsysbinary.readouterr().out == b"\x00\xff\n"


async def test_half_a_file_does_not_stand_under_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out").write_bytes(b"before")
    service = Service(b"ab", error=UpstreamCut(cause="reset"))
    with pytest.raises(typer.Exit) as ended:
        await save(call(), service, str(tmp_path / "out"))
    assert (ended.value.exit_code, service.closed) == (1, 1)
    assert standing(tmp_path) == {"out": b"before"}
    assert "upstream_cut: reset" in capsys.readouterr().err


@pytest.mark.parametrize(("body", "why"), [(b"", "no file in it"), (b'{"a":1}', "is no file")])
async def test_an_answer_without_a_file(body: bytes, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended:
        await save(call(), Service(body=body), "-")
    told = capsys.readouterr()
    assert ended.value.exit_code == 1
    assert why in told.err
    assert told.out == (body.decode() + "\n" if body else "")


def test_the_command_line_says_what_it_cannot_do(line: Line, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    done = line("call", "--wsdl", WSDL, "GetOrder", "--file", f"x=@{tmp_path}/a")
    assert (done.exit_code, "there is no file 'x' in the request (the operation takes none)" in done.stderr) == (
        2,
        True,
    )
    done = line("call", "--wsdl", WSDL, "GetOrder", "--file", f"x=@{tmp_path}/a", "--dry-run")
    assert (done.exit_code, "a dry run goes without files" in done.stderr) == (2, True)
