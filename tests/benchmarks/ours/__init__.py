"""Our subject of the comparisons."""
