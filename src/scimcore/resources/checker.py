"""Bodies and values checked against a resource type, made canonical on the way (RFC 7643 sections 2, 3 and 7)."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from attrs import frozen

from scimcore.errors import InvalidSyntax
from scimcore.resources import _links
from scimcore.resources._names import canonical
from scimcore.resources._objects import blank, compile_attribute, compile_element, into, is_plain, lacking
from scimcore.resources._run import REQUIRED, Run
from scimcore.resources._values import Bad, kind
from scimcore.resources._whole import Arrange, arrangement
from scimcore.resources.changes import Link
from scimcore.resources.rules import Rules
from scimcore.resources.schemas import SchemaList
from scimcore.schema import Attribute, BoundType, Registry, Target, fold_name
from scimcore.schema.json import Json, JsonObject

Notes = tuple[tuple[str, str], ...]


@frozen(kw_only=True)
class Checked:
    """A body that fits its type.

    `data` is canonical: names and order of the schema, `schemas` first and as used, nothing unassigned, nothing
    readOnly, no relations, no secret. `named` are the attributes that the client mentioned, with a value or with
    null: `title`, `members`, `urn:…:User:department`.
    """

    data: JsonObject
    #: By relation attribute: None if not mentioned, () if cleared.
    links: Mapping[str, tuple[Link, ...] | None]
    #: The password, which is never part of the data (RFC 7643 section 4.1.1).
    secret: str | None
    #: What was left out and why: (rule, text).
    notes: Notes
    named: frozenset[str]


class Checker:
    """Compiled once per resource type and `Rules`; `checker()` keeps the ones that are in use.

    With a `registry`, links by `$ref` are understood for its endpoints; without, for the plural of each type's name.
    """

    def __init__(self, type: BoundType, rules: Rules, registry: Registry | None = None) -> None:
        self.type: Final = type
        self.rules: Final = rules
        base = type.attributes.values()
        self._schemas: Final = SchemaList(type, rules)
        self._folded: Final = {fold_name(a.name): a.name for a in base} | {
            urn: schema.id for urn, schema in type.extensions.items()
        }
        self._known: Final = frozenset(self._folded.values())
        self._read_only: Final = frozenset(a.name for a in base if a.mutability == "readOnly")
        written = [a for a in base if a.mutability != "readOnly" and a.name != "schemas"]
        self._secret: Final = next((a.name for a in written if _is_secret(a)), None)
        self._relations: Final = {a.name: a for a in written if a.relation is not None}
        self._link: Final = {
            name: _links.compile_link(a, _endpoints(type, a, registry), rules) for name, a in self._relations.items()
        }
        plain = [a for a in written if a.relation is None and a.name != self._secret]
        self._checks: Final = tuple(
            (a.name, is_plain(a, a.name, rules), compile_attribute(a, a.name, rules)) for a in plain
        )
        self._required: Final = tuple(a.name for a in plain if a.required)
        self._required_later: Final = tuple(a.name for a in plain if a.required and a.mutability != "immutable")
        self._extensions: Final = tuple(
            _Extension(schema.id, schema.attributes, rules) for schema in type.extensions.values()
        )
        self._required_extensions: Final = tuple(e.schema.id for e in type.resource_type.extensions if e.required)
        self._arrange: Final[Arrange] = arrangement(type)
        self._cache: Final[dict[tuple[int, bool], Any]] = {}

    def body(self, body: JsonObject, *, creating: bool) -> Checked:
        """The body of a POST or, not `creating`, a PUT.

        Raises InvalidSyntax for what is no such message, InvalidValue naming every value that does not fit.
        """
        if body.__class__ is not dict:
            raise InvalidSyntax(f"The body must be a JSON object, not {kind(body)}.")
        run = Run()
        given: Mapping[str, Any] = body
        if not given.keys() <= self._known:
            given = canonical(given, self._folded, run, reject=self.rules.unknown == "reject", where="")
        self._schemas.check(given, run)
        named = set(given)
        named.discard("schemas")
        if not named.isdisjoint(self._read_only):
            named -= self._read_only
            ignored = ", ".join(sorted(given.keys() & self._read_only))
            run.note("RFC 7644 section 3.3", f"{ignored}: set by this service, so what was sent is ignored")
        data: JsonObject = {"schemas": self._schemas.base}
        self._base(given, data, run, creating=creating)
        links = {name: self._linked(name, given, run) for name in self._relations}
        secret = self._password(given, run)
        if self._extensions:
            self._extended(given, data, named, run)
            data["schemas"] = self._schemas.used(data)
        run.settle()
        return Checked(data=data, links=links, secret=secret, notes=tuple(run.notes), named=frozenset(named))

    def _base(self, given: Mapping[str, Any], data: JsonObject, run: Run, *, creating: bool) -> None:
        for name, plain, check in self._checks:
            if name in given:
                item = given[name]
                if plain and item.__class__ is str and item.isprintable():
                    data[name] = item
                else:
                    into(data, name, check, item, run)
        # RFC 7644 section 3.5.1: an immutable attribute that a PUT leaves out keeps its value, so it is not missing.
        lacking(data, self._required if creating else self._required_later, run, 0)

    def _linked(self, name: str, given: Mapping[str, Any], run: Run) -> tuple[Link, ...] | None:
        if name not in given:
            return None
        mark = len(run.faults)
        found: tuple[Link, ...] = ()
        try:
            found = _links.links(given[name], self._link[name], run)
        except Bad as bad:
            run.fault(bad.path, bad.text)
        run.prefix(mark, name)
        if not found and self._relations[name].required:
            run.fault(name, REQUIRED)
        return found

    def _password(self, given: Mapping[str, Any], run: Run) -> str | None:
        name = self._secret
        if name is None or given.get(name) is None:
            return None
        kept: dict[str, str] = {}
        into(kept, name, self._compiled(self.type.attributes[fold_name(name)], name, whole=True), given[name], run)
        return kept.get(name)

    def _extended(self, given: Mapping[str, Any], data: JsonObject, named: set[str], run: Run) -> None:
        for extension in self._extensions:
            if extension.urn in given:
                named |= extension.into(data, given[extension.urn], run)
        for urn in self._required_extensions:
            lacking(data, (urn,), run, 0)

    def value(self, target: Target, value: Json, notes: list[tuple[str, str]] | None = None) -> Json:
        """The value of one attribute, sub-attribute or whole extension; None when it is unassigned by it.

        A multi-valued attribute takes an array. `notes` collects what was left out. Raises InvalidValue; InvalidSyntax
        for names that clash.
        """
        if target.attribute is None:
            return self._extension(target, value, notes)
        return self._one(target, value, notes, whole=True)

    def element(self, target: Target, value: Json, notes: list[tuple[str, str]] | None = None) -> Json:
        """One element of a multi-valued attribute; None when nothing is left of it. Raises as `value` does."""
        return self._one(target, value, notes, whole=False)

    def links(self, target: Target, value: Json, notes: list[tuple[str, str]] | None = None) -> tuple[Link, ...]:
        """The links that the value of a relation attribute names: an array, or one element of it."""
        leaf = target.attribute
        if leaf is None or leaf.relation is None:
            raise ValueError(f"{target} is no relation")
        run = Run()
        one = self._link.get(leaf.name) or _links.compile_link(leaf, _endpoints(self.type, leaf, None), self.rules)
        try:
            found = _links.links([value] if value.__class__ is dict else value, one, run)
        except Bad as bad:
            run.fault(bad.path, bad.text)
        run.prefix(0, str(target))
        run.settle()
        _tell(run, notes)
        return found

    def _one(self, target: Target, value: Json, notes: list[tuple[str, str]] | None, *, whole: bool) -> Json:
        leaf = target.leaf
        assert leaf is not None  # noqa: S101 - callers have dealt with whole extensions
        run = Run()
        found: JsonObject = {}
        path = str(target)
        check = self._compiled(leaf, path, whole=whole)
        if leaf.required and blank(value):
            run.fault(path, REQUIRED)
        else:
            into(found, path, check, value, run)
        run.settle()
        _tell(run, notes)
        return found.get(path)

    def _extension(self, target: Target, value: Json, notes: list[tuple[str, str]] | None) -> Json:
        run = Run()
        found: JsonObject = {}
        extension = next(e for e in self._extensions if e.urn == target.urn)
        extension.into(found, value, run)
        run.settle()
        _tell(run, notes)
        return found.get(extension.urn)

    def _compiled(self, attribute: Attribute, path: str, *, whole: bool) -> Any:
        """Checks for PATCH targets, compiled when first asked for; the type's attributes bound their number."""
        key = (id(attribute), whole)
        if key not in self._cache:
            make = compile_attribute if whole else compile_element
            self._cache[key] = make(attribute, path, self.rules)
        return self._cache[key]

    def finish(self, data: JsonObject) -> JsonObject:
        """Data after edits, whole again: canonical order, `schemas` as used, no value empty.

        Raises InvalidValue for a required value that is missing and for more than one primary value.
        """
        run = Run()
        found: JsonObject = {"schemas": self._schemas.base}
        self._arrange(data, found, run)
        found["schemas"] = self._schemas.used(found)
        lacking(found, self._required, run, 0)
        lacking(found, self._required_extensions, run, 0)
        run.settle()
        return found


