"""What is told of a file: one line for each kind of remark."""

from __future__ import annotations

from intake_support import Bring

from matcher.intake.report import RowProblem, told


def test_a_problem_is_told_in_one_sentence() -> None:
    problem = RowProblem("a.xlsx", "清单", 7, "预算", "?", "not an amount of money", "50万元")

    assert str(problem) == (
        "a.xlsx, sheet '清单', row 7, column '预算': not an amount of money (found: '?'); expected: 50万元"
    )
    assert told([problem]) == [str(problem)]
    assert told([]) == []


def test_unknown_columns_are_told_together(listed: Bring) -> None:
    intake = listed("需求名称,电话,邮箱,备注,传真", "a,1,2,3,4")

    assert told(intake.notices) == ["list, row 1, columns '电话', '邮箱', '传真': not known here, left out"]


def test_very_many_unknown_columns_are_counted(listed: Bring) -> None:
    intake = listed(",".join(["需求名称", *(f"列{number}甲" for number in range(40))]), "a")

    (line,) = told(intake.notices)
    assert line.endswith("'列11甲' and 28 more: not known here, left out")


def test_problems_alike_are_told_with_their_first_rows_and_contents(listed: Bring) -> None:
    intake = listed("需求名称,预算", *(f"标题{number},{number}块钱左右吧" for number in range(9)), "x,面议")

    assert told(intake.problems) == [
        "list, rows 2, 3, 4, 5, 6 and 4 more, column '预算': not an amount of money "
        "(found: '0块钱左右吧', '1块钱左右吧', '2块钱左右吧', …); "
        "expected: an amount or a range with its unit, e.g. 50-80万元, ¥500000, USD 30,000, 面议"
    ]


def test_what_differs_in_its_numbers_only_is_alike(listed: Bring) -> None:
    intake = listed("需求名称", "a", "b", "a", "b")

    assert told(intake.notices) == ["list, rows 4, 5: the same as row …, left out (found: 'a', 'b')"]


def test_kinds_stay_apart_and_in_order(listed: Bring) -> None:
    intake = listed("需求名称,预算,截止日期", "a,?,?", "b,5万元,?")

    assert [line.partition(":")[0] for line in told(intake.problems)] == [
        "list, row 2, column '预算'",
        "list, rows 2, 3, column '截止日期'",
    ]
