"""Bringing a whole file of needs or results: what is new is posted, what changed is edited.

Bringing the same file again changes nothing. All of it happens in the caller's transaction, so a
file is in or it is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, false, null, or_
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from matcher import events, items, organisations, policy
from matcher.actors import Actor
from matcher.drafts import ItemDraft
from matcher.entities import Kind, Need, Organisation, OrganisationKind, ProblemList
from matcher.errors import NotFound
from matcher.intake.report import Intake, RowDraft, RowProblem, shortened
from matcher.policy import Action, Thing

Progress = Callable[[int, int | None], None]
"""Told how many are done, and of how many where that is known."""

_CHUNK = 1000
_OWNERS = {Kind.NEED: OrganisationKind.COMPANY, Kind.RESULT: OrganisationKind.LAB}
_POSTS = {Kind.NEED: Action.POST_NEED, Kind.RESULT: Action.POST_RESULT}


@dataclass
class ImportReport:
    """What became of every row that was read."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: int = 0
    problem_lists: list[str] = field(default_factory=list)


def bring(
    session: Session,
    actor: Actor,
    intake: Intake,
    *,
    organisation: Organisation | str | None = None,
    title: str = "",
    progress: Progress | None = None,
) -> ImportReport:
    """Stores the accepted rows of a file and moves rows that cannot be stored to its rejected ones.

    A row belongs to the organisation that it names, else to `organisation` (stored, or its name), else
    to the one acted for. Rows that are not for the actor to post are rejected. Who may admit
    organisations may bring the first rows of those that nobody had named before; they are admitted
    as companies for needs and as labs for results. `title` names the problem list that new needs
    are published under; needs that stand in another stay there, and a notice says how many.
    """
    kind = Kind.NEED if intake.kind == "needs" else Kind.RESULT
    require_bringing(actor, kind)
    report = ImportReport()
    rows = _owned(session, actor, kind, intake, organisation)
    known = _known(session, kind, {row.owner for row in rows})
    lists = _ProblemLists(session, actor, title, report)
    fresh: list[items.Posting] = []
    elsewhere = 0
    for done, row in enumerate(rows, start=1):
        found = known.get((row.owner, row.key))
        if found is not None and title and kind is Kind.NEED:
            elsewhere += found.problem_list_id is None or found.problem_list_id != lists.there(row.owner)
        if found is None:
            problem_list_id = lists.of(row.owner) if kind is Kind.NEED and title else None
            fresh.append(items.Posting(row.draft, row.owner, problem_list_id))
        elif found.fingerprint == items.fingerprint(row.draft):
            report.unchanged += 1
        else:
            stored = items.hold(session, actor, items.TABLES[kind], found.id)
            items.replace(session, actor, stored, row.draft)
            report.updated.append(stored.id)
        if len(fresh) == _CHUNK:
            report.created.extend(items.add(session, actor, kind, fresh))
            fresh.clear()
        if progress is not None and done % 100 == 0:
            progress(done, len(rows))
    report.created.extend(items.add(session, actor, kind, fresh))
    if elsewhere:
        intake.notices.append(_stays(intake.file, title, elsewhere))
    if progress is not None:
        progress(len(rows), len(rows))
    return report


def require_bringing(actor: Actor, kind: Kind) -> None:
    """Raises Forbidden or Unauthenticated for who could not bring a single row, before the file is read."""
    if not policy.can(actor, Action.ADMIT_ORGANISATION).allowed:
        acted_for = actor.organisation_id
        policy.require(actor, _POSTS[kind], Thing("organisation", acted_for or "", owner=acted_for))


def get_problem_list(session: Session, actor: Actor, id: str) -> ProblemList:
    """Raises NotFound."""
    problem_list = session.get(ProblemList, id)
    if problem_list is None:
        raise NotFound("problem list", id)
    policy.require(actor, Action.READ_LIST, Thing("problem list", id, owner=problem_list.organisation_id))
    return problem_list


def listed(session: Session, actor: Actor, *, cursor: str | None = None, limit: int = 50) -> list[ProblemList]:
    """Those of the organisation acted for, the newest first, from behind the id `cursor`."""
    policy.require(actor, Action.LIST_LISTS)
    query = select(ProblemList).where(ProblemList.organisation_id == actor.organisation_id)
    made, id = col(ProblemList.created_at), col(ProblemList.id)
    if cursor:
        last = session.exec(query.where(id == cursor)).first()
        before = or_(made < last.created_at, and_(made == last.created_at, id < last.id)) if last else false()
        query = query.where(before)
    return list(session.exec(query.order_by(made.desc(), id.desc()).limit(limit)))


@dataclass(frozen=True, slots=True)
class _Owned:
    draft: ItemDraft
    owner: str
    key: str


