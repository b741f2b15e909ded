from __future__ import annotations

import pytest
from intake_support import RESULTS, Bring

from matcher.intake.titles import title_from


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("密封圈在高温下开裂，需要新材料。第二句。", "密封圈在高温下开裂"),
        ("OBJECTIVE: Develop a small generator. It should be light.", "OBJECTIVE: Develop a small generator"),
        ("短，但是后面还有更多的内容要说。", "短，但是后面还有更多的内容要说"),
        ("没有标点", "没有标点"),
        (
            "Although distributed, exercises keep trainees apart. So?",
            "Although distributed, exercises keep trainees apart",
        ),
        ("很" * 100, "很" * 60),
    ],
)
def test_a_title_is_made_out_of_the_first_clause(listed: Bring, text: str, title: str) -> None:
    assert title_from(text) == title
    assert listed({"id": "1", "title": "", "description": text}, kind=RESULTS).accepted[0].draft.title == title


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (
            "Precision Combustion, Inc. proposes a catalytic reactor. It is small.",
            "Precision Combustion, Inc. proposes a catalytic reactor",
        ),
        ("Acme Robotics, Inc., proposes a gripper, and more", "Acme Robotics, Inc., proposes a gripper"),
        ("Smith Materials Co., Ltd. makes seals, and more", "Smith Materials Co., Ltd. makes seals"),
        ("Bolts as in Fig. 2 break early, so we look for others.", "Bolts as in Fig. 2 break early"),
        ("Part No. 17 in the gearbox cracks. We look for steel.", "Part No. 17 in the gearbox cracks"),
        ("The hard coatings of tools, e.g. nitrides, wear off", "The hard coatings of tools"),
        ("Nitrides (e.g. titanium nitride) wear off. Why?", "Nitrides (e.g. titanium nitride) wear off"),
        ("The U.S. Army needs a small generator. Light.", "The U.S. Army needs a small generator"),
        ("We need seals of grade A. They crack.", "We need seals of grade A"),
        ("The high-pressure pump leaks, including at rest", "The high-pressure pump leaks"),
    ],
)
def test_a_short_form_ends_no_clause(text: str, title: str) -> None:
    assert title_from(text) == title
