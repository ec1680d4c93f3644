"""A wrong value is refused when it is built, in a sentence that names the argument, what came and what is expected."""

from typing import Any

import pytest
from attrs import field, frozen

from scimcore import _arguments as arguments


@frozen(kw_only=True)
class Thing:
    number: int = field(default=1, validator=arguments.whole_number(1, 9))
    word: str = field(default="a", validator=arguments.text(empty=False))
    mode: Any = field(default="on", validator=arguments.one_of(("on", "off", 1)))
    many: tuple[str, ...] = field(
        default=(), validator=arguments.each(arguments.instance_of(str, "texts"), "a tuple of texts")
    )
    maybe: bytes | None = field(
        default=None, validator=arguments.optional(arguments.instance_of(bytes, "bytes or None"))
    )


@pytest.mark.parametrize(
    ("arguments_", "error", "sentence"),
    [
        ({"number": 0}, ValueError, "Thing(number=...) takes a whole number from 1 to 9, not 0."),
        ({"number": True}, TypeError, "Thing(number=...) takes a whole number from 1 to 9, not True."),
        ({"number": "4"}, TypeError, "Thing(number=...) takes a whole number from 1 to 9, not the text '4'."),
        ({"word": ""}, ValueError, "Thing(word=...) takes a text that is not empty, not the text ''."),
        ({"word": str}, TypeError, "Thing(word=...) takes a text that is not empty, not the class str."),
        ({"mode": "up"}, ValueError, "Thing(mode=...) takes one of 'on', 'off', 1, not the text 'up'."),
        ({"mode": True}, ValueError, "Thing(mode=...) takes one of 'on', 'off', 1, not True."),
        ({"many": "ab"}, TypeError, "Thing(many=...) takes a tuple of texts, not the text 'ab'."),
        ({"many": ("a", 1)}, TypeError, "Thing(many=...) takes texts, not 1."),
        ({"maybe": "x"}, TypeError, "Thing(maybe=...) takes bytes or None, not the text 'x'."),
    ],
)
def test_a_wrong_value_is_refused_in_a_sentence(
    arguments_: dict[str, Any], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error) as caught:
        Thing(**arguments_)
    assert str(caught.value) == sentence


def test_what_is_right_passes() -> None:
    assert Thing(number=9, word="b", mode=1, many=("a",), maybe=b"x").maybe == b"x"
