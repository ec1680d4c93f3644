"""The generated part of docs/reference/dialects.md. `python -m tests.dialects.reference` writes it anew."""

from pathlib import Path

from scimcore.dialects import AUTO, DIALECTS, INTEROP, Dialect, Rewrite

PAGE = Path(__file__).parent.parent.parent / "docs" / "reference" / "dialects.md"
BEGIN, END = "<!-- generated from the code: begin -->\n", "<!-- generated from the code: end -->\n"


def generated() -> str:
    """Which dialect has which rewrite, and what each rewrite does and rests on."""
    return "\n".join([*_matrix(), "", *_rewrites(), "", *_settings()]) + "\n"


def write() -> None:
    """Put the generated part into the page."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    PAGE.write_text(before + BEGIN + "\n" + generated() + "\n" + END + rest.partition(END)[2], "utf-8")


def _all() -> list[Rewrite]:
    return [*AUTO.rewrites, *(r for r in INTEROP.rewrites if r not in AUTO.rewrites)]


def _matrix() -> list[str]:
    head = ["rewrite", *(f"`{d.name}`" for d in DIALECTS)]
    rows = [[f"[{r.name}](#{r.name})", *("yes" if r in d.rewrites else "" for d in DIALECTS)] for r in _all()]
    return ["## Which dialect has which rewrite", "", *_table(head, rows)]


def _rewrites() -> list[str]:
    lines = ["## The rewrites", ""]
    for rewrite in _all():
        lines += [f"### {rewrite.name}", "", f"{rewrite.note[0].upper()}{rewrite.note[1:]}.", ""]
        lines += [f"Seen in: {rewrite.source}. Observed: {rewrite.observed}.", ""]
    return lines[:-1]


def _settings() -> list[str]:
    head = ["dialect", "unknown attributes", "`schemas` missing in POST and PUT", "needs of a policy"]
    return ["## What else a dialect sets", "", *_table(head, [_setting(d) for d in DIALECTS])]


def _setting(dialect: Dialect) -> list[str]:
    needs = ", ".join(f"`{need}`" for need in sorted(dialect.needs)) or "nothing"
    return [f"`{dialect.name}`", f"{dialect.rules.unknown}", dialect.rules.missing_schemas, needs]


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(cells) + " |" for cells in lines]


if __name__ == "__main__":
    write()
