"""Words without quotes in a filter, read as strings: `userName eq t_eve`.

Only asked for what the grammar refuses, so that nothing here costs a filter that is right.
"""

import json
import re

#: What a note says about it.
NOTE = "a word without quotes is taken as a string"

# A string is skipped as a whole. A word ends at white space or at what closes a group; it opens with none of the
# characters that mean something else to a filter. Possessive, so that no text takes more than one pass.
_WORD = re.compile(
    r"""
    "(?:[^"\\]|\\.)*+"
    | (?P<op>(?<=[ \t])(?:eq|ne|co|sw|ew|gt|ge|lt|le)[ \t]++) (?P<word>[^\s"'()\[\]]++)
    """,
    re.IGNORECASE | re.VERBOSE,
)


def quote_bare_words(text: str) -> str:
    """Return the text with each word after a comparison operator in quotes; null stays what it is.

    Numbers and booleans are quoted, too: `userName eq 1234` means a text. Where the schema has a number or a boolean,
    the dialects that read bare words also read texts for these.
    """
    return _WORD.sub(_quoted, text)


def _quoted(match: re.Match[str]) -> str:
    word = match["word"]
    if word is None or word.lower() == "null":
        return match[0]
    return match["op"] + json.dumps(word, ensure_ascii=False)
