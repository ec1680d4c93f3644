"""Bodies and values checked against a resource type, made canonical on the way (RFC 7643 sections 2, 3 and 7)."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from attrs import evolve, frozen

from scimcore.errors import Fault, InvalidSyntax, InvalidValue
from scimcore.resources import _links
from scimcore.resources._objects import blank, compile_attribute, compile_element, compile_parts
from scimcore.resources._run import REQUIRED, Run
from scimcore.resources._shapes import ObjectCheck, Part, Shape, Step, into, lacking
from scimcore.resources._values import Bad, kind
from scimcore.resources._whole import Tidying, tidy, tidying
from scimcore.resources.changes import Link
from scimcore.resources.rules import Rules
from scimcore.resources.schemas import SchemaList
from scimcore.schema import Attribute, BoundType, Registry, Schema, Target, fold_name
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
        base = tuple(type.attributes.values())
        written = [a for a in base if a.mutability != "readOnly"]
        self._schemas: Final = SchemaList(type, rules)
        self._secret: Final = next((a for a in written if _is_secret(a)), None)
        self._relations: Final = tuple(a for a in written if a.relation is not None)
        self._link: Final = {
            a.name: _links.compile_link(a, _endpoints(type, a, registry), rules) for a in self._relations
        }
        self._extensions: Final = {e.schema.id: _extension(e.schema, rules) for e in type.resource_type.extensions}
        self._written: Final = {e.schema.id: _written(e.schema) for e in type.resource_type.extensions}
        parts = [*self._base_parts(base), *self._extension_parts()]
        reject = rules.unknown == "reject"
        self._creating: Final = ObjectCheck(parts, where="", reject=reject, opening=("schemas",))
        # RFC 7644 section 3.5.1: an immutable attribute that a PUT leaves out keeps its value, so it is not missing.
        kept = {a.name for a in base if a.mutability == "immutable"}
        self._replacing: Final = ObjectCheck(
            [evolve(part, required=False) if part.name in kept else part for part in parts],
            where="",
            reject=reject,
            opening=("schemas",),
        )
        self._required: Final = tuple(part.name for part in parts if part.required)
        self._tidying: Final[Tidying] = tidying(type)
        self._compiled: Final[dict[tuple[str | None, int, int, bool], Step]] = {}

    def _base_parts(self, attributes: Sequence[Attribute]) -> Iterator[Part]:
        apart = {"schemas", *(a.name for a in self._relations), *([self._secret.name] if self._secret else [])}
        plain = [a for a in attributes if a.name not in apart]
        yield from (Part(name=name, kind="apart") for name in apart)
        yield from compile_parts(plain, "", self.rules)

    def _extension_parts(self) -> Iterator[Part]:
        for extension in self.type.resource_type.extensions:
            urn = extension.schema.id
            yield Part(
                name=urn, kind="deep", deep=self._extensions[urn].compiled(), required=extension.required, joint=":"
            )

    def body(self, body: JsonObject, *, creating: bool) -> Checked:
        """The body of a POST or, not `creating`, a PUT.

        Raises InvalidSyntax for what is no such message, InvalidValue naming every value that does not fit.
        """
        if body.__class__ is not dict:
            raise InvalidSyntax(f"The body must be a JSON object, not {kind(body)}.")
        run = Run()
        check = self._creating if creating else self._replacing
        shape = check.shape(body)
        if shape.ignored:
            ignored = ", ".join(shape.ignored)
            run.note("RFC 7644 section 3.3", f"{ignored}: set by this service, so what was sent is ignored")
        self._schemas.check(body.get(shape.keys.get("schemas", "")), run)
        found = shape.taken(body)
        found["schemas"] = self._schemas.base
        data = check.look(found, body, shape, run)
        links = {a.name: self._linked(a, body, shape, run) for a in self._relations}
        secret = self._password(body, shape, run)
        named = shape.named
        for urn, extension in self._extensions.items():
            if urn in shape.keys:
                value = body[shape.keys[urn]]
                # null or {} in its place mentions all of them.
                named |= extension.shape(value).named if value.__class__ is dict and value else self._written[urn]
                data["schemas"] = self._schemas.used(data)
        run.settle()
        return Checked(data=data, links=links, secret=secret, notes=tuple(run.notes), named=named)

    def _linked(self, attribute: Attribute, body: JsonObject, shape: Shape, run: Run) -> tuple[Link, ...] | None:
        name = attribute.name
        if name not in shape.keys:
            return () if attribute.required and _missing(name, run) else None
        mark = len(run.faults)
        found: tuple[Link, ...] = ()
        try:
            found = _links.links(body[shape.keys[name]], self._link[name], run)
        except Bad as bad:
            run.fault(bad.path, bad.text)
        run.prefix(mark, name)
        if attribute.required and not found and len(run.faults) == mark:
            _missing(name, run)
        return found

    def _password(self, body: JsonObject, shape: Shape, run: Run) -> str | None:
        if self._secret is None or self._secret.name not in shape.keys:
            return None
        name = self._secret.name
        kept: dict[str, Any] = {name: body[shape.keys[name]]}
        into(kept, [self._step(Target(None, self._secret), whole=True)], run)
        return kept.get(name)

    def value(self, target: Target, value: Json, notes: list[tuple[str, str]] | None = None) -> Json:
        """The value of one attribute, sub-attribute or whole extension; None when it is unassigned by it.

        A multi-valued attribute takes an array. `notes` collects what was left out. Raises InvalidValue; InvalidSyntax
        for names that clash.
        """
        if target.attribute is None:
            urn = str(target)
            return self._checked((urn, self._extensions[urn].compiled(), ":"), value, notes)
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
        if notes is not None:
            notes.extend(run.notes)
        return found

    def _one(self, target: Target, value: Json, notes: list[tuple[str, str]] | None, *, whole: bool) -> Json:
        step = self._step(target, whole=whole)
        if target.leaf is not None and target.leaf.required and blank(value):
            raise _nothing_at(step[0])
        return self._checked(step, value, notes)

    def _step(self, target: Target, *, whole: bool) -> Step:
        """The check of a PATCH target, compiled when first asked for; the type's attributes bound their number."""
        key = (target.urn, id(target.attribute), id(target.sub), whole)
        step = self._compiled.get(key)
        if step is None:
            path, leaf = str(target), target.leaf
            if leaf is None:
                raise _nothing_at(path)
            compiled = (compile_attribute if whole else compile_element)(leaf, path, self.rules)
            step = self._compiled[key] = (path, compiled, ".")
        return step

    @staticmethod
    def _checked(step: Step, value: Json, notes: list[tuple[str, str]] | None) -> Json:
        run, path = Run(), step[0]
        found: JsonObject = {path: value}
        into(found, (step,), run)
        run.settle()
        if notes is not None:
            notes.extend(run.notes)
        return found.get(path)

    def finish(self, data: JsonObject) -> JsonObject:
        """Data after edits, whole again: canonical order, `schemas` as used, no value empty.

        Raises InvalidValue for a required value that is missing and for more than one primary value.
        """
        run = Run()
        found: JsonObject = {"schemas": self._schemas.base}
        tidy(data, self._tidying, found, run)
        found["schemas"] = self._schemas.used(found)
        lacking(found, self._required, run, 0)
        run.settle()
        return found

    def finish_some(self, data: JsonObject) -> JsonObject:
        """Some attributes or extensions of such data, and nothing asked about the others. Raises as `finish` does."""
        run = Run()
        found = dict(data)
        into(found, [step for name in data if (step := self._tidying[name])], run)
        run.settle()
        return found


