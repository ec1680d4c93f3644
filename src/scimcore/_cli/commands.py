"""The commands, and what each of them prints. `database` has those that begin with `scimcore db`."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import time_ns
from typing import TYPE_CHECKING

from scimcore._cli import database
from scimcore._cli.mistakes import Mistake
from scimcore.errors import InvalidFilter, ScimError
from scimcore.schema.json import Json, JsonObject

# The policy package is only imported by the commands that need it: `scimcore --help` must not wait for it.
if TYPE_CHECKING:
    from scimcore.policy import Policy


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line, and return the exit status.

    0: all went well. 1: what the command looked at has a fault, such as a policy that contradicts itself. 2: the
    command line is wrong, or names something that is not there.
    """
    given = parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = given.command
    try:
        return command(given)
    except BrokenPipeError:
        # `scimcore db export ... | head`: the reader has seen enough.
        return 0
    except Mistake as wrong:
        print(f"scimcore: {wrong}", file=sys.stderr)
        return 2
    except (ValueError, OSError, ScimError) as wrong:
        print(f"scimcore: {wrong}", file=sys.stderr)
        return 1


class _ShowVersion(argparse.Action):
    """Print the version and leave. The metadata is read only then: every other command would wait for it."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        import scimcore

        print(f"scimcore {scimcore.__version__}")
        parser.exit()


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line. What the commands need is imported when one of them runs."""
    parser = argparse.ArgumentParser(prog="scimcore", description="SCIM 2.0 provisioning: look into it from outside.")
    parser.add_argument("--version", action=_ShowVersion, nargs=0, help="print the version of scimcore")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _policy_parser(commands)
    dialects = commands.add_parser("dialects", help="list the dialects, or the rewrites of one")
    dialects.add_argument("name", nargs="?", help="of which dialect")
    dialects.set_defaults(command=_dialects)
    filter = commands.add_parser("filter", help="parse a filter, and show what is wrong with it")
    filter.add_argument("text", help='for example: userName eq "ada@example.com"')
    filter.set_defaults(command=_filter)
    schemas = commands.add_parser("schemas", help="print /Schemas as the service answers it")
    schemas.set_defaults(command=_schemas)
    explain = commands.add_parser("explain", help="print an audit trail in sentences")
    explain.add_argument("file", nargs="?", default="-", help="JSON of audit records; standard input if left out")
    explain.set_defaults(command=_explain)
    token = commands.add_parser("token", help="make a credential").add_subparsers(required=True, metavar="ACTION")
    token.add_parser("new", help="print a new secret, and the digest to store").set_defaults(command=_new_token)
    database.add_parser(commands)
    return parser


def _policy_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    policy = commands.add_parser("policy", help="read, check and compare provisioning policies")
    actions = policy.add_subparsers(required=True, metavar="ACTION")
    what = "a TOML or JSON file, or the name of a preset: standard, suspend, anonymise-leavers, invite-members"
    show = actions.add_parser("show", help="print in sentences what the product does")
    show.add_argument("policy", help=what)
    show.set_defaults(command=_show_policy)
    check = actions.add_parser("check", help="refuse a policy that contradicts itself or the RFCs")
    check.add_argument("policy", help=what)
    check.set_defaults(command=_check_policy)
    diff = actions.add_parser(
        "diff", help="print where two policies differ; the first is standard if only one is given"
    )
    diff.add_argument("policies", nargs="+", metavar="policy", help=what)
    diff.set_defaults(command=_diff_policies)


def _show_policy(given: argparse.Namespace) -> int:
    from scimcore.policy import describe

    print(describe(_policy(given.policy)).rstrip())
    return 0


def _check_policy(given: argparse.Namespace) -> int:
    # Building it is the check: a policy that contradicts itself raises.
    policy = _policy(given.policy)
    print(f"{policy.name}: nothing contradicts")
    return 0


