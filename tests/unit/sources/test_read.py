"""The parser follows the content."""

from __future__ import annotations

import pytest

from producers.sources import text
from producers.sources.errors import SourceError
from producers.sources.read import read
from schemas.event import Event, encode
from tests.factories import event, ids, profile
from tests.unit.sources.exports import component, export


def of(body: bytes) -> list[Event]:
    return read("any.name", body, profile(), new_id=ids())


@pytest.mark.parametrize(
    "body",
    [export(component("BD-1000")), b"\xef\xbb\xbf\n " + encode(event()), b"\n[" + encode(event()) + b"]"],
)
def test_names_do_not_matter(body: bytes) -> None:
    assert [found.subject for found in of(body)] == ["BD-1000"]


def test_what_is_neither_is_told_what_is_expected() -> None:
    with pytest.raises(
        SourceError, match=r"any\.name:1: begins with 'number;quantity': .*XML.*JSON"
    ) as caught:
        of(b"number;quantity")

    assert caught.value.line == 1


def test_files_above_64_mebibytes_are_refused() -> None:
    with pytest.raises(SourceError, match="larger than 64 MiB"):
        of(b" " * (text.MAX_BYTES + 1))
