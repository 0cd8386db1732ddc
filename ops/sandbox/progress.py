"""Lines that tell a person what a long step is doing, with the seconds since the start.

Plain text on purpose: the same lines read well on a terminal, in a CI log and in a pipe.
"""

import time
from collections.abc import Callable

Progress = Callable[[str], None]
"""Takes one phrase, such as `installing rabbitmq-server`; may be called from several threads."""


def silent(_text: str) -> None:
    """Say nothing: for tests and for callers that only want the result."""


def timed_lines(write: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> Progress:
    """Return a progress that writes `[ 12 s] text` lines, counting from now."""
    start = clock()

    def line(text: str) -> None:
        write(f"[{clock() - start:3.0f} s] {text}")

    return line
