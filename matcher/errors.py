"""Every error the domain raises on purpose.

    JiebangError                      something the person who asked can be told
    ├── NotFound                      no such thing, or none that this actor may know of
    ├── Invalid                       input that breaks a rule; carries the place and what was expected
    │   └── UnusableFile              a file that cannot be read at all
    ├── Conflict                      the thing has changed, or another already stands in its place
    │   └── StaleVersion              edited since it was read
    ├── NotAllowed                    the state of the thing does not admit this move
    ├── Forbidden                     this actor may see the thing but not do this; carries the reason
    ├── Unauthenticated               who asks is not known, or did not prove it
    │   ├── CodeNeeded                password right, and the second factor is asked for
    │   └── TooManyAttempts           and has to wait before trying again
    └── Unready                       the installation cannot do this now (index, model, database)

The web turns them into problem+json in one place (`api/errors.py`), the command line into one line.
"""

from __future__ import annotations


class JiebangError(Exception):
    """Base of all. `str(error)` is one sentence for the person who asked."""


class NotFound(JiebangError):
    def __init__(self, kind: str, reference: str) -> None:
        super().__init__(f"No {kind} {reference!r}.")
        self.kind, self.reference = kind, reference


class Invalid(JiebangError):
    """Breaks a rule. `place` says where, e.g. "budget_max" or "row 7, column 预算"."""

    def __init__(self, message: str, *, place: str = "") -> None:
        super().__init__(f"{place}: {message}" if place else message)
        self.message, self.place = message, place


class UnusableFile(Invalid):
    """A file of the wrong kind, damaged, encrypted, empty, or without a recognisable header."""


class Conflict(JiebangError):
    pass


class StaleVersion(Conflict):
    def __init__(self, kind: str, wanted: int, found: int) -> None:
        super().__init__(
            f"This {kind} was changed since you read it (version {found}, yours is {wanted}): "
            "read it again and repeat your edit."
        )
        self.wanted, self.found = wanted, found


class NotAllowed(JiebangError):
    pass


class Forbidden(JiebangError):
    """`str(error)` is the reason."""


class Unauthenticated(JiebangError):
    pass


class CodeNeeded(Unauthenticated):
    """Told only to who gave the right password."""


class TooManyAttempts(Unauthenticated):
    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many failed attempts: try again in {seconds} seconds.")
        self.seconds = seconds


class Unready(JiebangError):
    pass
