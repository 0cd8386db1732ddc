"""Values of the vault in the types of Odoo's fields."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from consumers.mapping.convert import TYPES, converter, empty
from consumers.mapping.facts import Fact
from consumers.mapping.measures import converted
from consumers.odoo.fields import FieldInfo
from schemas.field_rule import FieldRule

TYPE = (("consu", "Goods"), ("service", "Service"), ("goods", "Odd One"))


def convert(kind: str, value: Fact, digits: int | None = None, **rule: Any) -> Any:
    info = FieldInfo("f", kind, digits=digits, selection=TYPE, relation="x" if "many" in kind else "")
    return converter(FieldRule(from_="A", **rule), info)(value)


@pytest.mark.parametrize(
    ("kind", "value", "expected", "rule"),
    [
        ("char", "  a b ", "a b", {}),
        ("char", "a\r\n  b\n\nc", "a b c", {}),
        ("char", "a\0b", "ab", {}),
        ("char", Decimal("1.50"), "1.5", {}),
        ("char", Decimal("1E+3"), "1000", {}),
        ("char", 0.00001, "0.00001", {}),
        ("char", 7, "7", {}),
        ("char", True, "true", {}),
        ("char", "abcdef", "abc", {"max_length": 3, "too_long": "cut"}),
        ("char", "ab cd", "ab", {"max_length": 3, "too_long": "cut"}),
        ("char", "abc", "abc", {"max_length": 3}),
        ("text", " a\r\nb\rc ", "a\nb\nc", {}),
        ("html", "a\nb", "<p>a<br>b</p>", {}),
        ("html", "<b> & \"q\" 'x'", "<p>&lt;b&gt; &amp; \"q\" 'x'</p>", {}),
        ("html", "a\xa0b", "<p>a&nbsp;b</p>", {}),
        ("integer", "12", 12, {}),
        ("integer", "12.0", 12, {}),
        ("integer", "-3", -3, {}),
        ("integer", Decimal(5), 5, {}),
        ("integer", "1.234", 1234, {"decimal": ","}),
        ("float", "1.005", 1.01, {"digits": 2}),
        ("float", "-1.005", -1.01, {"digits": 2}),
        ("float", "1.005", 1.005, {}),
        ("float", "1.234,5", 1234.5, {"decimal": ","}),
        ("float", "1,234.5", 1234.5, {"decimal": "."}),
        ("float", 2, 2.0, {}),
        ("float", 0.1, 0.1, {"digits": 2}),
        ("monetary", "9.999", 10.0, {}),
        ("float", "1 in", 25.4, {"unit": "mm", "digits": 2}),
        ("float", '2"', 50.8, {"unit": "mm", "digits": 2}),
        ("float", "12,5 MM", 1.25, {"unit": "cm", "decimal": ",", "digits": 2}),
        ("float", "12.5", 12.5, {"unit": "cm"}),
        ("float", "12.5", 1.25, {"unit": "cm", "source_unit": "mm"}),
        ("float", "2 m³", 2.0, {"unit": "m3"}),
        ("float", "250 g", 0.25, {"unit": "kg", "digits": 2}),
        ("integer", "1.5 h", 90, {"unit": "min"}),
        ("boolean", "Ja", True, {}),
        ("boolean", "NON", False, {}),
        ("boolean", "X", True, {}),
        ("boolean", "0", False, {}),
        ("boolean", 1, True, {}),
        ("boolean", False, False, {}),
        ("boolean", "Kauf", True, {"true": ("kauf",), "false": ("eigen",)}),
        ("selection", "SERVICE", "service", {}),
        ("selection", "odd one", "goods", {}),
        ("selection", "Goods", "goods", {}),
        ("date", "2026-03-02", "2026-03-02", {}),
        ("date", "2026-03-02T01:30:00+05:00", "2026-03-02", {}),
        ("date", "2.3.2026", "2026-03-02", {"formats": ("%Y-%m-%d", "%d.%m.%Y")}),
        ("date", "0001-02-03", "0001-02-03", {}),
        ("datetime", "2026-03-02T09:30:00.9Z", "2026-03-02 09:30:00", {}),
        ("datetime", "2026-03-02T09:30+02:00", "2026-03-02 07:30:00", {}),
        ("datetime", "02.03.2026 09:30", "2026-03-02 09:30:00", {"formats": ("%d.%m.%Y %H:%M",)}),
        ("many2one", " All / Screws ", ("All / Screws",), {}),
        ("many2one", "a;b", ("a;b",), {}),
        ("many2many", "b; a;;b", ("b", "a"), {"separator": ";"}),
        ("many2many", "a;b", ("a;b",), {}),
    ],
)
def test_a_value_becomes(kind: str, value: Fact, expected: Any, rule: dict[str, Any]) -> None:
    found = convert(kind, value, **rule)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("kind", "value", "reason", "rule"),
    [
        ("char", "abcd", "has 4 characters; at most 3", {"max_length": 3}),
        ("integer", "1.5", "no whole number", {}),
        ("integer", "one", "not a number", {}),
        ("float", "1,5", "write a point, not a comma", {}),
        ("float", "1,234", "write a point, not a comma", {}),
        ("float", "1,5", "a comma groups thousands", {"decimal": "."}),
        ("float", "1.5 kg", "not a number", {}),
        ("float", True, "not a number", {}),
        ("float", float("nan"), "not a number", {}),
        ("float", 1e300, "out of range", {}),
        ("float", 10**70, "out of range", {"digits": 2}),
        ("integer", 10**70, "out of range", {}),
        ("float", "1 kgg", "'kgg' is no known unit (near: kg)", {"unit": "kg"}),
        ("float", "1 m", "m is a length and kg a mass", {"unit": "kg"}),
        ("float", "__import__('os')", "not a number", {"unit": "kg"}),
        ("boolean", "maybe", "neither yes nor no", {}),
        ("boolean", "yes", "allowed: kauf, eigen", {"true": ("Kauf",), "false": ("Eigen",)}),
        ("selection", "servic", "none of consu (Goods), service (Service)", {}),
        ("date", "02.03.2026", "ISO 8601", {}),
        ("date", "2026-03-02", "allowed: %d.%m.%Y", {"formats": ("%d.%m.%Y",)}),
        ("datetime", "0001-01-01T00:00+05:00", "out of range", {}),
    ],
)
def test_a_value_that_does_not_fit_is_told_with_what_is_allowed(
    kind: str, value: Fact, reason: str, rule: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        convert(kind, value, **rule)
    assert reason in str(caught.value)


def test_the_weight_of_an_event_is_in_kilograms_whatever_odoos_unit_is() -> None:
    rule = FieldRule(from_="item.weight", unit="g")
    assert converter(rule, FieldInfo("f", "float", digits=2))(Decimal("0.25")) == 250.0


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [("1", "ft", "in", "12"), ("1", "t", "kg", "1000"), ("3", "l", "cm3", "3000"), ("1", "m²", "mm2", "1E6")],
)
def test_measures_convert_exactly(value: str, source: str, target: str, expected: str) -> None:
    assert converted(Decimal(value), source, target) == Decimal(expected)


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_every_type_has_an_empty_value(kind: str) -> None:
    assert not empty(FieldInfo("f", kind))
