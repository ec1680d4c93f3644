"""What is measured against what, and what the goals are."""

from typing import Literal

from attrs import frozen

from tests.benchmarks.worker import Settings


@frozen(kw_only=True)
class Row:
    """A comparison. `ours` and `other` are pieces of work: subject, colon, name.

    `at_least`: the goal is that the other takes so many times as long as ours; else that ours takes at most so many
    times as long as the other. None: there is no goal, the number is told all the same.
    """

    name: str
    title: str
    ours: str
    other: str
    against: str
    goal: float | None
    at_least: bool = True
    unit: Literal["s", "B", "1/s"] = "s"
    #: How much longer a round is than usual; below 1, fewer rounds are enough.
    patience: float = 1


_SERVER = "scim2-server"


def rows(settings: Settings, database: str) -> list[Row]:
    """All of them, in the order of the table. What is served over HTTP keeps its users in SQLite."""
    http = _http() if database == "sqlite" else []
    return [*_library(), *_members(settings), *_web(), *http, *_scale(settings), *_writers(), *_processes(settings)]


def _library() -> list[Row]:
    def parse(name: str, title: str, goal: float) -> list[Row]:
        fresh = f"filter text to predicate, {title}"
        ours = f"ours:filter.{name}"
        return [
            Row(
                name=f"filter.{name}", title=fresh, ours=ours, other=f"scim2:filter.{name}", against=_SERVER, goal=goal
            ),
            Row(
                name=f"filter.{name}.sql",
                title=fresh,
                ours=ours,
                other=f"django:sql.{name}",
                against="scim2-filter-parser, to SQL",
                goal=None,
            ),
        ]

    def beside(name: str, title: str, goal: float | None, *, ours: str = "", other: str = "", against: str = "") -> Row:
        return Row(
            name=name,
            title=title,
            ours=f"ours:{ours or name}",
            other=other or f"scim2:{name}",
            against=against or "scim2-models",
            goal=goal,
            at_least=other != "ours:floor.json",
        )

    full, json = "full user, bytes to bytes", "json.loads + dumps"
    return [
        *parse("simple", "simple", 15),
        *parse("six", "six clauses", 80),
        *parse("value_path", "value path", 200),
        beside("holds.eq", "predicate over a user, eq", 20, against=_SERVER),
        beside("holds.value_path", "predicate over a user, value path", 300, against=_SERVER),
        beside("user.floor", f"{full}, rfc", 1.8, ours="user.rfc", other="ours:floor.json", against=json),
        beside("user.models", f"{full}, rfc", 20, ours="user.rfc", other="scim2:user"),
        beside("user.auto.floor", f"{full}, auto", None, ours="user.auto", other="ours:floor.json", against=json),
        beside("patch.active", "PATCH active, body to document", 15),
        beside("patch.email", 'PATCH emails[type eq "work"].value, body to document', 25),
    ]


def _members(settings: Settings) -> list[Row]:
    found = []
    for store, told in (("memory", "MemoryRepository"), ("sql", "SqlRepository")):
        for size, other in (("middle", settings.middle), ("large", settings.large)):
            found.append(
                Row(
                    name=f"members.{store}.{size}",
                    title=f"one member more or less at {other:,}, {told}",
                    ours=f"ours:members.{store}.{size}",
                    other=f"ours:members.{store}.small",
                    against=f"at {settings.small}",
                    goal=1.5,
                    at_least=False,
                )
            )
        found.append(
            Row(
                name=f"members.{store}.peer",
                title=f"one member more or less at {settings.middle:,}, {told}",
                ours=f"ours:members.{store}.middle",
                other="scim2:members",
                against=_SERVER,
                goal=1000,
                patience=0.6,
            )
        )
    return [*found, *_whole(settings)]


def _whole(settings: Settings) -> list[Row]:
    large = f"{settings.large:,}"
    return [
        Row(
            name="members.without",
            title=f"GET a group of {large}, excludedAttributes=members",
            ours="ours:members.without.large",
            other="ours:members.without.small",
            against=f"of {settings.small}",
            goal=1.5,
            at_least=False,
        ),
        Row(
            name="members.whole",
            title=f"GET a group with all of its {large} members",
            ours="ours:members.whole.large",
            other="ours:members.whole.middle",
            against=f"with {settings.middle:,}",
            goal=None,
            at_least=False,
        ),
    ]


