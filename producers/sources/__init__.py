"""What comes out of a vault, turned into events.

The parsers are pure: bytes in, events out. They open no file, ask no clock, read no environment and
make no identifiers of their own; whoever holds the bytes (command line, watched folder, HTTP) hands
all that in. A body is accepted whole or refused whole, by `SourceError`.
"""
