"""Words without quotes in a filter, read as strings: `userName eq t_eve`.

Only asked for what the grammar refuses, so that nothing here costs a filter that is right.
"""

import json
import re

#: What a note says about it.
NOTE = "a word without quotes is taken as a string"

# A string is skipped as a whole. A word has no character that means something else, to a filter or to a word processor
# (typographic quotes are a mistake, not part of a name), and ends at white space or at what closes a group. Possessive,
# so that no text takes more than one pass.
_WORD = re.compile(
    r"""
    "(?:[^"\\]|\\.)*+"
    | (?P<op>(?<=[ \t])(?:eq|ne|co|sw|ew|gt|ge|lt|le)[ \t]++) (?P<word>[\w@.+:/%~\#!$&*=-]++)(?=[\s)\]]|\Z)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_CONSTANT = re.compile(r"true|false|[-+]?[0-9].*", re.IGNORECASE)


def quote_bare_words(text: str) -> str:
    """Return the text with each word after a comparison operator in quotes; null stays what it is.

    Numbers and booleans are quoted after `eq`, too: `userName eq 1234` looks for a name. Where the schema has a number
    or a boolean, the dialects that read bare words also read texts for these.
    """
    return _WORD.sub(_quoted, text)


def _quoted(match: re.Match[str]) -> str:
    word = match["word"]
    if word is None or word.lower() == "null":
        return match[0]
    if match["op"].strip().lower() != "eq" and _CONSTANT.fullmatch(word):
        return match[0]
    return match["op"] + json.dumps(word, ensure_ascii=False)