def _extension(schema: Schema, rules: Rules) -> ObjectCheck:
    where = f"{schema.id}:"
    parts = compile_parts(schema.attributes, where, rules)
    if not any(fold_name(part.name) == "schemas" for part in parts):
        # Some clients repeat `schemas` inside an extension; it means nothing there.
        parts.append(Part(name="schemas", kind="ignored"))
    return ObjectCheck(parts, where=where, reject=rules.unknown == "reject", may_be_empty=True)


def _written(schema: Schema) -> frozenset[str]:
    """The paths of the attributes of an extension that clients may write."""
    return frozenset(f"{schema.id}:{a.name}" for a in schema.attributes if a.mutability != "readOnly")


def _nothing_at(path: str) -> InvalidValue:
    return InvalidValue(f"{path}: {REQUIRED}.", faults=[Fault(path, REQUIRED)], code="SC-1211")


def _missing(name: str, run: Run) -> bool:
    run.fault(name, REQUIRED)
    return True


def _is_secret(attribute: Attribute) -> bool:
    return attribute.name == "password" and attribute.mutability == "writeOnly"


def _endpoints(type: BoundType, attribute: Attribute, registry: Registry | None) -> Mapping[str, str]:
    if registry is not None:
        return {fold_name(other.resource_type.endpoint[1:]): other.name for other in registry}
    reference = attribute.sub("$ref")
    names = reference.reference_types if reference is not None else ()
    return {fold_name(f"{name}s"): name for name in names} | {fold_name(type.resource_type.endpoint[1:]): type.name}


@lru_cache(maxsize=256)
def checker(type: BoundType, rules: Rules, registry: Registry | None = None) -> Checker:
    """The checker for that type under those rules, compiled when it is first asked for."""
    return Checker(type, rules, registry)
