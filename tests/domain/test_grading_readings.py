"""What graders get to read: the answers on their own desk, once opened, and blind where the mechanism is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from answers_support import DAY, DEADLINE, NOON, SECRETS, Stage, with_partner
from grading_support import as_person, person
from sqlalchemy import Engine
from sqlmodel import Session

from matcher.accounts import accreditations
from matcher.accounts.accreditations import AccreditationDraft
from matcher.actors import COMMAND_LINE, Actor
from matcher.answers import attaching, consortium, handing_in, opening, supplements
from matcher.answers import reading as answers_read
from matcher.engine.answer_drafts import Member
from matcher.entities import Assignment, Challenge, PlatformRole
from matcher.errors import Forbidden, NotAllowed, NotFound
from matcher.grading import closing, drawing, grades, readings
from matcher.grading.drawing import DrawDraft, Impossible
from matcher.grading.grades import GradeDraft, Score
from matcher.states import AssignmentState

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
TITLE, APPROACH = "乙实验室的干法包覆", "由孙研究员与丙实验室共同提出：以纳米磷酸盐包覆。"


@dataclass
class Desk:
    stage: Stage
    challenge: Challenge
    answer: str
    grader: Actor
    assignment: str
    files: dict[str, str]

    @property
    def session(self) -> Session:
        return self.stage.session


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as opened:
        yield opened


def desk(session: Session, mechanism: str = "race") -> Desk:
    """A consortium's answer to a sealed challenge, handed in, on the desk of a grader before it is opened."""
    stage = Stage(session)
    challenge = stage.publish(mechanism)
    draft = with_partner(stage, title=TITLE, approach=APPROACH)
    id = stage.answer(challenge, draft=draft)
    files = {
        name: attaching.attach(session, SECRETS, stage.lead, id, name, PNG, anonymous=anonymous, at=NOON).id
        for name, anonymous in (("乙实验室.png", False), ("曲线 孙研究员.png", True))
    }
    hashes = answers_read.standing(session, SECRETS, stage.rival, id)
    assert hashes is not None
    consortium.confirm_part(session, SECRETS, stage.rival, id, hashes.part_hashes[stage.ids["rival"]], at=NOON)
    handing_in.hand_in(session, SECRETS, stage.lead, id, at=NOON)
    grader = as_person(person(session))
    accreditations.grant(session, COMMAND_LINE, grader.person_id or "", AccreditationDraft(role=PlatformRole.GRADER))
    put = Assignment(answer_id=id, round=1, person_id=grader.person_id, assigned_at=NOON)
    session.add(put)
    session.flush()
    return Desk(stage, challenge, id, grader, put.id, files)


def opened(made: Desk) -> Desk:
    opening.close(made.session, made.stage.setter, made.challenge.id, at=DEADLINE)
    opening.open_round(made.session, SECRETS, made.stage.setter, made.challenge.id, at=DEADLINE)
    return made


def test_nothing_is_read_before_the_opening(session: Session) -> None:
    made = desk(session)
    assert readings.paper(session, SECRETS, made.grader, made.assignment) is None
    opening.close(session, made.stage.setter, made.challenge.id, at=DEADLINE)
    assert readings.paper(session, SECRETS, made.grader, made.assignment) is None
    assert readings.paper(session, SECRETS, COMMAND_LINE, made.assignment) is None
    assert readings.texts(session, SECRETS, made.stage.setter, made.challenge.id) == {}
    with pytest.raises(NotFound):
        readings.file(session, SECRETS, made.grader, made.assignment, made.files["乙实验室.png"])


def test_a_blind_grader_reads_it_without_the_names_and_the_files_that_tell_them(session: Session) -> None:
    made = opened(desk(session))
    paper = readings.paper(session, SECRETS, made.grader, made.assignment)
    assert paper is not None
    told = paper.model_dump_json(exclude={"answer_id", "part_salt"})
    for name in ("乙实验室", "丙实验室", "孙研究员", *(made.stage.ids[side] for side in ("lead", "rival"))):
        assert name not in told
    assert (paper.draft.title, paper.draft.approach) == ("■■的干法包覆", "由■■与■■共同提出：以纳米磷酸盐包覆。")
    assert (paper.draft.team, paper.draft.parts) == ([Member(name="#1", part="负责人")], [])
    [file] = paper.files
    assert file.id == made.files["曲线 孙研究员.png"]
    found, content = readings.file(session, SECRETS, made.grader, made.assignment, file.id)
    assert (found.name, content) == ("1.png", PNG)
    with pytest.raises(NotFound):
        readings.file(session, SECRETS, made.grader, made.assignment, made.files["乙实验室.png"])


