"""The rule grammar: one table, and what holds for every rule."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from schemas.rule import Rule, matches

TABLE: list[tuple[str, list[str | None], list[str | None]]] = [
    # rule, values for which it holds, values for which it does not
    ("hidden", ["hidden", "HIDDEN", " hidden\t"], ["hiddenly", "unhidden", "", None]),
    ("hidden*", ["hidden", "Hidden in BOM"], ["unhidden", "", None]),
    ("*hidden", ["hidden", "UNHIDDEN"], ["hiddenly", "", None]),
    ("*hid*", ["hid", "unhidden"], ["hi", "", None]),
    ("straße", ["STRASSE"], ["strase"]),
    # empty, missing, and what is not empty
    ("*", ["x", "0", "No", "false"], ["", "  ", None]),
    ("!*", ["", "  ", None], ["x", "0", "No", "false"]),
    ("**", ["x"], ["", None]),
    ("", [], ["", "x", None]),
    ("  ", [], ["", "x", None]),
    # negation
    ("!hidden", ["x", "", None], ["hidden"]),
    ("!hidden*", ["x", "", None], ["hidden in BOM"]),
    ("! hidden", ["x"], ["hidden"]),
    # alternatives, and that ! stands before all of them
    ("a|b", ["a", "B"], ["c", "a|b", ""]),
    ("a | b*", ["a", "b c"], ["c"]),
    ("a||b", ["a", "b"], ["", "c"]),
    ("a|", ["a"], ["", None]),
    ("a|*", ["a", "x"], ["", None]),
    ("!a|b", ["c", "", None], ["a", "b"]),
    ("!a*|*b", ["c"], ["ax", "xb"]),
    # * within
    ("a*b", ["ab", "a-b", "AxyzB"], ["a", "b", "abc", ""]),
    ("a**b", ["ab", "axb"], ["a"]),
    ("ab*ba", ["abba", "abxba"], ["aba"]),
    ("a*b*c", ["abc", "a-b-c", "abcbc"], ["acb", "ac"]),
    ("*a*b*", ["ab", "xaxbx"], ["ba"]),
    ("* b", ["a b"], ["ab", "b"]),
    # the signs themselves
    (r"\*", ["*"], ["x", ""]),
    (r"\*\**", ["**", "**x"], ["*"]),
    (r"a\|b", ["a|b"], ["a", "b"]),
    (r"\!a", ["!a"], ["b", "a"]),
    (r"\^a", ["^a"], ["a"]),
    (r"!\!a", ["a", "x"], ["!a"]),
    (r"a|\!b", ["a", "!b"], ["c"]),
    (r"c:\\parts\\*", ["C:\\Parts\\x"], ["c:parts"]),
    ("a!b", ["a!b"], ["ab"]),
    ("5^2", ["5^2"], ["5"]),
]


@pytest.mark.parametrize(("rule", "fits", "others"), TABLE, ids=[rule for rule, _, _ in TABLE])
def test_what_a_rule_means(rule: str, fits: list[str | None], others: list[str | None]) -> None:
    assert [value for value in fits if not matches(rule, value)] == []
    assert [value for value in others if matches(rule, value)] == []


@pytest.mark.parametrize(
    ("rule", "value", "parent", "holds"),
    [
        ("^x", "y", "x", True),
        ("^x", "x", "y", False),
        ("^x", "x", None, False),
        ("^!x", "x", "y", True),
        ("!^x", "x", "y", True),
        ("^!x", "y", "x", False),
        ("!^x", "y", "x", False),
        (" ^ ! x ", "x", None, True),
        ("^x*|y", "", "xyz", True),
        ("!^x|y", "", "y", False),
        ("^*", "x", None, False),
        ("^!*", "x", None, True),
    ],
)
def test_a_circumflex_tests_the_parent(rule: str, value: str, parent: str | None, holds: bool) -> None:
    assert matches(rule, value, parent) is holds


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("!", "nothing to test"),
        ("^", "nothing to test"),
        ("!^", "nothing to test"),
        ("|", "nothing to test"),
        (" | ", "nothing to test"),
        ("!|", "nothing to test"),
        ("!!a", "each stands once"),
        ("^^a", "each stands once"),
        ("!^!a", "each stands once"),
        ("a|!b", "two conditions"),
        ("a| !b", "two conditions"),
        ("a|^b", "two conditions"),
        ("!a|!b", "two conditions"),
        ("a\\", "before no sign"),
        (r"c:\parts", "before no sign"),
    ],
)
def test_a_profile_with_nonsense_is_refused(rule: str, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        TypeAdapter(Rule).validate_python(rule)


VALUES = st.one_of(st.none(), st.text(max_size=30), st.text("ab *!|^\\", max_size=12))
WORDS = st.text("abß *", max_size=6)
PLAIN = (
    st.lists(WORDS, min_size=1, max_size=3)
    .map("|".join)
    .filter(lambda rule: any(map(str.strip, rule.split("|"))))
)
PREFIXES = st.sampled_from(["", "^", " ^ "])


@given(PREFIXES, PLAIN, VALUES, VALUES)
def test_an_exclamation_mark_turns_every_rule_into_its_opposite(
    prefix: str, rule: str, value: str | None, parent: str | None
) -> None:
    assert matches(f"!{prefix}{rule}", value, parent) is not matches(prefix + rule, value, parent)


@given(PLAIN, VALUES)
def test_case_and_blanks_around_mean_nothing(rule: str, value: str | None) -> None:
    same = matches(rule, value)

    assert matches(rule.upper(), value) is same
    assert matches(f"  {rule} ", value) is same
    assert matches(rule, f" {(value or '').casefold()}\n") is same


@given(st.text("ab*!|^\\ ", max_size=10), VALUES, VALUES)
def test_a_rule_is_refused_or_never_raises(rule: str, value: str | None, parent: str | None) -> None:
    try:
        TypeAdapter(Rule).validate_python(rule)
    except ValidationError:
        assume(False)

    assert matches(rule, value, parent) is matches(rule, value, parent)


@given(st.text(max_size=20))
def test_every_text_can_be_written_as_a_rule(text: str) -> None:
    escaped = "".join(f"\\{sign}" if sign in "*!|^\\" else sign for sign in text)

    assert matches(escaped, text) is bool(text.strip())
    assert matches(escaped, text + "x") is False