class _Extension:
    """An extension's object: the attributes under its URI."""

    def __init__(self, urn: str, attributes: tuple[Attribute, ...], rules: Rules) -> None:
        self.urn: Final = urn
        self._folded: Final = {fold_name(a.name): a.name for a in attributes}
        self._known: Final = frozenset(self._folded.values())
        written = [a for a in attributes if a.mutability != "readOnly"]
        self._paths: Final = {a.name: f"{urn}:{a.name}" for a in written}
        self._checks: Final = tuple(
            (a.name, is_plain(a, self._paths[a.name], rules), compile_attribute(a, self._paths[a.name], rules))
            for a in written
        )
        self._required: Final = tuple(a.name for a in written if a.required)
        self._reject: Final = rules.unknown == "reject"

    def into(self, data: JsonObject, value: Any, run: Run) -> set[str]:
        """Checks the object, keeps what is left of it, and answers with the paths that it mentions."""
        mark = len(run.faults)
        if value is None:
            return set(self._paths.values())
        if value.__class__ is not dict:
            run.fault(self.urn, f"an object is expected, not {kind(value)}")
            return set()
        if not value.keys() <= self._known:
            # Some clients repeat `schemas` inside an extension; it means nothing there.
            said = {k: v for k, v in value.items() if fold_name(str(k)) != "schemas" or "schemas" in self._folded}
            value = canonical(said, self._folded, run, reject=self._reject, where=f"{self.urn}:")
        found: dict[str, Any] = {}
        for name, plain, check in self._checks:
            if name in value:
                item = value[name]
                if plain and item.__class__ is str and item.isprintable():
                    found[name] = item
                else:
                    into(found, name, check, item, run)
        if found and self._required:
            lacking(found, self._required, run, mark)
        if len(run.faults) > mark:
            run.prefix(mark, self.urn, ":")
        if found:
            data[self.urn] = found
            return {self._paths[name] for name in value if name in self._paths}
        return {self._paths[name] for name in value if name in self._paths} or set(self._paths.values())


def _is_secret(attribute: Attribute) -> bool:
    return attribute.name == "password" and attribute.mutability == "writeOnly"


def _endpoints(type: BoundType, attribute: Attribute, registry: Registry | None) -> Mapping[str, str]:
    if registry is not None:
        return {fold_name(other.resource_type.endpoint[1:]): other.name for other in registry}
    reference = attribute.sub("$ref")
    names = reference.reference_types if reference is not None else ()
    return {fold_name(f"{name}s"): name for name in names} | {fold_name(type.resource_type.endpoint[1:]): type.name}


def _tell(run: Run, notes: list[tuple[str, str]] | None) -> None:
    if notes is not None:
        notes.extend(run.notes)


@lru_cache(maxsize=256)
def checker(type: BoundType, rules: Rules, registry: Registry | None = None) -> Checker:
    """The checker for that type under those rules, compiled when it is first asked for."""
    return Checker(type, rules, registry)
