"""Generated needs and results, as many as wanted, for measuring speed.

They are sentences of the demonstration set put together anew, within one field, with other numbers
and invented part numbers, so that words, lengths and languages are like those of real texts. They
say nothing about how well matching works.
"""

from __future__ import annotations

import csv
import json
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from embeddings.text import sentences
from matcher import fields, regions

SEED_DATA = Path(__file__).parents[2] / "seed_data"
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_STAGES = ("概念", "实验室阶段", "小试", "中试", "TRL 4", "TRL 7", "产业化")
_MODES = ("技术许可", "技术转让", "联合研发", "licence", "委托开发；技术服务")

RESULT_HEADER = ("编号", "成果名称", "单位", "所属领域", "地区", "成熟度", "解决的问题", "成果简介", "创新点",
                 "技术指标", "合作方式", "价格", "关键词")  # fmt: skip
NEED_HEADER = ("编号", "需求名称", "单位", "所属领域", "期望成熟度", "需求描述", "现状", "技术指标", "合作方式", "预算",
               "关键词")  # fmt: skip


def write_results(path: Path, count: int, seed: int = 1) -> None:
    """A CSV file of results as a lab's office would send it."""
    _write(path, RESULT_HEADER, _results(random.Random(seed), count))


def write_needs(path: Path, count: int, seed: int = 2) -> None:
    _write(path, NEED_HEADER, need_rows(count, seed))


def need_rows(count: int, seed: int = 2) -> Iterator[tuple[object, ...]]:
    """The cells of `NEED_HEADER`."""
    return _needs(random.Random(seed), count)


def _write(path: Path, header: tuple[str, ...], rows: Iterator[tuple[object, ...]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def _results(dice: random.Random, count: int) -> Iterator[tuple[object, ...]]:
    pools = _pools("results.jsonl", ("problem", "abstract", "innovation"))
    provinces = [code for code in regions.names() if code.endswith("0000")]
    for number in range(count):
        pool = pools[dice.choice(sorted(pools))]
        field = dice.choice(pool.fields)
        yield (
            f"G{number:06}",
            pool.title(dice),
            f"第{number % 400}研究所",
            fields.by_code()[field].zh,
            regions.name(dice.choice(provinces)),
            dice.choice(_STAGES),
            pool.text(dice, "problem", 2),
            pool.text(dice, "abstract", 5),
            pool.text(dice, "innovation", 2),
            pool.indicators(dice),
            dice.choice(_MODES),
            f"{dice.randint(5, 500)}万元",
            "；".join(dice.sample(pool.keywords, 3)),
        )


def _needs(dice: random.Random, count: int) -> Iterator[tuple[object, ...]]:
    pools = _pools("needs.jsonl", ("problem", "current_state"))
    for number in range(count):
        pool = pools[dice.choice(sorted(pools))]
        yield (
            f"D{number:06}",
            pool.title(dice),
            f"第{number % 200}公司",
            fields.by_code()[dice.choice(pool.fields)].zh,
            dice.choice(_STAGES),
            pool.text(dice, "problem", 4),
            pool.text(dice, "current_state", 2),
            pool.indicators(dice),
            dice.choice(_MODES),
            f"{dice.randint(5, 90)}-{dice.randint(100, 900)}万元",
            "；".join(dice.sample(pool.keywords, 3)),
        )


class _Pool:
    """The words of one first-level field."""

    def __init__(self) -> None:
        self.fields: list[str] = []
        self.titles: list[str] = []
        self.keywords: list[str] = []
        self.names: list[tuple[str, str]] = []
        self.sentences: dict[str, list[str]] = defaultdict(list)

    def title(self, dice: random.Random) -> str:
        one, other = dice.sample(self.titles, 2)
        return f"{one[: len(one) // 2 + 1].strip()} {other[len(other) // 2 :].strip()} {_part_number(dice)}"

    def text(self, dice: random.Random, part: str, count: int) -> str:
        """Sentences with their numbers changed."""
        chosen = [_NUMBER.sub(_changed(dice), sentence) for sentence in dice.choices(self.sentences[part], k=count)]
        chosen[-1] += f" {dice.choice(self.keywords)} {_part_number(dice)}。"
        return " ".join(chosen)

    def indicators(self, dice: random.Random) -> str:
        return "；".join(
            f"{name}{dice.choice('≥≤')}{dice.randint(1, 900)}{unit}" for name, unit in dice.sample(self.names, 3)
        )


def _pools(file: str, parts: tuple[str, ...]) -> dict[str, _Pool]:
    pools: dict[str, _Pool] = defaultdict(_Pool)
    for line in (SEED_DATA / file).read_text(encoding="utf-8").splitlines():
        row: dict[str, Any] = json.loads(line)
        pool = pools[fields.top(row["field"])]
        pool.fields.append(row["field"])
        pool.titles.append(row["title"])
        pool.keywords.extend(row["keywords"])
        pool.names.extend(
            (one["name"], one.get("unit", "")) for one in row["indicators"] if not _NUMBER.search(one["name"])
        )
        for part in parts:
            pool.sentences[part].extend(sentences(row.get(part, "")))
    return {
        field: pool
        for field, pool in pools.items()
        if len(pool.titles) > 1 and len(pool.names) > 2 and all(pool.sentences[part] for part in parts)
    }


def _changed(dice: random.Random) -> Callable[[re.Match[str]], str]:
    return lambda match: f"{float(match.group()) * dice.uniform(0.3, 3):.3g}"


def _part_number(dice: random.Random) -> str:
    return f"{dice.choice('ABCDEFGHKLMNPRSTVXZ')}{dice.choice('ABCDEFGHKLMNPRSTVXZ')}-{dice.randint(100, 9999)}"
