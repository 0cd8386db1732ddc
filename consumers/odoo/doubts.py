"""Which of the fields that are known are not believed: Odoo contradicted them, or somebody says so.

A newcomer would get wrong what a flood of contradictions costs. A model is read anew for its first one at
once and then once a minute; a doubt is put off, never forgotten.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

AGAIN_AFTER = 60.0
"""Seconds between two readings of one model because it was doubted."""


class Doubts:
    """Doubts about models, by the seconds of one clock. Change it from one thread at a time."""

    def __init__(self) -> None:
        # Model → its oldest and its newest doubt.
        self._open: Mapping[str, tuple[float, float]] = {}
        self._answered: dict[str, float] = {}

    def cast(self, models: Iterable[str], moment: float) -> None:
        """Doubt what was read of `models` before `moment`."""
        self._open = {
            **self._open,
            **{model: (self._open.get(model, (moment, moment))[0], moment) for model in models},
        }

    def due(self, model: str, moment: float) -> bool:
        """Return whether `model` is doubted, and not read too lately for that to be read anew."""
        before = self._answered.get(model)
        # A clock that was set back puts nothing off.
        return model in self._open and (before is None or not 0 <= moment - before < AGAIN_AFTER)

    def answer(self, model: str, moment: float) -> bool:
        """Return whether what Odoo was asked for `model` at `moment` answers a doubt.

        One that was cast later, while the answer was on its way, stays.
        """
        oldest, newest = self._open.get(model, (math.inf, math.inf))
        if moment < oldest:
            return False
        self._answered[model] = moment
        self._open = {name: cast for name, cast in self._open.items() if name != model}
        if moment < newest:
            self.cast([model], newest)
        return True