def test_where_the_mechanism_is_not_blind_all_of_it(session: Session) -> None:
    made = opened(desk(session, "innovation_challenge"))
    paper = readings.paper(session, SECRETS, made.grader, made.assignment)
    assert paper is not None
    assert (paper.draft.title, [file.name for file in paper.files]) == (TITLE, list(made.files))
    for name, id in made.files.items():
        assert readings.file(session, SECRETS, made.grader, made.assignment, id)[0].name == name


def test_a_desk_is_its_grader_s_alone(session: Session) -> None:
    made = opened(desk(session))
    for other in (made.stage.setter, made.stage.lead, made.stage.operator, as_person(person(session)), Actor("nobody")):
        with pytest.raises(NotFound):
            readings.paper(session, SECRETS, other, made.assignment)
        with pytest.raises(NotFound):
            readings.file(session, SECRETS, other, made.assignment, made.files["曲线 孙研究员.png"])
    with pytest.raises(NotFound):
        answers_read.text(session, SECRETS, made.grader, made.answer)


@pytest.mark.parametrize("state", [AssignmentState.DECLINED, AssignmentState.RECALLED])
def test_what_is_off_the_desk_is_read_no_longer(session: Session, state: AssignmentState) -> None:
    made = opened(desk(session))
    session.get_one(Assignment, made.assignment).state = state
    assert readings.paper(session, SECRETS, made.grader, made.assignment) is None


def test_a_supplement_is_read_blind_too(session: Session) -> None:
    made = opened(desk(session))
    asked = supplements.Request(asked="补测", due=DEADLINE + 5 * DAY)
    supplements.ask_more(session, made.stage.setter, made.answer, asked, at=DEADLINE)
    supplements.hand_in(session, SECRETS, made.stage.lead, made.answer, "乙实验室补测", at=DEADLINE)
    paper = readings.paper(session, SECRETS, made.grader, made.assignment)
    assert paper is not None
    assert [one.text for one in paper.additions] == ["■■补测"]


def test_who_is_called_like_somebody_in_the_team_does_not_get_it(session: Session) -> None:
    made = opened(desk(session))
    session.delete(session.get_one(Assignment, made.assignment))
    namesake = person(session, name="孙研究员")
    accreditations.grant(session, COMMAND_LINE, namesake, AccreditationDraft(role=PlatformRole.GRADER))
    draft, teams = DrawDraft(each=1, person_ids=[namesake], reason="人少"), readings.teams(SECRETS)
    found = drawing.draw(session, made.stage.setter, made.challenge.id, draft, at=DEADLINE, teams=teams)
    assert isinstance(found, Impossible)
    [other] = [
        one
        for one in drawing.candidates(session, made.stage.setter, made.challenge.id, teams)
        if one.grader.person_id == namesake
    ]
    assert other.barred == {1: "co_author"}


def test_nor_grades_it_when_the_name_comes_to_light_after_the_draw(session: Session) -> None:
    """Put on the desk without its team being known: neither saved, nor submitted, nor counted."""
    made = opened(desk(session))
    namesake = person(session, name="孙研究员")
    put = Assignment(answer_id=made.answer, round=1, person_id=namesake, assigned_at=DEADLINE)
    session.add(put)
    session.flush()
    actor, teams = as_person(namesake), readings.teams(SECRETS)
    grade = GradeDraft(scores={"merit": Score(score=90, reason="好")}, indicators=[{"indicator": 0, "outcome": "met"}])
    with pytest.raises(Forbidden, match="conflict of interest"):
        grades.save(session, actor, put.id, grade, teams=teams, at=DEADLINE)
    grades.save(session, actor, put.id, grade, at=DEADLINE)
    with pytest.raises(Forbidden, match="conflict of interest"):
        grades.submit(session, actor, put.id, teams=teams, at=DEADLINE)
    grades.submit(session, actor, put.id, at=DEADLINE)
    with pytest.raises(NotAllowed, match="recall them"):
        closing.close(session, made.stage.setter, made.challenge.id, teams=teams, at=DEADLINE)


def test_a_draw_compares_what_answers_set_out_to_do(session: Session) -> None:
    made = opened(desk(session))
    assert readings.texts(session, SECRETS, made.stage.setter, made.challenge.id) == {
        made.answer: f"{TITLE}\n{APPROACH}\n"
    }
    with pytest.raises(Forbidden):
        readings.texts(session, SECRETS, made.stage.lead, made.challenge.id)
