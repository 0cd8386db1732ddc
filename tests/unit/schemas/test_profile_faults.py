"""One mistake in a profile is told once, with the option, its value and what is allowed."""

from __future__ import annotations

import pytest

from schemas.findings import Finding
from schemas.profile_text import examine

HEAD = "version = 1\nstates = {}\nmodels = {}\n"
"""Three lines; what follows begins at line 4."""


def findings(text: str) -> list[Finding]:
    return examine(text)[1]


def only(text: str) -> Finding:
    [finding] = findings(text)
    return finding


SCRAP = ("should be the name of an attribute, in quotes", 'scrap = "…"')
CONDITIONS = (
    "should be a list of tables with from and when",
    'byproducts = [{ from = "…", when = "…" }]',
)
CONDITION = ("should be a table with from and when", '{ from = "…", when = "…" }')


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("scrap = 3", ("scrap: 3", *SCRAP)),
        ("scrap = 2.5", ("scrap: 2.5", *SCRAP)),
        ("scrap = true", ("scrap: True", *SCRAP)),
        ('scrap = ["Scrap"]', ("scrap: ['Scrap']", *SCRAP)),
        ('scrap = { from = "Scrap" }', ("scrap: {'from': 'Scrap'}", *SCRAP)),
        ("byproducts = 3", ("byproducts: 3", *CONDITIONS)),
        ("byproducts = true", ("byproducts: True", *CONDITIONS)),
        ('byproducts = "Kind"', ("byproducts: 'Kind'", *CONDITIONS)),
        ('byproducts = { from = "A", when = "x" }', ("byproducts: {'from': 'A', 'when': 'x'}", *CONDITIONS)),
        ('byproducts = ["Kind"]', ("byproducts: 'Kind'", *CONDITION)),
        ("byproducts = [1]", ("byproducts: 1", *CONDITION)),
        (
            'byproducts = [{ from = 3, when = "x" }]',
            ("from: 3", "should be the name of an attribute, in quotes", 'from = "…"'),
        ),
        ('byproducts = [{ from = "A", when = 3 }]', ("when: 3", "should be a text in quotes", 'when = "…"')),
    ],
)
def test_a_value_of_another_type_is_told_with_what_is_allowed(
    option: str, text: tuple[str, str, str]
) -> None:
    found = only(f"{HEAD}[bom]\n{option}\n")
    told, allowed, suggestion = text
    assert (found.line, found.text, found.suggestion) == (5, f"{told} {allowed}", suggestion)
    assert found.where.startswith(f"bom.{option.partition(' ')[0]}")


@pytest.mark.parametrize(
    ("text", "where", "part"),
    [
        ("verson = 1\n[states]\n[models]", "verson", "unknown option 'verson'"),
        ('version = "1"\n[states]\n[models]', "version", "none of 1"),
        ("version = 1\n[state]\n[models]", "state", "unknown option 'state'"),
        ("version = 1\nstates = 3\n[models]", "states", "should be a table"),
        ("version = 1\n[states]\n[model]", "model", "unknown option 'model'"),
        (
            'version=1\nmodels={}\nstates.X = { product = "ignore", bom = "ignore", atachment = "ignore" }',
            "states.X.atachment",
            "unknown option 'atachment'",
        ),
        (
            'version=1\nmodels={}\nstates.X = { product = "upset", bom = "upsert", attachment = "upsert" }',
            "states.X.product",
            "product: 'upset' is none of",
        ),
        (
            "version = 1\n[states]\nX = 1\n[models]",
            "states.X",
            "should be one of upsert, archive, ignore, or",
        ),
        (
            HEAD + '[structure]\nexclude = [{ form = "A", when = "x" }]',
            "structure.exclude.0.form",
            "un",
        ),
        (HEAD + '[structure]\nvirtual = [{ numbr = "A" }]', "structure.virtual.0.numbr", "unknown"),
        (HEAD + '[bom]\nbyproducts = [{ from = "A", wehn = "x" }]', "bom.byproducts.0.wehn", "un"),
        (
            HEAD + '[bom]\nbyproducts = [{ from = 3, when = "x" }]',
            "bom.byproducts.0.from",
            "from: 3",
        ),
        (
            HEAD + '[bom]\nbyproducts = [{ from = "A", when = "!" }]',
            "bom.byproducts.0.when",
            "nothing",
        ),
        (HEAD + '[company]\nform = "Plant"', "company.form", "unknown option 'form'"),
        (HEAD + "[company]\nfrom = 3", "company.from", "from: 3 should be"),
    ],
)
def test_an_option_with_a_mistake_is_not_told_to_be_missing_too(text: str, where: str, part: str) -> None:
    found = only(text)
    assert found.where == where
    assert part in found.text


def test_an_option_that_is_there_twice_is_wrong_under_both_names() -> None:
    text = HEAD + '[bom]\nbyproducts = [{ form = "A", from = 3, when = "x" }]'
    assert sorted(one.where for one in findings(text)) == [
        "bom.byproducts.0.form",
        "bom.byproducts.0.from",
    ]


def test_what_is_missing_beside_an_option_that_nobody_knows_is_told_too() -> None:
    text = HEAD + '[bom]\nbyproducts = [{ from = "A", colour = "x" }]'
    assert sorted(one.text for one in findings(text)) == ["unknown option 'colour'", "when is missing"]
