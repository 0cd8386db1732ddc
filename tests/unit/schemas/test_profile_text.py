"""A profile's text: what is wrong in it is told with its line, all at once, and the rest still counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.facts import BOM, PRODUCT
from schemas.findings import Finding
from schemas.profile_lines import Lines
from schemas.profile_text import ProfileError, examine, parse

DEFAULT = (Path(__file__).parents[3] / "ops" / "profiles" / "default.toml").read_text()

HEAD = 'version = 1\n[states]\nReleased = "upsert"\n'
"""Three lines; what follows begins at line 4."""
FIELDS = HEAD + '[models."product.template".fields]\n'
"""Four lines."""


def findings(text: str) -> list[Finding]:
    return examine(text)[1]


def only(text: str) -> Finding:
    [finding] = findings(text)
    return finding


def rule(text: str) -> Finding:
    """Return what is wrong with one rule; it stands in line 5."""
    finding = only(FIELDS + text + '\nname = { from = "item.name" }\n')
    assert (finding.line, finding.model) == (5, PRODUCT)
    return finding


def test_the_default_profile_has_no_mistake() -> None:
    profile = parse(DEFAULT, "default.toml")
    assert profile.rules(PRODUCT).fields["default_code"].required
    assert profile.rules(BOM).fields["code"].from_ == "item.revision"


def test_a_windows_editors_marks_and_line_ends_are_no_mistake() -> None:
    assert findings("\ufeff" + DEFAULT.replace("\n", "\r\n")) == []


@pytest.mark.parametrize(
    ("text", "line"), [("version = 1\nx = = 2\n", 2), ("version = 1\n\nx = [1,\n", 3), ("a = 1\na = 2", 2)]
)
def test_a_text_that_is_no_toml_is_refused_with_its_line(text: str, line: int) -> None:
    profile, [finding], _ = examine(text)
    assert profile is None
    assert (finding.line, finding.where) == (line, "profile")
    assert "is no TOML" in finding.text


SECTIONS = {
    "a section": ('[sourc]\nname = "x"', 4, "sourc", "unknown option", "source"),
    "an option": ('[source]\nname = "x"\nrevison = "x"', 6, "source.revison", "unknown option", "revision"),
    "a choice": ('[key]\nparts = "numbr"', 5, "key.parts", "none of number, ", "number"),
    "a beginning of a choice": ('[key]\nparts = "Vault"', 5, "key.parts", "none of number, ", "vault_object"),
    "a beginning of several": ('[key]\nparts = "n"', 5, "key.parts", "none of number, ", ""),
    "a list": ('[source]\nfiles = "PDF"', 5, "source.files", "'PDF' should be a list", 'files = ["…"]'),
    "a section of another type": ("[structure]\n[bom]\n[units]\nm = 1", 7, "units.m", "text in", 'm = "…"'),
    "an empty text": ('[bom]\nscrap = ""', 5, "bom.scrap", "scrap: '' is empty", ""),
    "in an array": (
        '[structure]\nexclude = [\n{ from = "A", when = "x" },\n  { from = "A", wehn = "y", when = "x" },\n]',
        7,
        "structure.exclude.1.wehn",
        "unknown option",
        "when",
    ),
    "in an array of tables": (
        '[[structure.virtual]]\nnumber = "P"\n[[structure.virtual]]\nnumber = "Q"\n"nmae" = "x"',
        8,
        "structure.virtual.1.nmae",
        "unknown option",
        "name",
    ),
    "a rule grammar": (
        '[structure]\nexclude = [{ from = "A", when = "!" }]',
        5,
        "structure.exclude.0.when",
        "nothing to test",
        "",
    ),
}


@pytest.mark.parametrize(("text", "line", "where", "part", "suggestion"), SECTIONS.values(), ids=SECTIONS)
def test_a_mistake_outside_the_rules_is_told_with_its_line(
    text: str, line: int, where: str, part: str, suggestion: str
) -> None:
    finding = next(one for one in findings(HEAD + text) if one.text != "models is missing")
    assert (finding.line, finding.suggestion) == (line, suggestion)
    assert finding.where.startswith(where)
    assert part in finding.text


RULES = {
    "no source": ("weight = { required = true }", "exactly one of from, template and constant", ""),
    "two sources": ('weight = { from = "W", template = "{W}" }', "exactly one of", ""),
    "an option": ('weight = { from = "W", mastr = "pdm" }', "unknown option 'mastr'", "master"),
    "a choice": ('weight = { from = "W", master = "sed" }', "none of pdm, odoo, seed", "seed"),
    "a type": ('weight = { from = "W", max_length = "long" }', "max_length: 'long' should be", ""),
    "a scalar": ('weight = { from = "W", default = [1] }', "no text, number, true or false", ""),
    "a fact": ('weight = { from = "item.wieght" }', "no fact 'item.wieght'", "item.weight"),
    "a fact of others": ('weight = { template = "{line.number}" }', "no fact 'line.number'", ""),
    "a language's fact": (
        'weight = { from = "W", languages = { de_DE = "item.nam" } }',
        "no fact 'item.nam'",
        "item.name",
    ),
    "a brace": ('weight = { template = "{A} {B" }', "without its partner", ""),
    "equal keys": ('weight = { from = "W", map = { Yes = 1, yes = 2 } }', "the same to it", ""),
    "our own field": ('x_pdm_key = { from = "W" }', "no rule may", ""),
    "Odoo's own field": ('id = { from = "W" }', "no rule may", ""),
    "a picture": ('image_1920 = { from = "Preview File" }', "the picture is a file", "[source] preview = …"),
    "a name": ('"Weight" = { from = "W" }', "cannot be a name here", ""),
    "a lonely default": ('weight = { from = "W", missing = "default" }', "needs a default", ""),
}


@pytest.mark.parametrize(("text", "part", "suggestion"), RULES.values(), ids=RULES)
def test_a_mistake_in_a_rule_is_told_with_its_line(text: str, part: str, suggestion: str) -> None:
    finding = rule(text)
    assert part in finding.text
    if suggestion:
        assert finding.suggestion == suggestion


def test_a_field_that_is_never_written_has_no_rule() -> None:
    text = HEAD + f'[models."{PRODUCT}"]\nnever = ["list_price"]\nfields.list_price = {{ from = "P" }}\n'
    finding = only(text)
    assert (finding.line, finding.where) == (6, "product.template.list_price")
    assert "never" in finding.text


def test_an_unknown_model_is_told_with_the_near_one() -> None:
    finding = only(HEAD + '[models."product.templat".fields]\nname = { from = "item.name" }\n')
    assert (finding.line, finding.model, finding.suggestion) == (4, "product.templat", PRODUCT)


@pytest.mark.parametrize("field", ["product_qty", "product_id", "sequence", "bom_id"])
def test_what_makes_a_line_is_not_the_profiles(field: str) -> None:
    finding = only(HEAD + f'[models."mrp.bom.line".fields]\n{field} = {{ from = "Q" }}\n')
    assert (finding.line, finding.field) == (5, field)


def test_a_rule_over_several_lines_is_found_where_it_begins() -> None:
    text = FIELDS + 'name = { from = "item.name" }\n\nweight = { template = """\n{A\n""" }\n'
    assert only(text).line == 7


@pytest.mark.parametrize(
    ("text", "line", "option"),
    [
        ('preview = "PDF File"', 6, "preview"),
        ('files = ["Preview File"]', 6, "files"),
        ('files = ["A", "B"]\npreview = "B"', 7, "preview"),
    ],
)
def test_a_file_is_a_document_or_the_picture_and_not_both(text: str, line: int, option: str) -> None:
    found = only(HEAD + f"[models]\n[source]\n{text}\n")

    assert (found.line, found.where) == (line, f"source.{option}")
    assert "a file becomes a document or the picture" in found.text


def test_the_company_may_use_only_what_every_event_says() -> None:
    text = HEAD + '[models]\n[company]\nfrom = "item.weight"\n'
    assert (only(text).where, only(text).line) == ("company", 5)


@pytest.mark.parametrize(
    ("option", "part"),
    [
        ('missing = "create"', "never created"),
        ('master = "odoo"', "only looked up"),
        ("insert = false", "only looked up"),
        ("update = false", "only looked up"),
    ],
)
def test_the_company_is_only_looked_up(option: str, part: str) -> None:
    found = only(HEAD + f'[models]\n[company]\nfrom = "Plant"\n{option}\n')
    assert (found.where, found.line) == (f"company.{option.split(maxsplit=1)[0]}", 7)
    assert part in found.text


def test_units_that_differ_in_case_alone_are_the_same() -> None:
    found = only(HEAD + '[models]\n[units]\npcs = "Units"\nPcs = "Dozens"\n')
    assert (found.where, found.line) == ("units.Pcs", 7)
    assert "'pcs' and 'Pcs' are the same unit" in found.text


def test_only_a_product_has_texts_in_other_languages() -> None:
    text = '[models."mrp.bom".fields]\ncode = { from = "A", languages = { de_DE = "B" } }\n'
    found = only(HEAD + text)
    assert (found.model, found.line) == (BOM, 5)
    assert "only product.template" in found.text


def test_a_rule_with_a_mistake_is_left_out_and_the_others_stay() -> None:
    text = FIELDS + 'weight = { from = "W", x = 1 }\nvolume = { from = "item.vol" }\nname = { from = "N" }\n'
    profile, found, _ = examine(text)
    assert profile
    assert list(profile.rules(PRODUCT).fields) == ["name"]
    assert [finding.line for finding in found] == [5, 6]


def test_what_is_missing_altogether_is_told() -> None:
    assert [finding.text for finding in findings("")] == [
        "version is missing",
        "states is missing",
        "models is missing",
    ]


def test_the_error_has_a_line_for_each_mistake() -> None:
    with pytest.raises(ProfileError) as caught:
        parse(FIELDS + 'weight = { from = "item.wieght" }\n"B C" = { from = "W" }\n', "my.toml")
    first, second = str(caught.value).splitlines()
    assert first.startswith("my.toml:5: product.template.weight: there is no fact 'item.wieght'")
    assert first.endswith("did you mean item.weight?")
    assert second.startswith("my.toml:6: product.template.B C: ")
    assert len(caught.value.findings) == 2


def test_lines_of_all_ways_to_write_a_key() -> None:
    text = """a.b = 1
[t]
"q.r" = { x = 1, y = { z = 2 } }
many = [
  1,
  { k = 1 },

  { k = 2, l = 3 },
]
[[t.list]]
n = 1
[[t.list]]
n = '''
text
'''
last = 1"""
    lines = Lines(text)
    wanted = {
        ("a",): 1,
        ("a", "b"): 1,
        ("t",): 2,
        ("t", "q.r", "y", "z"): 3,
        ("t", "many"): 4,
        ("t", "many", 0): 5,
        ("t", "many", 1, "k"): 6,
        ("t", "many", 2, "l"): 8,
        ("t", "list", 0): 10,
        ("t", "list", 0, "n"): 11,
        ("t", "list", 1): 12,
        ("t", "list", 1, "n"): 13,
        ("t", "list", 1, "last"): 16,
        ("t", "list", 1, "nothing"): 12,
        ("nothing",): 1,
    }
    assert {path: lines.of(path) for path in wanted} == wanted


def test_forbidding_active_by_never_is_told_to_be_said_by_the_guard() -> None:
    text = HEAD + '[models."product.template"]\nnever = ["active"]\n[models."product.template".fields]\n'

    found = only(text + 'name = { from = "item.name" }\n')

    assert (found.line, found.field, found.suggestion) == (5, "never", "archive = false")
