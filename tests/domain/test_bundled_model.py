"""The model that ships with the project, as it is: its size, its shape, and that it does its work."""

from __future__ import annotations

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from embeddings.sentence_model import BUNDLED, SentenceModel

TERMS = [
    ("永磁同步电机", "永磁同步電機", "permanent magnet synchronous motor"),
    ("锂离子电池负极材料", "鋰離子電池負極材料", "anode material for lithium ion batteries"),
    ("污水处理中的膜污染", "污水處理中的膜污染", "membrane fouling in sewage treatment"),
    ("涡轮叶片热障涂层", "渦輪葉片熱障塗層", "thermal barrier coating for turbine blades"),
    ("水稻病虫害识别", "水稻病蟲害識別", "recognition of rice diseases and pests"),
    ("碳纤维复合材料", "碳纖維複合材料", "carbon fibre composite material"),
    ("焊缝超声波无损检测", "焊縫超聲波無損檢測", "ultrasonic non-destructive testing of welds"),
    ("心电信号异常检测", "心電信號異常檢測", "detecting anomalies in electrocardiogram signals"),
    ("船舶柴油发动机排放", "船舶柴油發動機排放", "emissions of marine diesel engines"),
    ("酶催化合成药物中间体", "酶催化合成藥物中間體", "enzyme-catalysed synthesis of drug intermediates"),
    ("半导体晶圆缺陷", "半導體晶圓缺陷", "defects of semiconductor wafers"),
    ("天然气管道泄漏监测", "天然氣管道泄漏監測", "leak monitoring of natural gas pipelines"),
]
"""Simplified, traditional, English. Neighbours are near on purpose: each is the others' distractor."""

DISTRACTORS = {
    "zh": ["异步电机变频调速", "电池管理系统", "海水淡化膜", "玻璃纤维增强塑料", "小麦育种", "脑电信号采集"],
    "en": ["speed control of induction motors", "battery management system", "seawater desalination membranes",
           "glass fibre reinforced plastics", "wheat breeding", "acquisition of EEG signals"],
}  # fmt: skip


@pytest.fixture(scope="module")
def model() -> SentenceModel:
    return SentenceModel()


def test_it_takes_at_most_45_megabytes() -> None:
    files = [file for file in BUNDLED.rglob("*") if file.is_file()]
    assert BUNDLED / "README.md" in files
    assert sum(file.stat().st_size for file in files) <= 45_000_000


def test_vectors_have_256_numbers_and_length_one(model: SentenceModel) -> None:
    vectors = model.encode_documents([text for term in TERMS for text in term])
    assert model.dimension == 256
    assert vectors.shape == (3 * len(TERMS), 256)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_it_loads_with_sentence_transformers_alone(model: SentenceModel) -> None:
    texts = [text for simplified, _, english in TERMS for text in (simplified, english)]
    plain = SentenceTransformer(str(BUNDLED), device="cpu").encode(texts, show_progress_bar=False)
    # It computes in half precision, as the model is stored; the project computes in single precision.
    np.testing.assert_allclose(plain, model.encode_documents(texts), atol=2e-3)


@pytest.mark.parametrize("text", ["", "……！？", "\U0001f600"])
def test_a_text_without_a_known_word_has_the_zero_vector(model: SentenceModel, text: str) -> None:
    assert not model.encode_documents([text]).any()


def test_upper_and_lower_case_are_one(model: SentenceModel) -> None:
    upper, lower = model.encode_documents(["MEMS Pressure SENSOR", "mems pressure sensor"])
    np.testing.assert_array_equal(upper, lower)


@pytest.mark.parametrize("script", [0, 1], ids=["simplified", "traditional"])
def test_chinese_and_english_terms_find_each_other(model: SentenceModel, script: int) -> None:
    chinese = model.encode_documents([term[script] for term in TERMS] + DISTRACTORS["zh"])
    english = model.encode_documents([term[2] for term in TERMS] + DISTRACTORS["en"])
    expected = list(range(len(TERMS)))
    assert (chinese[: len(TERMS)] @ english.T).argmax(axis=1).tolist() == expected
    assert (english[: len(TERMS)] @ chinese.T).argmax(axis=1).tolist() == expected


def test_traditional_script_has_the_vectors_of_simplified_script(model: SentenceModel) -> None:
    simplified = model.encode_documents([term[0] for term in TERMS])
    traditional = model.encode_documents([term[1] for term in TERMS])
    np.testing.assert_array_equal(simplified, traditional)
