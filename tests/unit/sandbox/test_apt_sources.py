"""The machine's own mirror is found in both of apt's formats."""

from pathlib import Path

import pytest

from ops.sandbox.apt_sources import Source, codename, deb822, debian_mirror, one_line, read_all
from ops.sandbox.errors import SandboxError

DEB822 = """\
Types: deb deb-src
# a comment inside a stanza
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main

Types: deb
URIs: http://mirror.example/off
Suites: bookworm
Components: main
Enabled: no
"""
ONE_LINE = """\
# deb http://mirror.example/commented bookworm main
deb-src http://mirror.example/source bookworm main
deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian bookworm main non-free  # why
deb http://mirror.example/plain bookworm-updates main
"""


def test_the_deb822_format_gives_one_source_per_suite() -> None:
    found = list(deb822(DEB822))
    assert [(source.uri, source.suite) for source in found] == [
        ("http://mirror.example/debian", "bookworm"),
        ("http://mirror.example/debian", "bookworm-updates"),
        ("http://mirror.example/debian-security", "bookworm-security"),
    ]
    assert found[0].components == ("main", "contrib")


def test_the_one_line_format_keeps_options_and_skips_comments_and_sources() -> None:
    assert list(one_line(ONE_LINE)) == [
        Source(
            "http://mirror.example/debian", "bookworm", ("main", "non-free"), "arch=amd64 signed-by=/k.gpg"
        ),
        Source("http://mirror.example/plain", "bookworm-updates", ("main",)),
    ]


@pytest.mark.parametrize("sources", [list(deb822(DEB822)), list(one_line(ONE_LINE))])
def test_the_mirror_of_the_release_is_chosen_and_its_suite_replaced(sources: list[Source]) -> None:
    mirror = debian_mirror(sources, "bookworm")
    assert mirror.uri == "http://mirror.example/debian"
    line = mirror.line("sid")
    assert line.startswith("deb [")
    assert line.endswith("] http://mirror.example/debian sid main\n")


def test_a_key_written_into_the_stanza_is_left_out_of_the_one_line_form() -> None:
    stanza = (
        "Types: deb\nURIs: http://m\nSuites: sid\nComponents: main\nSigned-By:\n -----BEGIN PGP\n .\n x\n"
    )
    assert [source.line("sid") for source in deb822(stanza)] == ["deb http://m sid main\n"]


def test_a_machine_without_a_debian_mirror_is_told_what_else_it_can_do() -> None:
    with pytest.raises(SandboxError, match="--docker"):
        debian_mirror([Source("http://other.example", "noble", ("main",))], "bookworm")


def test_all_files_of_a_folder_are_read(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list").write_text("deb http://a sid main\n")
    (tmp_path / "sources.list.d" / "b.sources").write_text(DEB822)
    (tmp_path / "sources.list.d" / "c.list").write_text("deb http://c sid main\n")
    (tmp_path / "sources.list.d" / "d.list.disabled").write_text("deb http://d sid main\n")
    assert [source.uri for source in read_all(tmp_path)][::4] == ["http://a", "http://c"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ID=debian\nVERSION_CODENAME=bookworm\n", "bookworm"),
        ('VERSION_CODENAME="trixie"\n', "trixie"),
        ("", ""),
    ],
)
def test_the_release_is_read_from_os_release(text: str, name: str) -> None:
    assert codename(text) == name
