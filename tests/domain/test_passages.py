from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from embeddings.text import PASSAGE_WEIGHT, has_chinese, normalise, passages, sentences, weight
from matcher.drafts import IndicatorAchieved, IndicatorTarget, NeedDraft, Operator, ResultDraft
from matcher.passages import Cut, cut


def test_a_need_is_cut_into_title_paragraphs_indicators_and_keywords() -> None:
    draft = NeedDraft(
        title="高纯石英砂提纯",
        problem="杂质太高。\n\n铁含量超标。",
        scenario="半导体坩埚",
        out_of_scope="不做合成石英",
        indicators=[
            IndicatorTarget(name="纯度", operator=Operator.AT_LEAST, value=99.998, unit="%"),
            IndicatorTarget(name="粒径", operator=Operator.BETWEEN, value=75, value_high=200, unit="μm"),
        ],
        keywords=["石英", "提纯"],
    )
    assert cut(draft) == [
        Cut("title", "高纯石英砂提纯"),
        Cut("problem", "杂质太高。"),
        Cut("problem", "铁含量超标。"),
        Cut("scenario", "半导体坩埚"),
        Cut("indicators", "纯度 ≥ 99.998 %；粒径 75–200 μm"),
        Cut("keywords", "石英、提纯"),
    ]


def test_a_title_that_was_taken_from_the_text_is_not_said_twice() -> None:
    draft = ResultDraft(title="We grow", abstract="We grow crystals of sapphire.")
    assert cut(draft) == [Cut("abstract", "We grow crystals of sapphire.")]


def test_small_and_large_values_are_written_without_needless_digits() -> None:
    indicators = [
        IndicatorAchieved(name="漏率", operator=Operator.AT_MOST, value=1e-9, unit="Pa·m³/s"),
        IndicatorAchieved(name="寿命", value=100000.0, unit="h"),
    ]
    assert cut(ResultDraft(title="t", indicators=indicators))[1].text == "漏率 ≤ 1e-09 Pa·m³/s；寿命 = 100000 h"


def test_equal_words_have_equal_hashes() -> None:
    assert Cut("title", "a").content_hash == Cut("problem", "a").content_hash
    assert Cut("title", "a").content_hash != Cut("title", "b").content_hash


def test_traditional_becomes_simplified_and_look_alikes_become_the_real_thing() -> None:
    assert normalise("軸承鋼　⾼純\n２０％") == "轴承钢 高纯 20%"


@given(st.text(st.characters(exclude_categories=("Cs",)) | st.sampled_from("，；（％…℃µ²³é\u0301\u0338\u3000 \n")))
def test_normalising_is_nfkc_with_simple_white_space(text: str) -> None:
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    if not has_chinese(plain):
        assert normalise(text) == plain


def test_sentences_end_where_they_end() -> None:
    assert sentences("第一句。第二句！ At 1.5 V it works. Then not; 3.5e-6.") == [
        "第一句。",
        "第二句！",
        "At 1.5 V it works.",
        "Then not;",
        "3.5e-6.",
    ]


@given(st.text(st.sampled_from("抗拉强度。，；ab c.\n1"), max_size=2000))
def test_passages_lose_no_word_and_are_short(text: str) -> None:
    found = passages(text)
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(weight(passage) <= PASSAGE_WEIGHT * 1.2 + 1 for passage in found)
