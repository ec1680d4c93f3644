"""The API reference lists exactly what is public, in the words of the docstrings."""

import importlib

import pytest

from tests.docs import api

DOORS = [name for name in api.DOORS if api.module(name)]


class TestThePages:
    def test_they_are_those_of_the_source(self) -> None:
        written = {file.name: file.read_text(encoding="utf-8") for file in api.FOLDER.glob("*.md")}

        stale = [name for name, text in api.pages().items() if written.pop(name, "") != text]

        assert [*stale, *written] == [], f"run: {api.COMMAND}"

    @pytest.mark.parametrize("name", DOORS)
    def test_a_page_lists_what_its_module_exports(self, name: str) -> None:
        page = (api.FOLDER / f"{name}.md").read_text(encoding="utf-8")
        door = api.module(name)
        assert door
        exported = getattr(importlib.import_module(name), "__all__", api.names(door))

        assert [line[4:-1] for line in page.splitlines() if line.startswith("## `")] == list(exported)

    @pytest.mark.parametrize("name", DOORS)
    def test_every_name_has_a_docstring(self, name: str) -> None:
        door = api.module(name)
        assert door

        bare = [found for found in api.names(door) if not api.entry(door, found)[1]]

        assert bare == [], "give each a docstring, or a `#:` comment in the line before"

    def test_a_host_finds_every_effect_in_its_module(self) -> None:
        from scimcore import host
        from scimcore.policy.effects import EFFECTS

        assert {effect.__name__ for effect in EFFECTS} - set(host.__all__) == set()


class TestTheReader:
    """The source is read and not imported; what it reads is what a caller sees."""

    def test_a_signature_is_without_self_and_keeps_its_markers(self) -> None:
        (method,) = api.ast.parse("def f(self, a: int, /, b=1, *, c: str = '', **d: object) -> None: ...").body

        assert isinstance(method, api.ast.FunctionDef)
        assert api.signature(method, "f") == "f(a: int, /, b=1, *, c: str = '', **d: object) -> None"

    def test_examples_become_blocks(self) -> None:
        assert api.prose("One.\n\n    >>> 1 + 1\n    2\n\n    Two.") == "One.\n\n```pycon\n>>> 1 + 1\n2\n```\n\nTwo."

    @pytest.mark.parametrize(
        ("doc", "first"),
        [
            ("One. Two.", "One."),
            ("Only\none line", "Only one line"),
            ("As in a.b(c): d.", "As in a.b(c): d."),
            (None, ""),
        ],
    )
    def test_the_table_shows_the_first_sentence(self, doc: str | None, first: str) -> None:
        assert api.first_sentence(doc) == first
