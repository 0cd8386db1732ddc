"""Why a benchmark ends: its figures would mean nothing."""


class BenchError(Exception):
    """What is measured did not do what it is measured for; the text says what it did."""
