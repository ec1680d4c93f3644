"""Our side of the comparisons."""
