"""Values of the vault → texts as Odoo keeps them: on one line, on several, or as HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from decimal import Decimal

from consumers.mapping.facts import Fact
from consumers.odoo.fields import FieldInfo
from schemas.dead_letter import cut
from schemas.field_rule import FieldRule, TooLong

_WINDOWS = {code: bytes([code]).decode("cp1252", errors="ignore") for code in range(0x80, 0xA0)}
"""Control characters that HTML takes for those of Windows, such as U+0085 for an ellipsis."""
_BREAK = re.compile(r"\r\n?|\n")
_BREAKS = re.compile(r"\s*[\r\n]\s*")


def text_of(value: Fact) -> str:
    """Return `value` as text without blanks at its ends: true and false, numbers without exponent."""
    if isinstance(value, str):
        # PostgreSQL stores no NUL.
        return value.replace("\0", "").strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        value = Decimal(repr(value))
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def shown(value: Fact) -> str:
    """Return `value` as it may stand in a reason: quoted, on one line, cut."""
    return repr(cut(text_of(value), 60))


def char(rule: FieldRule, info: FieldInfo) -> Callable[[Fact], str]:
    """Return what makes texts of one line, as Odoo's `char` is one."""
    return _limited(rule, info, lambda value: _BREAKS.sub(" ", text_of(value)))


def text(rule: FieldRule, info: FieldInfo) -> Callable[[Fact], str]:
    """Return what makes texts of several lines."""
    return _limited(rule, info, _lines)


def html_text(rule: FieldRule, info: FieldInfo) -> Callable[[Fact], str]:
    """Return what makes HTML that Odoo's sanitizer leaves as it is, so that comparing converges.

    Source: `odoo/tools/mail.py` html_sanitize, run on such texts.
    """
    plain = _limited(rule, info, _lines)

    def convert(value: Fact) -> str:
        # As lxml reads them, which Odoo's sanitizer goes by.
        written = plain(value).translate(_WINDOWS)
        escaped = html.escape(written, quote=False).replace("\xa0", "&nbsp;")
        return f"<p>{escaped.replace(chr(10), '<br>')}</p>"

    return convert


def _lines(value: Fact) -> str:
    return _BREAK.sub("\n", text_of(value))


def _limited(rule: FieldRule, info: FieldInfo, convert: Callable[[Fact], str]) -> Callable[[Fact], str]:
    """Return `convert` with the limit of the rule, or of the field: Odoo would cut without a word."""
    limits = [one for one in (rule.max_length, info.size) if one is not None]
    if not limits:
        return convert
    limit, reject = min(limits), rule.too_long is TooLong.REJECT

    def limited(value: Fact) -> str:
        found = convert(value)
        if len(found) <= limit:
            return found
        if reject:
            raise ValueError(f"{shown(found)} has {len(found)} characters; at most {limit} are allowed")
        return found[:limit].rstrip()

    return limited
