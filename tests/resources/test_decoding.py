"""Bytes to JSON."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scimcore.errors import InvalidSyntax, ScimError
from scimcore.resources import decode_json
from tests.resources.generated import FULL_USER, JSON


class TestDecoding:
    """RFC 8259; what readers disagree about is refused, always with invalidSyntax."""

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"  \n",
            b"[]",
            b'"x"',
            b"null",
            b"{",
            b'{"a":1',
            b'{"a":}',
            b"{} x",
            b"{}{}",
            b"\xef\xbb\xbf{}",
            b"\xff\xfe{\x00}\x00",
            b'{"a":"\xff"}',
            b'{"a":1,"a":2}',
            b'{"b":[{"a" : 1, "c":":", "a" : 1}]}',
            b'{"a":1,"\\u0061":2}',
            b'{"a":NaN}',
            b'{"a":Infinity}',
            b'{"a":-Infinity}',
            b'{"a":1e999}',
            b'{"a":9223372036854775808}',
            b'{"a":-9223372036854775809}',
            b'{"a":' + b"9" * 5000 + b"}",
            b'{"a":"x\ny"}',
            b'{"a":"\\u0000"}',
            b'{"\\ud800":1}',
            b'{"a":["\\udc00"]}',
            b'{"a":01}',
            b"{'a':1}",
        ],
    )
    def test_it_refuses(self, body):
        with pytest.raises(InvalidSyntax):  # HTTP-012, CRT-007, CORE-006, CORE-008
            decode_json(body)

    @pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
    def test_deep_nesting_is_refused_at_any_depth(self, opening):
        for depth in (40, 900, 200_000):
            with pytest.raises(InvalidSyntax):
                decode_json(b'{"a":' + opening * depth)
        for depth in (40, 200):
            with pytest.raises(InvalidSyntax, match="nested"):
                decode_json(b'{"a":' + b"[" * depth + b"]" * depth + b"}")

    def test_many_shallow_values_are_no_deep_nesting(self):
        body = {"a": [{"b": [n]} for n in range(100)]}
        assert decode_json(json.dumps(body).encode()) == body
        assert decode_json(b'{"a":{"a":1}}', max_depth=2) == {"a": {"a": 1}}
        with pytest.raises(InvalidSyntax):
            decode_json(b'{"a":{"a":1}}', max_depth=1)

    @pytest.mark.parametrize(
        "body", [b'{"a":"\\":"}', b'{"a":":x"}', b' {"a" :1}\n', b'{"a":"\\\\u0000"}', b'{"a":"\\ud83d\\ude00"}']
    )
    def test_it_takes_what_only_looks_wrong(self, body):
        assert decode_json(body) == json.loads(body)

    @pytest.mark.parametrize("text", ["0.1", "1.50", "-0.0", "1e2", "1E-7", "123456789.125", "5e-324"])
    def test_a_number_comes_out_as_it_went_in(self, text):
        assert decode_json(f'{{"a":{text}}}'.encode()) == {"a": float(text)}  # CORE-008

    @pytest.mark.parametrize(
        "text", ["0.1000000000000000055511151231257827", "1e-400", "12345678901234567890.1", "1" + "0" * 500 + ".5"]
    )
    def test_a_number_that_would_drift_is_refused(self, text):
        with pytest.raises(InvalidSyntax):
            decode_json(f'{{"a":{text}}}'.encode())

    def test_a_full_user_is_what_json_says(self):
        for indent in (None, 2):
            assert decode_json(json.dumps(FULL_USER, indent=indent).encode()) == FULL_USER

    @settings(max_examples=150)
    @given(st.binary(max_size=40))
    def test_garbage_is_refused_or_read_and_nothing_else(self, body):
        try:
            assert isinstance(decode_json(body), dict)
        except ScimError as error:
            assert error.scim_type == "invalidSyntax"

    @settings(max_examples=100)
    @given(st.dictionaries(st.text(max_size=4), JSON, max_size=3))
    def test_any_json_is_read_or_refused(self, value):
        try:
            decode_json(json.dumps(value).encode())
        except ScimError as error:
            assert error.scim_type == "invalidSyntax"


class TestEndlessMarks:
    """Python sorts a run of combining marks in quadratic time: 80,000 of them froze every tenant for ten seconds."""

    @pytest.mark.parametrize(
        "text",
        [
            "\u0301" * 31,
            "e" + "\u0301\u0323" * 16,
            "x" * 100_000 + "\u0301" * 31,
            "\u0301" * 29 + "x" + "\u0323" * 31 + "x",
            "\U0001d165" * 31,
            # Without a class of their own, these come apart into marks.
            "\u0f73" * 31,
            "\uff9e" * 31,
        ],
    )
    @pytest.mark.parametrize("escaped", [True, False])
    def test_are_refused_in_values_and_names(self, text: str, escaped: bool) -> None:
        for value in ({"a": text}, {text: 1}, {"Operations": [{"op": "add", "value": {"a": [text]}}]}):
            with pytest.raises(InvalidSyntax) as caught:
                decode_json(json.dumps(value, ensure_ascii=escaped).encode())
            assert caught.value.code == "SC-1023"

    def test_are_refused_partly_escaped(self) -> None:
        text = ("\u0301" * 30 + r"\u0323") * 2
        with pytest.raises(InvalidSyntax):
            decode_json(f'{{"a":"{text}"}}'.encode())

    @pytest.mark.parametrize("text", ["\u0301" * 30, ("x" + "\u0301" * 30) * 100, "é" * 1000, "가각" * 100, "🏳️‍🌈" * 99])
    def test_short_runs_are_texts_like_others(self, text: str) -> None:
        for escaped in (True, False):
            assert decode_json(json.dumps({"a": text}, ensure_ascii=escaped).encode()) == {"a": text}


def test_a_name_that_is_there_twice_is_found_in_one_pass() -> None:
    """40,000 names were counted 40,000 times: 356 kB took 16 seconds."""
    body = "{" + ",".join(f'"{number}":0' for number in range(100_000)) + ',"99999":1}'
    with pytest.raises(InvalidSyntax, match="99999"):
        decode_json(body.encode())
