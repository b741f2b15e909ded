"""`make bench`: how fast, how exact, how large, at 10,000 and 100,000 results.

Everything a person would wait for is measured from outside: the installed command in processes of
its own, matches over HTTP from a server of its own. Prints one table, and puts it into the READMEs.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
from rich.console import Console

from matcher.drafts import NeedDraft
from tests.bench import recall, texts

ROOT = Path(__file__).parents[2]
JIEBANG = Path(sys.executable).with_name("jiebang")
PORT = 8765
NEEDS = 2000
FILTERS = {"field": "new_materials", "maturity": "6"}
Question = Callable[[httpx.Client], httpx.Response]
console = Console(stderr=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--folder", type=Path, default=ROOT / ".bench", help="where files and homes are made")
    parser.add_argument("--print-only", action="store_true", help="leave the READMEs as they are")
    asked = parser.parse_args()
    columns = [measured(asked.folder / str(size), size) for size in asked.sizes]
    table = as_markdown(asked.sizes, columns)
    sys.stdout.write(table)
    if not asked.print_only:
        for name in ("README.md", "README.zh-CN.md"):
            put(ROOT / name, table)


def step(figures: dict[str, str], label: str, value: str) -> None:
    figures[label] = value
    console.print(f"  {label}: {value}")


def measured(folder: Path, size: int) -> dict[str, str]:
    """Every figure for one size, in the order of the table."""
    console.print(f"[bold]{size:,} results")
    shutil.rmtree(folder, ignore_errors=True)
    texts.write_results(folder / "results.csv", size)
    texts.write_needs(folder / "needs.csv", NEEDS)
    figures: dict[str, str] = {}
    home = folder / "home"
    step(figures, "short texts encoded a second", f"{recall.encoding_speed():,.0f}")
    seconds = command(home, "import", "results", str(folder / "results.csv"))
    step(figures, "import of the results, from CSV to searchable", f"{seconds:.0f} s, {size / seconds:,.0f} rows/s")
    seconds = command(home, "import", "needs", str(folder / "needs.csv"))
    step(figures, f"import of {NEEDS:,} needs beside them", f"{seconds:.0f} s")
    with server(home) as (process, started):
        client = httpx.Client(base_url=f"http://127.0.0.1:{PORT}", timeout=60)
        wait(client, "/readyz")
        step(figures, "cold start until ready", f"{time.perf_counter() - started:.1f} s")
        ids = need_ids(client)
        client.get(f"/api/v1/needs/{ids[0]}/matches").raise_for_status()
        step(figures, "cold start until the first match is answered", f"{time.perf_counter() - started:.1f} s")
        # Texts that are not stored want the model, which is loaded in the background after a start.
        client.post("/api/v1/match", json={"text": "轴承 bearing", "wanted": "result"}).raise_for_status()
        step(figures, "cold start until the first text is matched", f"{time.perf_counter() - started:.1f} s")
        for clients in (1, 8):
            for name, narrowing in (("", {}), (", filtered", FILTERS)):
                label = f"match over HTTP, {clients} client{'s' * (clients > 1)}{name}"
                step(figures, f"{label}: p50 / p95", latency(matching(ids[:300], narrowing), clients))
        step(figures, "need clinic over HTTP, 1 client: p50 / p95", latency(examining(client, ids[:100]), 1))
        step(
            figures,
            "resident memory of the server",
            f"{psutil.Process(process.pid).memory_info().rss / 2**20:,.0f} MiB",
        )
    for share, found in recall.filtered(home).items():
        step(figures, f"recall@10 against exact, filter {share}", f"{found:.3f}")
    return figures


def command(home: Path, *words: str) -> float:
    """Runs `jiebang …` on a home and returns the seconds it took."""
    started = time.perf_counter()
    subprocess.run([JIEBANG, *words], env=environment(home), check=True, capture_output=True)
    return time.perf_counter() - started


def environment(home: Path) -> dict[str, str]:
    return os.environ | {"JIEBANG_HOME": str(home)}


@contextmanager
def server(home: Path) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    started = time.perf_counter()
    process = subprocess.Popen(
        [JIEBANG, "serve", "--port", str(PORT)], env=environment(home), stdout=subprocess.DEVNULL
    )
    try:
        yield process, started
    finally:
        process.terminate()
        process.wait(60)


def wait(client: httpx.Client, path: str) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            if client.get(path).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.02)
    raise SystemExit(f"the server did not answer {path} in time")


def need_ids(client: httpx.Client) -> list[str]:
    ids: list[str] = []
    cursor = None
    while len(ids) < 400:
        answer = client.get("/api/v1/needs", params={"limit": 200} | ({"cursor": cursor} if cursor else {})).json()
        ids += [item["id"] for item in answer["items"]]
        cursor = answer["next_cursor"]
    return ids


def matching(ids: list[str], narrowing: dict[str, str]) -> list[Question]:
    return [lambda client, id=id: client.get(f"/api/v1/needs/{id}/matches", params=narrowing) for id in ids]  # type: ignore[misc]


def examining(client: httpx.Client, ids: list[str]) -> list[Question]:
    """The needs themselves, as if they were still drafts."""
    needs = [client.get(f"/api/v1/needs/{id}").json() for id in ids]
    drafts = [{name: need[name] for name in NeedDraft.model_fields} for need in needs]
    return [lambda client, draft=draft: client.post("/api/v1/clinic", json=draft) for draft in drafts]  # type: ignore[misc]


def latency(questions: list[Question], clients: int) -> str:
    """p50 and p95 in milliseconds, after a warm-up, with one connection for each client."""

    def ask(share: list[Question]) -> list[float]:
        with httpx.Client(base_url=f"http://127.0.0.1:{PORT}", timeout=60) as client:
            taken = []
            for question in share:
                started = time.perf_counter()
                question(client).raise_for_status()
                taken.append((time.perf_counter() - started) * 1000)
            return taken

    ask(questions[:10])
    with ThreadPoolExecutor(clients) as pool:
        shares = [questions[start::clients] for start in range(clients)]
        taken = [one for some in pool.map(ask, shares) for one in some]
    cuts = statistics.quantiles(taken, n=20)
    return f"{cuts[9]:.0f} / {cuts[18]:.0f} ms"


def as_markdown(sizes: list[int], columns: list[dict[str, str]]) -> str:
    lines = ["| | " + " | ".join(f"{size:,} results" for size in sizes) + " |", "| --- |" + " ---: |" * len(sizes)]
    lines += [f"| {label} | " + " | ".join(column[label] for column in columns) + " |" for label in columns[0]]
    memory = psutil.virtual_memory().total / 2**30
    machine = f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.machine()}, Python {platform.python_version()}"
    return "\n".join(lines) + f"\n\nMeasured with `make bench` on {machine}.\n"


def put(path: Path, table: str) -> None:
    """Puts the table between the marks in a README."""
    text = path.read_text(encoding="utf-8")
    marked = re.compile(r"(<!-- bench -->\n).*?(<!-- /bench -->)", re.DOTALL)
    path.write_text(marked.sub(lambda match: f"{match[1]}\n{table}\n{match[2]}", text), encoding="utf-8")


if __name__ == "__main__":
    main()
