"""The process that is our subject."""

from tests.benchmarks.ours import floor, library, members, processes, scale, web, writers
from tests.benchmarks.worker import serve

serve(
    {
        **floor.WORKS,
        **library.WORKS,
        **members.WORKS,
        **web.WORKS,
        **scale.WORKS,
        **writers.WORKS,
        **processes.WORKS,
    }
)