@dataclass(frozen=True, slots=True)
class _Known:
    id: str
    fingerprint: str
    problem_list_id: str | None


def _stays(file: str, title: str, needs: int) -> RowProblem:
    problem = f"{needs} needs of this file were here before, and are not moved to the list of this title"
    return RowProblem(file, "", 0, "", shortened(title), problem, "the title that they were published under")


def _known(session: Session, kind: Kind, owners: set[str]) -> dict[tuple[str, str], _Known]:
    table = items.TABLES[kind]
    listed_in: Any = col(Need.problem_list_id) if kind is Kind.NEED else null()
    query = columns(*map(col, (table.organisation_id, table.source_key, table.id, table.fingerprint)), listed_in)
    found: dict[tuple[str, str], _Known] = {}
    for some in _chunks(sorted(owners)):
        for owner, key, *known in session.execute(query.where(col(table.organisation_id).in_(some))):
            found[owner, key] = _Known(*known)
    return found


def _chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), 500):
        yield values[start : start + 500]


def _owned(
    session: Session, actor: Actor, kind: Kind, intake: Intake, organisation: Organisation | str | None
) -> list[_Owned]:
    """Each row with its organisation's id; rows without one, of another's, or standing twice are rejected."""
    given = organisation.id if isinstance(organisation, Organisation) else None
    default = organisation.strip() if isinstance(organisation, str) else ""
    wanted = {name for row in intake.accepted if (name := row.organisation or default)}
    regions_of: dict[str, str] = {}
    for row in intake.accepted:
        if row.organisation_region is not None:
            regions_of.setdefault(row.organisation, row.organisation_region)
    owners = _Owners(session, actor, kind, wanted, regions_of)
    owned: list[_Owned] = []
    seen: set[tuple[str, str]] = set()
    homeless = ("no organisation", "a column that names it, or one given for the whole file")
    foreign = ("another organisation's", "rows of the organisation that you act for")
    repeated = ("another row of this file has the same reference or title", "a reference of its own")
    refused: list[tuple[RowDraft, str, str]] = []
    for row in intake.accepted:
        name = row.organisation or default
        owner = owners.by_name.get(name) if name else given or actor.organisation_id
        key = items.source_key(row.draft)
        if owner is None and not name:
            refused.append((row, *homeless))
        elif owner is None or not owners.may_be_posted_for(owner):
            refused.append((row, *foreign))
        elif (owner, key) in seen:
            refused.append((row, *repeated))
        else:
            seen.add((owner, key))
            owned.append(_Owned(row.draft, owner, key))
    intake.reject(refused)
    return owned


class _Owners:
    """The organisations that a file names, and which of them the actor may post for."""

    def __init__(
        self, session: Session, actor: Actor, kind: Kind, wanted: set[str], regions_of: dict[str, str]
    ) -> None:
        self._actor, self._action = actor, _POSTS[kind]
        known = set(organisations.known(session, [name.strip() for name in wanted]))
        fresh = {name for name in wanted if name.strip() not in known}
        if not policy.can(actor, Action.ADMIT_ORGANISATION).allowed:
            wanted = wanted - fresh
        self.by_name = organisations.named(session, actor, wanted, _OWNERS[kind], regions_of)
        self._may: dict[str, bool] = {self.by_name[name]: True for name in fresh & wanted}

    def may_be_posted_for(self, owner: str) -> bool:
        if owner not in self._may:
            self._may[owner] = policy.can(self._actor, self._action, Thing("organisation", owner, owner=owner)).allowed
        return self._may[owner]


class _ProblemLists:
    """The list of this title for each organisation, made when the first need wants it."""

    def __init__(self, session: Session, actor: Actor, title: str, report: ImportReport) -> None:
        self.session, self.actor, self.title, self.report = session, actor, title, report
        self._ids: dict[str, str] = {}
        self._there: dict[str, str | None] = {}

    def there(self, owner: str) -> str | None:
        """The id of one that is there already."""
        if owner not in self._there:
            query = select(ProblemList.id).where(ProblemList.organisation_id == owner, ProblemList.title == self.title)
            self._there[owner] = self.session.exec(query).first()
        return self._there[owner]

    def of(self, owner: str) -> str:
        if owner not in self._ids:
            self._ids[owner] = self.there(owner) or self._publish(owner).id
            self.report.problem_lists.append(self._ids[owner])
        return self._ids[owner]

    def _publish(self, owner: str) -> ProblemList:
        published = ProblemList(organisation_id=owner, title=self.title)
        self.session.add(published)
        self.session.flush()
        entry = events.Entry("problem_list.published", f"problem_list:{published.id}", {"title": self.title})
        events.record(self.session, self.actor, entry)
        return published
