"""The tables are made once, however many processes start at the same moment."""

import sys
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from scimcore.repository.sql import SqlRepository
from scimcore.repository.sql.tables import metadata
from tests.repository.databases import Servers

SCRIPT = """
import sys
from scimcore.repository.sql import SqlRepository
sys.stdin.readline()
SqlRepository(sys.argv[1]).create_tables()
"""


@pytest.mark.parametrize("engine", ["sqlite", "wheel"])
def test_six_processes_at_once(servers: Servers, tmp_path: Path, engine: str) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    if engine != "sqlite":
        made = servers.repository(engine, tmp_path)
        metadata.drop_all(made.engine)
        url = made.engine.url.render_as_string(hide_password=False)
    workers = [Popen([sys.executable, "-c", SCRIPT, url], stdin=PIPE, stderr=PIPE, text=True) for _ in range(6)]
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("\n")
        worker.stdin.flush()

    assert [worker.communicate()[1] for worker in workers] == [""] * 6
    SqlRepository(url).require_current()