def _diff_policies(given: argparse.Namespace) -> int:
    from scimcore.policy import diff

    if len(given.policies) > 2:
        raise Mistake("scimcore policy diff compares two policies, not more.")
    # One policy is compared with what applies without a choice.
    before, after = ["standard", *given.policies][-2:]
    print("\n".join(map(str, diff(_policy(before), _policy(after)))) or "no difference")
    return 0


def _policy(name: str) -> "Policy":
    from scimcore.policy import PRESETS, load

    # A preset wins over a file of its name: "standard" must mean the same in every folder.
    if name in PRESETS:
        return PRESETS[name]
    if not Path(name).exists():
        raise Mistake(f"There is no file and no preset {name!r}. The presets are {', '.join(PRESETS)}.")
    try:
        return load(Path(name))
    except OSError as error:
        raise Mistake(f"The file {name!r} cannot be read: {error.strerror}.") from None


def _dialects(given: argparse.Namespace) -> int:
    from scimcore.dialects import DIALECTS, find_dialect

    if given.name:
        try:
            found = find_dialect(given.name)
        except ValueError as error:
            raise Mistake(str(error)) from None
        print(found.explain(), end="")
        return 0
    # Aligned for people; scripts take the first word of each line.
    width = max(len(known.name) for known in DIALECTS)
    for known in DIALECTS:
        print(f"{known.name:{width}}  {len(known.rewrites):>2} rewrites")
    return 0


def _filter(given: argparse.Namespace) -> int:
    from scimcore.filters import parse_filter, render

    try:
        print(render(parse_filter(given.text)))
    except InvalidFilter as wrong:
        # Without "scimcore:" in front, which would move the caret away from what it points at.
        print(wrong, file=sys.stderr)
        return 1
    return 0


def _schemas(given: argparse.Namespace) -> int:
    from scimcore.resources import describe_schema
    from scimcore.schema import Registry

    # The RFC's types only: the types of a product are in its own Registry, which its service answers with.
    described = [describe_schema(schema) for schema in Registry().schemas().values()]
    print(json.dumps(described, indent=2, ensure_ascii=False))
    return 0


def _explain(given: argparse.Namespace) -> int:
    for record in _records(_json(given.file)):
        print(_headline(record))
        for note in _objects(record.get("notes")):
            print(f"    {note.get('rule', '')}: {note.get('text', '')}")
    return 0


def _json(file: str) -> Json:
    """Return the JSON in the file, or in standard input for "-". Raises `Mistake`."""
    source = "standard input" if file == "-" else f"the file {file!r}"
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
        found: Json = json.loads(text)
    except OSError as error:
        raise Mistake(f"{source[0].upper()}{source[1:]} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        # A UnicodeDecodeError is a ValueError, too.
        empty = isinstance(error, json.JSONDecodeError) and not text.strip()
        what = "is empty" if empty else f"is not JSON ({error})"
        raise Mistake(f"{source[0].upper()}{source[1:]} {what}. {_WANTED}") from None
    return found


_WANTED = "Give the JSON of audit records, as service.admin.audit returns them."


def _records(found: Json) -> list[JsonObject]:
    """Return the records in a page of them, in a list, or in one. Raises `Mistake` where there is none."""
    # As a page of service.admin.audit, as a list of records, or as one record out of a log.
    if isinstance(found, dict):
        found = found.get("audit", [found])
    records = _objects(found)
    if not records:
        raise Mistake(f"There is no audit record in it. {_WANTED}")
    return records


def _objects(found: Json) -> list[JsonObject]:
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _headline(record: JsonObject) -> str:
    # Records of other versions may lack a key; then the word is left out.
    words = [str(record.get(key) or "") for key in ("operation", "type", "target", "outcome", "detail")]
    effects = record.get("effects")
    did = f" ({', '.join(map(str, effects))})" if isinstance(effects, list) and effects else ""
    return " ".join(word for word in words if word) + did


def _new_token(given: argparse.Namespace) -> int:
    from scimcore.access import issue

    # The digest is what a product stores; the secret goes to the identity provider and nowhere else.
    secret, credential = issue(now=time_ns() // 1000)
    print(f"secret  {secret}")
    print(f"digest  {credential.digest}")
    return 0
