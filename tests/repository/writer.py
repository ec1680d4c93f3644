"""A process that writes until it is killed: `python -m tests.repository.writer URL NAME`. Says what was committed."""

import sys
from itertools import count

from scimcore.repository.sql import SqlRepository
from scimcore.resources.changes import Link
from scimcore.schema import MEMBERSHIP
from scimcore.testing.contract_samples import ACME, audit, bound, effect, user


def main(url: str, name: str) -> None:
    """One unit after another, each of which writes to every table."""
    repository = SqlRepository(url)
    for number in count():
        id = f"{name}-{number:06}"
        with repository.unit(ACME, write=True) as unit:
            unit.insert(*user(id, id, more={"emails": [{"value": f"{id}@x"}]}))
            unit.link("Group", "g1", MEMBERSHIP, [Link("User", id)])
            unit.bind(bound(id, f"a-{id}"))
            unit.record(audit(id, number, target=id), [effect(id, number, 0, account=f"a-{id}")])
        print(id, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
