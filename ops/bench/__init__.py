"""Performance as ratios in one run: against a naive client, and against the bare calls."""
