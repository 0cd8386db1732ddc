"""What Odoo's refusal says of the record at fault. Pure: texts and values in, names out.

A newcomer would get wrong how little is certain: Odoo's texts are translated, and many name nothing. What
they quote is data, though: a value, a number, the id in PostgreSQL's "Failing row contains (2661, …".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from consumers.errors import PermanentError
from schemas.dead_letter import cut

_SHORTEST, _LONGEST = 3, 200
"""Characters of the values that are looked for: shorter ones stand in any text, longer ones in none."""
_SHOWN = 5
_OURS = "x_pdm_"
_VALUE_BYTES = 80
_IDS = r"Failing row contains \((\d+),|\(?{model}[:(]\s*\(?(\d+)"


def suspects(
    text: str, model: str, changes: Mapping[int, Mapping[str, Any]], names: Mapping[int, Collection[str]]
) -> list[int]:
    """Return the records among `changes` that `text` speaks of; none when it could be any.

    A record is known by its id, by what it alone would get, and by what `names` say that it is called.
    """
    ids = {
        int(one) for found in re.findall(_IDS.format(model=re.escape(model)), text) for one in found if one
    }
    owners: dict[str, set[int]] = {}
    for record, values in changes.items():
        for word in (*_words(values.values()), *names.get(record, ())):
            owners.setdefault(word, set()).add(record)
    quoted = {
        record
        for word, records in owners.items()
        if len(records) == 1 and _quotes(text, word)
        for record in records
    }
    found = (ids & changes.keys()) | quoted
    return [record for record in changes if record in found] if len(found) < len(changes) else []


def explained(
    error: PermanentError, model: str, values: Mapping[str, Any], field: str = ""
) -> PermanentError:
    """Return `error` with the field at fault and its value: the `field` that Odoo names, or quotes."""
    return _telling(error, model, values, [field] if field in values else _quoted(str(error), values))


def explained_change(error: PermanentError, model: str, values: Mapping[str, Any]) -> PermanentError:
    """Return `error` as `explained`; when no value is quoted, with all that was to be written."""
    told = _quoted(str(error), values) or [name for name in values if not name.startswith(_OURS)]
    return _telling(error, model, values, told)


def _telling(
    error: PermanentError, model: str, values: Mapping[str, Any], told: Sequence[str]
) -> PermanentError:
    # PostgreSQL's detail is the whole row, in the order of its columns: nothing for people.
    text = str(error).partition("\nDETAIL:")[0]
    shown = ", ".join(f"{model}.{name} = {_brief(values[name])}" for name in told[:_SHOWN])
    told_error = PermanentError(error.reason, f"{text.strip()}; refused: {shown}" if shown else text)
    told_error.__cause__ = error.__cause__
    return told_error


def _quoted(text: str, values: Mapping[str, Any]) -> list[str]:
    """Return the fields, but ours, whose value `text` quotes."""
    return [
        name
        for name, value in values.items()
        if not name.startswith(_OURS) and any(_quotes(text, word) for word in _words([value]))
    ]


def _brief(value: Any) -> str:
    return cut(repr(value[:_LONGEST] if isinstance(value, str) else value), _VALUE_BYTES)


def _words(values: Collection[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            continue
        if isinstance(value, str) and len(value) > _LONGEST:  # the content of a file, say
            continue
        word = f"{value:g}" if isinstance(value, float) else str(value).strip()
        if len(word) >= _SHORTEST:
            yield word


def _quotes(text: str, word: str) -> bool:
    """Return whether `text` has `word` by itself; PostgreSQL writes numbers with their decimals."""
    return word in text and bool(re.search(rf"(?<![\w.]){re.escape(word)}(\.0+)?(?![\w.]*\w)", text))
