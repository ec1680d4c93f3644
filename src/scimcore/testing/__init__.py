"""What tests of a host, and of a repository of its own, can stand on.

`contract` holds what every repository must do; it needs the extra `scimcore[testing]`, so it is imported from its own
module. `vectors` replays conversations that are stored as data, and `personas` plays whole identity providers.
"""

from scimcore.testing.host import TrialHost
from scimcore.testing.personas import PERSONAS, Persona
from scimcore.testing.trial import Answer, Clock, Trial
from scimcore.testing.vectors import Vector

__all__ = ["PERSONAS", "Answer", "Clock", "Persona", "Trial", "TrialHost", "Vector"]
