"""The error for a command line that cannot be meant."""


class Mistake(Exception):
    """The command line names something that is not there or cannot be read. Its text is printed; exit status 2."""