def _web() -> list[Row]:
    def row(name: str, title: str, goal: float | None) -> Row:
        return Row(
            name=f"web.{name}",
            title=title,
            ours=f"ours:web.{name}",
            other=f"scim2:web.{name}",
            against=f"{_SERVER}, in memory",
            goal=goal,
        )

    def django(name: str, title: str) -> Row:
        return Row(
            name=f"web.{name}.django",
            title=title,
            ours=f"ours:web.{name}",
            other=f"django:web.{name}",
            against="django-scim2, in memory",
            goal=None,
        )

    return [
        row("get", "GET by id, in process, durable", 20),
        row("by_name", "userName eq, in process, durable", 20),
        row("list", "list of 100, in process, durable", 50),
        row("post", "POST, in process, durable", 1),
        row("patch_title", "PATCH title, in process, durable", 1),
        row("patch_name", "PATCH displayName, in process, durable", 1),
        row("patch_active", "PATCH active, in process, durable", 1),
        django("get", "GET by id, in process, durable"),
        django("by_name", "userName eq, in process, durable"),
        django("list", "list, in process, durable (theirs: 50, ours: 100)"),
        django("post", "POST, in process, durable"),
    ]


def _http() -> list[Row]:
    goals = (("get", 0.85), ("by_name", 0.8), ("patch", 0.8), ("list", 0.6), ("post", 0.5))
    titles = {"get": "GET by id", "by_name": "userName eq", "patch": "PATCH", "list": "list of 100", "post": "POST"}
    return [
        Row(
            name=f"http.{framework.lower()}.{name}",
            title=f"{titles[name]} over HTTP, {framework}",
            ours=f"http:{framework.lower()}.ours.{name}",
            other=f"http:{framework.lower()}.stored.{name}",
            against="the same framework serving the stored JSON",
            goal=goal,
            unit="1/s",
            patience=3,
        )
        for framework in ("Starlette", "Flask")
        for name, goal in goals
    ]


def _scale(settings: Settings) -> list[Row]:
    large, tenth = f"{settings.scale:,}", f"{settings.scale // 10:,}"

    def row(name: str, title: str, ours: str, other: str, against: str, goal: float | None) -> Row:
        return Row(
            name=f"scale.{name}",
            title=title,
            ours=f"ours:scale.{ours}",
            other=f"ours:scale.{other}",
            against=against,
            goal=goal,
            at_least=False,
        )

    among = f"among {tenth}"
    return [
        row("get", f"GET by id among {large}", "get.large", "get.tenth", among, 2),
        row("by_name", f"userName eq among {large}", "by_name.large", "by_name.tenth", among, 2),
        row("keyset", f"keyset page among {large}", "keyset.second", "keyset.tenth", among, 2),
        row("first", f"first keyset page, with the total, among {large}", "keyset.first", "first.tenth", among, None),
        row("list", f"first page by index, with the total, among {large}", "list.large", "list.tenth", among, None),
        row("end", f"keyset page at the end of {large}", "keyset.end", "keyset.first", "the first page", 1.5),
        row("end.second", f"keyset page at the end of {large}", "keyset.end", "keyset.second", "the second page", 1.5),
    ]


def _writers() -> list[Row]:
    return [
        Row(
            name=f"writers.{kind}",
            title=f"PATCH title, {how}, the slowest in a hundred",
            ours=f"ours:writers.{kind}.slow",
            other=f"ours:writers.{kind}.median",
            against="the median",
            goal=5,
            at_least=False,
        )
        for kind, how in (("threads", "eight threads"), ("processes", "eight processes"))
    ]


def _processes(settings: Settings) -> list[Row]:
    return [
        Row(
            name="memory",
            title=f"peak memory, pages of 1,000 users from {settings.scale:,}",
            ours="ours:memory.large",
            other="ours:memory.tenth",
            against=f"from {settings.scale // 10:,}",
            goal=1.1,
            at_least=False,
            unit="B",
            patience=0.4,
        ),
        Row(
            name="import",
            title="import scimcore",
            ours="ours:import.ours",
            other="ours:import.floor",
            against="import attrs, cattrs",
            goal=1.5,
            at_least=False,
            patience=3,
        ),
    ]
