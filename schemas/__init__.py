"""Every shape that crosses a process boundary.

This package does no input or output and reads no clock. `environment.py` alone reads the environment.
It imports nothing from `producers`, `consumers` or `ops`.
"""
