"""What can be set about the binary values of a SOAP service: how they are sent, and how large they may be."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bridge.settings import Bytes, Settings

Send = Literal["inline", "mtom", "swa"]


class OperationAttachmentSettings(Settings):
    """How binary values of one operation travel, where that differs from the service."""

    send: Send | None = Field(default=None, examples=["mtom"])
    """In the text of the envelope (`inline`), as parts of an XOP package (`mtom`), or as attachments (`swa`)."""
    threshold: Bytes | None = Field(default=None, examples=["1kB"], ge=0)
    """From which size on a value that stands in the JSON becomes a part. Files beside the JSON always do."""
    answer: str | None = Field(default=None, examples=["/document/content"], pattern=r"^(/[^/]+)*$")
    """Which binary value of the answer is given when a client wants the bytes themselves: a JSON Pointer, with `*` for
    the items of an array. Needed only where there are several."""


class AttachmentSettings(Settings):
    """How binary values travel between us and the service. Answers are taken in every form, whatever is set here."""

    send: Send | None = Field(default=None, examples=["mtom"])
    """In the text of the envelope (`inline`), as parts of an XOP package (`mtom`), or as attachments (`swa`). Without
    it as the WSDL says: `mtom` where its policy demands it, or allows it and there is a file to send or to get; else
    `inline`."""
    threshold: Bytes = Field(default=1_000, examples=["1kB"], ge=0)
    """From which size on a value that stands in the JSON becomes a part. Files beside the JSON always do."""
    attachments_max: Bytes = Field(default=1_000_000_000, examples=["1GB"], gt=0)
    """The largest answer with attachments that is passed on as bytes. Answers as JSON keep to `answer_max`."""

    def of(self, own: OperationAttachmentSettings | None) -> AttachmentSettings:
        """The same as one operation has it."""
        given = {} if own is None else {name: value for name, value in own if value is not None and name != "answer"}
        return self.model_copy(update=given) if given else self
