"""Mechanisms as files: what is right is read exactly, what is wrong is told with its line and the reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.engine import mechanism_files
from matcher.engine.mechanism_files import LARGEST, Problem, look_through
from matcher.errors import Invalid
from matcher.mechanisms import SHIPPED, By, Guard, Mechanism, Move, RoundRule
from matcher.states import ChallengeState as S

MINE = 'name = "mine"\nzh = "我的"\nen = "mine"\n'


def mechanism(text: str) -> Mechanism:
    found = look_through(text.encode())
    assert isinstance(found, Mechanism), found
    return found


def problems(text: str) -> list[tuple[int, str]]:
    found = look_through(text.encode())
    assert isinstance(found, list), found
    return [(one.line, one.reason) for one in found]


@pytest.mark.parametrize("shipped", SHIPPED.values(), ids=SHIPPED)
def test_each_shipped_mechanism_written_as_a_file_is_read_as_it_was(shipped: Mechanism) -> None:
    written = mechanism_files.text(replace(shipped, name="mine"))
    assert mechanism(written) == replace(shipped, name="mine")
    assert mechanism(written.replace("\n", "\r\n")) == replace(shipped, name="mine")


def test_one_like_another_differs_where_it_says_so_and_nowhere_else() -> None:
    found = mechanism(
        MINE
        + 'like = "race"\nreverse_days = 3\nleave_out = ["give_back"]\n'
        + '[[rounds]]\nzh = "甲"\nen = "a"\ndays = 20\ngoes_on = 4\n[[rounds]]\nzh = "乙"\nen = "b"\ndays = 30\n'
        + "goes_on = 1\n"
        + '[moves.reverse]\nfrom = ["answering"]\nto = "deciding"\nby = ["operator"]\n'
        + 'only_if = ["in_time_to_reverse"]\n'
    )
    race = SHIPPED["race"]
    reverse = Move(frozenset({S.ANSWERING}), S.DECIDING, frozenset({By.OPERATOR}), (Guard.IN_TIME_TO_REVERSE,))
    moves = {name: move for name, move in race.moves.items() if name != "give_back"} | {"reverse": reverse}
    assert found == replace(
        race,
        name="mine",
        zh="我的",
        en="mine",
        reverse_days=3,
        rounds=(RoundRule("甲", "a", 20, 4), RoundRule("乙", "b", 30, 1)),
        moves=moves,
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", [(1, "name is missing"), (1, "zh is missing"), (1, "en is missing")]),
        ('name = "mine\n', [(1, "this is not TOML: Illegal character '\\n'")]),
        (MINE + "\n\nzh = 3\n", [(6, "this is not TOML: Cannot overwrite a value")]),
        (
            'name = "Mine!"\nzh = ""\nen = "mine"\nlike = "race"\n',
            [
                (1, "name: a small letter, then small letters, digits and _ are expected"),
                (2, "zh: string should have at least 1 character"),
            ],
        ),
        (
            'name = "race"\nzh = "我"\nen = "mine"\nlike = "race"\n',
            [(1, "race comes with the program; give yours another name")],
        ),
        (
            MINE + '# a remark\nlike = "horse"\n',
            [
                (
                    5,
                    "unknown mechanism 'horse'; known are open_challenge, race, directed_commission, explorer, "
                    "innovation_challenge, invest_to_evaluate",
                )
            ],
        ),
        (MINE + 'like = "race"\nanswers = "anyone"\n', [(5, "unknown key 'answers'")]),
        (MINE + 'like = "race"\nsealed = "yes"\n', [(5, "sealed: input should be a valid boolean")]),
        (MINE + 'like = "race"\nfunding = "lottery"\n',
         [(5, "unknown value 'lottery'; known are 'setter', 'staged', 'matched', 'prizes' or 'investors'")]),
        (
            MINE + 'like = "race"\n\n[[rounds]]\nzh = "甲"\nen = "a"\ndays = 1\n[[rounds]]\nzh = "乙"\nen = "b"\n'
            + "days = 0\nlasts = 2\n",
            [(13, "days: input should be greater than or equal to 1"), (14, "unknown key 'lasts'")],
        ),
        (
            MINE + 'like = "race"\n[moves.dance]\nfrom = ["draft"]\nto = "proposed"\nby = ["setter"]\n',
            [
                (
                    5,
                    "unknown move 'dance'; known are propose, give_back, publish, amend, extend, close, open, rank, "
                    "determine, reconsider, settle, finish, no_award, cancel, eliminate, reverse",
                )
            ],
        ),
        (
            MINE + 'like = "race"\n[moves.cancel]\nfrom = [\n  "drafts",\n]\nto = "cancelled"\nby = []\n'
            + 'only_if = ["tired"]\n',
            [
                (
                    6,
                    "unknown value 'drafts'; known are 'draft', 'proposed', 'answering', 'sealed', 'grading', "
                    "'deciding', 'objecting', 'awarded', 'finished', 'failed' or 'cancelled'",
                ),
                (10, "by is empty"),
                (
                    11,
                    "unknown value 'tired'; known are 'complete', 'deadline_ahead', 'deadline_passed', 'key_released', "
                    "'answers_there', 'grades_in', 'agreed', 'round_left', 'last_round', 'in_time_to_reverse', "
                    "'objection_upheld', 'objections_over' or 'contracts_ended'",
                ),
            ],
        ),
        (
            MINE + 'sealed = false\n\n[moves]\npropose = {from = ["draft"], to = "proposed", by = ["setter"]}\n',
            [
                (1, "answerers is missing; with like = … it would be as in another mechanism"),
                (1, "rounds is missing; with like = … it would be as in another mechanism"),
                (1, "decider is missing; with like = … it would be as in another mechanism"),
                (1, "funding is missing; with like = … it would be as in another mechanism"),
            ],
        ),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_the_line_and_the_reason(text: str, told: list[tuple[int, str]]) -> None:
    assert problems(text) == told


RACE = MINE + 'like = "race"\n'
OPEN = MINE + 'like = "open_challenge"\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (OPEN + 'leave_out = ["open"]\n', [(4, "what is sealed has to be opened: the move open is missing")]),
        (OPEN + 'leave_out = [\n  "settle",\n]\n',
         [(4, "the move settle is missing: without it no challenge comes to an award")]),
        (OPEN + 'leave_out = ["no_award", "cancel"]\n',
         [(4, "a trap: from draft, proposed, answering, sealed no end can be reached for certain")]),
        (OPEN + 'leave_out = ["dance"]\n', [(5, "there is no move 'dance' to leave out")]),
        (OPEN + "sealed = false\n",
         [(4, "nothing is sealed: close leads to grading"),
          (4, "nothing is sealed, so there is no key for custodians to hold")]),
        (OPEN + 'sealed = false\ncustodians = 0\n[moves.close]\nfrom = ["answering"]\nto = "grading"\nby = ["desk"]\n'
         'only_if = ["deadline_passed"]\n',
         [(4, "no move leads to sealed, from where open starts"),
          (4, "no move leads to sealed, from where no_award starts"),
          (4, "no move leads to sealed, from where cancel starts")]),
        (OPEN + "custodians = 3\n", [(5, "two custodians hold a key together, or none (0)")]),
        (OPEN + "graders_each = 0\n", [(5, "grades decide, so each answer needs a grader")]),
        (OPEN + 'decider = "negotiation"\n',
         [(4, "negotiation decides: rank may not go without the guard agreed"),
          (5, "it is negotiated with those invited, and nothing is sealed")]),
        (OPEN + 'funding = "staged"\n', [(5, "staged funding pays a part for each round: one round has no stages")]),
        (OPEN + 'funding = "matched"\n',
         [(4, "a public funder's ratio belongs to matched funding, and has to be above 0 there")]),
        (OPEN + 'funding = "investors"\n', [(5, "investors fund where their commitments decide, and nowhere else")]),
        (OPEN + '[moves.close]\nfrom = ["answering"]\nto = "grading"\nby = ["setter"]\nonly_if = ["deadline_passed"]\n',
         [(7, "answers are sealed: close leads to sealed, not to grading")]),
        (OPEN + '[moves.close]\nfrom = ["draft"]\nto = "awarded"\nby = ["setter"]\n',
         [(5, "close may not go without the guard deadline_passed"),
          (6, "close does not start from draft, but from answering"),
          (7, "close does not lead to awarded, but to sealed, grading")]),
        (RACE + 'leave_out = ["eliminate"]\n',
         [(4, "3 rounds need the move eliminate, from one to the next"),
          (4, "without the move eliminate there is nothing to reverse")]),
        (RACE + '[[rounds]]\nzh = "甲"\nen = "a"\ndays = 20\n',
         [(4, "there is one round, so nothing to eliminate for"),
          (4, "staged funding pays a part for each round: one round has no stages")]),
        (RACE + '[[rounds]]\nzh = "甲"\nen = "a"\ndays = 20\ngoes_on = 2\n'
         '[[rounds]]\nzh = "乙"\nen = "b"\ndays = 20\ngoes_on = 3\n',
         [(14, "at most 2 answers are left in this round")]),
        (RACE + '[moves.rank]\nfrom = ["grading"]\nto = "deciding"\nby = ["setter"]\n',
         [(5, "graders are drawn: rank may not go without the guard grades_in")]),
    ],
)  # fmt: skip
def test_a_mechanism_that_would_lead_astray_is_refused(text: str, told: list[tuple[int, str]]) -> None:
    assert problems(text) == told


def test_what_is_no_text_or_too_much_of_it_is_refused() -> None:
    assert look_through(b'name = "mine"\nzh = "\xff"\n') == [Problem(2, "this is not UTF-8")]
    assert look_through(b"#" * (LARGEST + 1)) == [Problem(1, "a file of at most 16 KiB is expected")]
    assert look_through(b"a = " + b"[" * 9000) in (
        [Problem(1, "it is nested too deeply")],
        [Problem(1, "this is not TOML: Invalid value")],
    )
    assert look_through(b"a." * 4000 + b"a = 1") == [Problem(1, "it is nested too deeply")]


@given(st.text(alphabet="name=\"[].,{}\n# ate[rounds]likemoves1'", max_size=120))
def test_whatever_is_written_is_read_or_refused_on_one_of_its_lines(text: str) -> None:
    found = look_through(f'{MINE}like = "race"\n{text}'.encode())
    if not isinstance(found, Mechanism):
        assert found
        assert all(1 <= one.line <= 5 + text.count("\n") for one in found)


def test_a_folder_s_mechanisms_are_known_beside_the_shipped_ones(tmp_path: Path) -> None:
    assert mechanism_files.known(tmp_path / "none") == SHIPPED
    (tmp_path / "b.toml").write_text(RACE, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not a mechanism", encoding="utf-8")
    found = mechanism_files.known(tmp_path)
    assert list(found) == [*SHIPPED, "mine"]
    assert found["mine"] == replace(SHIPPED["race"], name="mine", zh="我的", en="mine")


def test_a_folder_with_a_wrong_file_or_a_name_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(RACE, encoding="utf-8")
    (tmp_path / "b.toml").write_text(OPEN, encoding="utf-8")
    with pytest.raises(Invalid) as twice:
        mechanism_files.known(tmp_path)
    assert str(twice.value) == f"{tmp_path / 'b.toml'}: another file of this folder has the name mine too."
    (tmp_path / "b.toml").write_text(OPEN + "custodians = 1\n", encoding="utf-8")
    with pytest.raises(Invalid) as wrong:
        mechanism_files.known(tmp_path)
    assert str(wrong.value) == f"{tmp_path / 'b.toml'}, line 5: two custodians hold a key together, or none (0)."
