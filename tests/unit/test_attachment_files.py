"""Which files may be attached: the path is hostile, and the disk may change under us."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers import files
from consumers.errors import PermanentError, TransientError, UnavailableError
from consumers.files import Vault
from consumers.mapping.paths import parts
from schemas.attachment import File
from schemas.dead_letter import Reason
from schemas.settings import ConsumerSettings
from tests import factories

SHA1 = hashlib.sha1(b"drawing", usedforsecurity=False).hexdigest()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "exports"
    (folder / "pdf").mkdir(parents=True)
    (folder / "pdf" / "a.pdf").write_bytes(b"drawing")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


def vault(*roots: Path, max_bytes: int = 100) -> Vault:
    settings = ConsumerSettings(_env_file=None, attachment_roots=roots, attachment_max_bytes=max_bytes)
    return Vault(settings, factories.later)


def file(path: str, sha1: str | None = None, size: int | None = None) -> File:
    return File(path=path, sha1=sha1, size=size)


@pytest.mark.parametrize(
    "path", ["pdf/a.pdf", r"pdf\a.pdf", "./pdf//a.pdf", r".\pdf\a.pdf", "pdf/./a.pdf", "pdf/a.pdf/"]
)
def test_a_path_below_the_root_may_be_spelt_in_either_way(root: Path, path: str) -> None:
    assert vault(root).sha1(file(path)) == SHA1


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/etc/passwd", "absolute"),
        (r"\Vault\a.pdf", "absolute"),
        (r"C:\Vault\a.pdf", "absolute"),
        ("c:/Vault/a.pdf", "absolute"),
        ("C:a.pdf", "absolute"),
        (r"\\server\share\a.pdf", "another computer"),
        ("//server/share/a.pdf", "another computer"),
        (r"\\?\C:\a.pdf", "another computer"),
        ("../secret.txt", r"climbs out"),
        (r"..\secret.txt", r"climbs out"),
        ("pdf/../../secret.txt", r"climbs out"),
        (r"pdf\..\..\secret.txt", r"climbs out"),
        ("pdf/..", r"climbs out"),
        (".", "names no file"),
        ("./", "names no file"),
        ("pdf", "is a folder"),
    ],
)
def test_a_path_that_leads_elsewhere_is_refused_and_says_which_setting(
    root: Path, path: str, fault: str
) -> None:
    with pytest.raises(PermanentError, match=fault) as caught:
        vault(root).size(file(path))

    assert caught.value.reason is Reason.FILE_FORBIDDEN
    assert repr(path) in str(caught.value)
    assert "PDM_ODOO_ATTACHMENT_ROOTS" in str(caught.value)


def test_a_nul_is_refused_even_if_the_schema_let_it_pass(root: Path) -> None:
    smuggled = File.model_construct(path="pdf/a.pdf\0.txt", sha1=None, size=None)

    with pytest.raises(PermanentError, match="names no file"):
        vault(root).size(smuggled)


@given(st.text(alphabet="a./\\:C\0", max_size=12))
def test_whatever_the_text_its_parts_stay_below(path: str) -> None:
    try:
        names = parts(path)
    except PermanentError:
        return
    base = "/roots/exports"
    assert os.path.normpath(f"{base}/{'/'.join(names)}").startswith(f"{base}/")


def test_a_link_that_leads_out_is_refused(root: Path) -> None:
    (root / "out.txt").symlink_to(root.parent / "secret.txt")
    (root / "folder").symlink_to(root.parent)

    for path in ("out.txt", "folder/secret.txt"):
        with pytest.raises(PermanentError, match="link that leads out"):
            vault(root).sha1(file(path))


def test_a_link_that_stays_below_is_followed(root: Path) -> None:
    (root / "newest.pdf").symlink_to("pdf/a.pdf")
    (root / "all").symlink_to(root / "pdf")

    assert vault(root).sha1(file("newest.pdf")) == SHA1
    assert vault(root).sha1(file("all/a.pdf")) == SHA1


def test_a_root_may_be_a_link_itself(root: Path) -> None:
    link = root.parent / "mounted"
    link.symlink_to(root)

    assert vault(link).sha1(file("pdf/a.pdf")) == SHA1


def test_a_link_to_itself_harms_nobody(root: Path) -> None:
    (root / "loop").symlink_to("loop")

    with pytest.raises((PermanentError, TransientError)):
        vault(root).size(file("loop"))


def test_a_link_that_is_put_there_meanwhile_is_not_followed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "out.txt").symlink_to(root.parent / "secret.txt")
    monkeypatch.setattr(Path, "resolve", lambda self, strict=False: self)

    with pytest.raises(PermanentError, match="link that leads out"):
        vault(root).sha1(file("out.txt"))


def test_a_pipe_or_a_device_is_refused_without_waiting_for_it(root: Path) -> None:
    os.mkfifo(root / "pipe")

    with pytest.raises(PermanentError, match="a device or a pipe"):
        vault(root).size(file("pipe"))


def test_the_first_root_that_has_the_file_wins(root: Path) -> None:
    other = root.parent / "other"
    (other / "pdf").mkdir(parents=True)
    (other / "pdf" / "a.pdf").write_bytes(b"other")

    assert vault(root, other).size(file("pdf/a.pdf")) == len(b"drawing")
    assert vault(other, root).size(file("pdf/a.pdf")) == len(b"other")


def test_a_missing_file_may_still_come(root: Path) -> None:
    for path in ("pdf/b.pdf", "nowhere/a.pdf", "pdf/a.pdf/b.pdf"):
        with pytest.raises(TransientError, match="not there") as caught:
            vault(root).size(file(path))
        assert caught.value.reason is Reason.FILE_MISSING


def test_a_root_that_is_not_mounted_is_nobodys_fault(root: Path) -> None:
    with pytest.raises(UnavailableError, match=r"PDM_ODOO_ATTACHMENT_ROOTS.*is it mounted"):
        vault(root / "share").size(file("a.pdf"))


def test_without_roots_nothing_may_be_attached() -> None:
    with pytest.raises(PermanentError, match=r"none is set.*PDM_ODOO_ATTACHMENT_ROOTS"):
        vault().size(file("a.pdf"))


def test_a_file_above_the_limit_is_refused(root: Path) -> None:
    assert vault(root, max_bytes=7).size(file("pdf/a.pdf")) == 7

    with pytest.raises(PermanentError, match=r"7 bytes.*PDM_ODOO_ATTACHMENT_MAX_BYTES allows 6") as caught:
        vault(root, max_bytes=6).size(file("pdf/a.pdf"))
    assert caught.value.reason is Reason.FILE_TOO_LARGE


def test_a_size_other_than_announced_may_still_grow(root: Path) -> None:
    with pytest.raises(TransientError, match="has 7 bytes, the event says 9") as caught:
        vault(root).size(file("pdf/a.pdf", size=9))
    assert caught.value.reason is Reason.FILE_MISMATCH


def test_a_file_that_cannot_be_read_may_be_readable_later(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_more: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)

    with pytest.raises(TransientError, match="cannot be read: Permission denied"):
        vault(root).size(file("pdf/a.pdf"))


@pytest.mark.parametrize("length", [0, 1, 2, 3, 8, 9, 10, 11, 12])
def test_the_content_is_the_file_in_base64_however_it_is_chunked(
    root: Path, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    monkeypatch.setattr(files, "CHUNK", 3)
    content = bytes(range(length))
    (root / "x.bin").write_bytes(content)

    text = vault(root).content(file("x.bin"), hashlib.sha1(content, usedforsecurity=False).hexdigest())

    assert base64.b64decode(text) == content


def test_content_with_another_hash_may_still_be_being_written(root: Path) -> None:
    with pytest.raises(TransientError, match="the event says") as caught:
        vault(root).content(file("pdf/a.pdf"), "0" * 40)
    assert caught.value.reason is Reason.FILE_MISMATCH


def test_a_file_that_grows_while_it_is_read_is_not_taken_by_half(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fstat

    def before_the_last_bytes(descriptor: int) -> os.stat_result:
        found = real(descriptor)
        return os.stat_result((*found[:6], 4, *found[7:10]))

    monkeypatch.setattr(os, "fstat", before_the_last_bytes)

    with pytest.raises(TransientError, match="changed its size while it was read"):
        vault(root).content(file("pdf/a.pdf"), None)


def test_no_descriptor_stays_open(root: Path) -> None:
    os.mkfifo(root / "pipe")
    (root / "out.txt").symlink_to(root.parent / "secret.txt")
    before = len(list(Path("/proc/self/fd").iterdir()))

    for path in ("pdf/a.pdf", "pdf", "pipe", "out.txt", "gone", "pdf/gone/x"):
        try:
            vault(root).content(file(path), None)
        except (PermanentError, TransientError):
            continue

    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.parametrize(
    ("age", "settled"), [(0, False), (2.9, False), (3.1, True), (-2.9, False), (-3600, True)]
)
def test_a_file_without_announced_sha1_is_left_alone_for_a_moment_after_it_was_written(
    tmp_path: Path, age: float, settled: bool
) -> None:
    (tmp_path / "a.pdf").write_bytes(b"half")
    written = (tmp_path / "a.pdf").stat().st_mtime
    settings = ConsumerSettings(_env_file=None, attachment_roots=(tmp_path,))
    vault = Vault(settings, lambda: written + age)

    if settled:
        assert vault.size(File(path="a.pdf")) == 4
    else:
        with pytest.raises(TransientError, match="written a moment ago"):
            vault.size(File(path="a.pdf"))
    sha1 = hashlib.sha1(b"half", usedforsecurity=False).hexdigest()
    assert vault.size(File(path="a.pdf", sha1=sha1)) == 4
