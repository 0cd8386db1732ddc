"""Values of the vault → texts as Odoo keeps them: on one line, on several, or as HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from decimal import Decimal

from consumers.mapping.facts import Fact
from consumers.odoo.fields import FieldInfo
from schemas.dead_letter import cut
from schemas.profile import FieldRule, TooLong

_BREAK = re.compile(r"\r\n?|\n")
_BREAKS = re.compile(r"\s*[\r\n]\s*")


def text_of(value: Fact) -> str:
    """Return `value` as text without blanks at its ends: true and false, numbers without exponent."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        value = Decimal(repr(value))
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def shown(value: Fact) -> str:
    """Return `value` as it may stand in a reason: quoted, on one line, cut."""
    return repr(cut(text_of(value), 60))


def char(rule: FieldRule, info: FieldInfo) -> Callable[[Fact], str]:  # noqa: ARG001 - all makers alike
    """Return what makes texts of one line, as Odoo's `char` is one."""
    return _limited(rule, lambda value: _BREAKS.sub(" ", text_of(value)).replace("\0", ""))


def text(rule: FieldRule, info: FieldInfo) -> Callable[[Fact], str]:  # noqa: ARG001
    """Return what makes texts of several lines."""
    return _limited(rule, _lines)


def html_text(rule: FieldRule, info: FieldInfo) -> Callable[[Fact], str]:  # noqa: ARG001
    """Return what makes HTML that Odoo's sanitizer leaves as it is, so that comparing converges.

    Source: `odoo/tools/mail.py` html_sanitize, run on such texts.
    """
    plain = _limited(rule, _lines)

    def convert(value: Fact) -> str:
        escaped = html.escape(plain(value), quote=False).replace("\xa0", "&nbsp;")
        return f"<p>{escaped.replace(chr(10), '<br>')}</p>"

    return convert


def _lines(value: Fact) -> str:
    # PostgreSQL stores no NUL.
    return _BREAK.sub("\n", text_of(value)).replace("\0", "")


def _limited(rule: FieldRule, convert: Callable[[Fact], str]) -> Callable[[Fact], str]:
    limit, reject = rule.max_length, rule.too_long is TooLong.REJECT
    if limit is None:
        return convert

    def limited(value: Fact) -> str:
        found = convert(value)
        if len(found) <= limit:
            return found
        if reject:
            raise ValueError(f"{shown(found)} has {len(found)} characters; at most {limit} are allowed")
        return found[:limit].rstrip()

    return limited
