"""The `scimcore` command: for the people around a product that is provisioned, not for the product itself."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import time_ns
from typing import TYPE_CHECKING

from scimcore import _cli_db
from scimcore.errors import InvalidFilter, ScimError
from scimcore.schema.json import Json, JsonObject

if TYPE_CHECKING:
    from scimcore.policy import Policy


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when all went well, 1 when what was given is wrong, 2 when the command line is."""
    given = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = given.command
    try:
        return command(given)
    except BrokenPipeError:
        return 0
    except (ValueError, OSError, ScimError) as wrong:
        print(f"scimcore: {wrong}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scimcore", description="SCIM 2.0 provisioning: look into it from outside.")
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
    explain = commands.add_parser("explain", help="tell an audit trail in sentences")
    explain.add_argument("file", nargs="?", default="-", help="JSON of audit records; standard input if left out")
    explain.set_defaults(command=_explain)
    token = commands.add_parser("token", help="make a credential").add_subparsers(required=True, metavar="ACTION")
    token.add_parser("new", help="print a new secret, and the digest to store").set_defaults(command=_new_token)
    _cli_db.add_parser(commands)
    return parser


def _policy_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    policy = commands.add_parser("policy", help="read, check and compare provisioning policies")
    actions = policy.add_subparsers(required=True, metavar="ACTION")
    what = "a TOML or JSON file, or the name of a preset: standard, suspend, anonymise-leavers, invite-members"
    show = actions.add_parser("show", help="say in sentences what the product does")
    show.add_argument("policy", help=what)
    show.set_defaults(command=_show_policy)
    check = actions.add_parser("check", help="refuse a policy that contradicts itself or the RFCs")
    check.add_argument("policy", help=what)
    check.set_defaults(command=_check_policy)
    diff = actions.add_parser("diff", help="say where two policies differ; the first is standard if only one is given")
    diff.add_argument("policies", nargs="+", metavar="policy", help=what)
    diff.set_defaults(command=_diff_policies)


def _show_policy(given: argparse.Namespace) -> int:
    from scimcore.policy import describe

    print(describe(_policy(given.policy)).rstrip())
    return 0


def _check_policy(given: argparse.Namespace) -> int:
    policy = _policy(given.policy)
    print(f"{policy.name}: nothing contradicts")
    return 0


def _diff_policies(given: argparse.Namespace) -> int:
    from scimcore.policy import diff

    if len(given.policies) > 2:
        raise ValueError("two policies are compared, not more")
    before, after = ["standard", *given.policies][-2:]
    print("\n".join(map(str, diff(_policy(before), _policy(after)))) or "no difference")
    return 0


def _policy(name: str) -> "Policy":
    from scimcore.policy import PRESETS, load

    return PRESETS[name] if name in PRESETS else load(Path(name))


def _dialects(given: argparse.Namespace) -> int:
    from scimcore.dialects import DIALECTS, find_dialect

    if given.name:
        print(find_dialect(given.name).explain(), end="")
        return 0
    width = max(len(known.name) for known in DIALECTS)
    for known in DIALECTS:
        print(f"{known.name:{width}}  {len(known.rewrites):>2} rewrites")
    return 0


def _filter(given: argparse.Namespace) -> int:
    from scimcore.filters import parse_filter, render

    try:
        print(render(parse_filter(given.text)))
    except InvalidFilter as wrong:
        print(wrong, file=sys.stderr)
        return 1
    return 0


def _schemas(given: argparse.Namespace) -> int:
    from scimcore.resources import describe_schema
    from scimcore.schema import Registry

    described = [describe_schema(schema) for schema in Registry().schemas().values()]
    print(json.dumps(described, indent=2, ensure_ascii=False))
    return 0


def _explain(given: argparse.Namespace) -> int:
    text = sys.stdin.read() if given.file == "-" else Path(given.file).read_text()
    for record in _records(json.loads(text)):
        print(_headline(record))
        for note in _objects(record.get("notes")):
            print(f"    {note.get('rule', '')}: {note.get('text', '')}")
    return 0


def _records(found: Json) -> list[JsonObject]:
    """The records in what was given: a page of them, a list, or one."""
    if isinstance(found, dict):
        found = found.get("audit", [found])
    records = _objects(found)
    if not records:
        raise ValueError("there is no audit record in it")
    return records


def _objects(found: Json) -> list[JsonObject]:
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _headline(record: JsonObject) -> str:
    words = [str(record.get(key) or "") for key in ("operation", "type", "target", "outcome", "detail")]
    effects = record.get("effects")
    did = f" ({', '.join(map(str, effects))})" if isinstance(effects, list) and effects else ""
    return " ".join(word for word in words if word) + did


def _new_token(given: argparse.Namespace) -> int:
    from scimcore.access import issue

    secret, credential = issue(now=time_ns() // 1000)
    print(f"secret  {secret}")
    print(f"digest  {credential.digest}")
    return 0
