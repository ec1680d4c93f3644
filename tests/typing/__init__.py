"""Files that mypy checks and that nothing runs: what a strict host sees of the library."""
