"""An account of each kind for the demonstration, all with one password that everybody may know.

Only `jiebang demo` makes them; anywhere else there is no account that nobody asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from matcher import organisations
from matcher.accounts import accreditations, members, passwords, people
from matcher.accounts.accreditations import AccreditationDraft
from matcher.accounts.people import PersonDraft
from matcher.actors import Actor
from matcher.entities import PlatformRole, Role, now
from matcher.errors import NotFound

PASSWORD = "demonstration-only"


@dataclass(frozen=True, slots=True, eq=False)
class Account:
    email: str
    name: str
    what: str
    """What it shows, for the list that is printed."""
    organisation: str = ""
    role: Role | None = None
    accreditation: AccreditationDraft | None = None


_COMPANY = "苏州澄岳精密轴承有限公司"
_LAB = "中原装备大学数控技术研究中心"

ACCOUNTS = (
    Account("poster@example.com", "沈若澄", f"posts needs of {_COMPANY}", _COMPANY, Role.POSTER),
    Account("company@example.com", "陆启明", f"manages {_COMPANY}", _COMPANY, Role.MANAGER),
    Account("researcher@example.com", "韩一舟", f"registers results of {_LAB}", _LAB, Role.RESEARCHER),
    Account("lab@example.com", "Ruth Fairweather", f"manages {_LAB}", _LAB, Role.MANAGER),
    Account(
        "matchmaker@example.com",
        "顾怀瑾",
        "matchmaker for equipment and materials in Jiangsu and Henan",
        accreditation=AccreditationDraft(
            role=PlatformRole.MATCHMAKER,
            fields=["equipment", "new_materials"],
            regions=["320000", "410000"],
            workload=20,
        ),
    ),
    Account(
        "grader@example.com",
        "Tomás Iriarte",
        "grader",
        accreditation=AccreditationDraft(role=PlatformRole.GRADER, fields=["equipment"]),
    ),
    Account(
        "operator@example.com",
        "宋知远",
        "operator of the platform",
        accreditation=AccreditationDraft(role=PlatformRole.OPERATOR),
    ),
)


def add(session: Session, actor: Actor, password_hash: str) -> None:
    """Makes the accounts in a home that holds the demonstration set. The hash is of `PASSWORD`."""
    for account in ACCOUNTS:
        draft = PersonDraft(email=account.email, name=account.name)
        person = people.register(session, actor, draft, password_hash=password_hash, confirmed=now())
        if account.role is not None:
            organisation = organisations.by_name(session, account.organisation)
            if organisation is None:
                raise NotFound("organisation", account.organisation)
            members.set_roles(session, actor, organisation.id, person.id, [account.role])
        if account.accreditation is not None:
            accreditations.grant(session, actor, person.id, account.accreditation)


def there(session: Session) -> list[Account]:
    """Those that one can still sign in to with `PASSWORD` in this home. Takes a tenth of a second, or two."""
    hashes: dict[Account, str] = {}
    for account in ACCOUNTS:
        person = people.by_email(session, account.email)
        if person is not None and people.active(person):
            hashes[account] = person.password_hash
    unchanged = {one for one in set(hashes.values()) if passwords.check(PASSWORD, one)[0]}
    return [account for account, one in hashes.items() if one in unchanged]
