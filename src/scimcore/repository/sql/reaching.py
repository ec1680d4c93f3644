"""What the database says when it cannot be used, as one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError


@contextmanager
def unreachable() -> Iterator[None]:
    """Turns what SQLAlchemy and the drivers raise inside into an OSError that says it in a line."""
    try:
        yield
    except DBAPIError as error:
        raise OSError(" ".join(str(error.orig).split())) from error
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        raise OSError(f"this database cannot be used: {error}") from error
