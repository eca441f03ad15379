"""Where the milliseconds of a cold question go: imports, models, stores, and what of it can overlap.

    python tests/benchmarks/question_path.py [--runs N] [--llama-index]

Prints a Markdown table of medians. Each figure comes from N fresh processes, all cases taken in turn, so that a busy
spell of the machine falls on all of them. CPU is the time of all threads of the process: where the machine is shared,
compare that one. --llama-index also times tests/benchmarks/llama_index_script.py.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
SIZES = (50, 4000)
DIMENSION = 384
QUESTION = "how many troops were authorized?"

LIBRARIES = "import numpy, onnxruntime, tokenizers"
ENCODER = "from index.models.onnx import Encoder; from index.models.weights import default_model"
ENCODE = "Encoder(default_model().export).encode([QUESTION])[0]"
CHROMA = "from index.stores.vectors import Vectors"
THREADS = """
import threading
def model():
    {encoder}
    global vector
    vector = {encode}
other = threading.Thread(target=model)
other.start()
import chromadb
other.join()
"""
EXACT = """
rows = sqlite3.connect(DATA / "exact-{size}.sqlite").execute("select id, vector from passage").fetchall()
matrix = numpy.frombuffer(b"".join(row[1] for row in rows), dtype=numpy.float32).reshape(len(rows), -1)
scores = matrix @ vector
best = numpy.argsort(-scores)[:20]
"""


def cases() -> dict[str, tuple[str, str]]:
    """Name -> (what is done before the clock starts, what is measured)."""
    found: dict[str, tuple[str, str]] = {}
    for module in ("typer", "rich.console", "sqlite3", "numpy", "tokenizers", "tantivy", "onnxruntime", "chromadb"):
        found[f"import {module}"] = ("", f"import {module}")
    found["import chromadb, garbage collector off"] = ("import gc", "gc.disable(); import chromadb; gc.enable()")
    found["import chromadb, after onnxruntime and tokenizers"] = (LIBRARIES, "import chromadb")
    found["import sentence_transformers"] = ("", "import sentence_transformers")
    found["import llama_index.core"] = ("", "import llama_index.core")

    ready = f"{LIBRARIES}\n{ENCODER}\nmodel = default_model().export"
    found["tokenizer: load"] = (
        f"{ready}\nfrom index.models.onnx import load_tokenizer",
        "load_tokenizer(model / 'tokenizer.json')",
    )
    found["encoder: load (tokenizer and session)"] = (ready, "Encoder(model)")
    found["encoder: first question"] = (f"{ready}\nencoder = Encoder(model)", "encoder.encode([QUESTION])")
    found["encoder: a later question"] = (
        f"{ready}\nencoder = Encoder(model)\nencoder.encode(['who?'])",
        "encoder.encode([QUESTION])",
    )

    vector = "import numpy\nvector = numpy.load(DATA / 'vector.npy')"
    for size in SIZES:
        folder = f"DATA / 'chroma-{size}'"
        opened = f"{vector}\nimport chromadb\n{CHROMA}\n"
        found[f"Chroma, {size:,} vectors: open"] = (opened, f"Vectors({folder})")
        found[f"Chroma, {size:,} vectors: first query"] = (
            f"{opened}store = Vectors({folder})",
            "store.search(vector, 20)",
        )
        found[f"Chroma, {size:,} vectors: second query"] = (
            f"{opened}store = Vectors({folder})\nstore.search(-vector, 20)",
            "store.search(vector, 20)",
        )
        found[f"exact, {size:,} vectors read from SQLite"] = (f"{vector}\nimport sqlite3", EXACT.format(size=size))
    found["tantivy, 4,000 passages: open and first query"] = (
        "import tantivy\nfrom index.stores.lexical import Lexical",
        "Lexical.open(DATA / 'tantivy').search(QUESTION, 20)",
    )

    parts = f"import chromadb\n{ENCODER}\nvector = {ENCODE}"
    threads = THREADS.format(encoder=ENCODER, encode=ENCODE)
    rest = f"\n{CHROMA}\nVectors(DATA / 'chroma-4000').search(vector, 20)"
    found["chromadb, then the question's vector"] = ("", parts)
    found["the same in two threads"] = ("import numpy", threads)
    found["the same in two threads, garbage collector off"] = ("import numpy, gc", f"gc.disable()\n{threads}")
    found["cold search: Chroma, one after the other"] = ("", parts + rest)
    found["cold search: Chroma, two threads"] = ("", f"import numpy, gc\ngc.disable()\n{threads}{rest}")
    found["cold search: exact over 4,000, no Chroma"] = (
        "",
        f"{ENCODER}\nimport numpy, sqlite3\nvector = {ENCODE}\n{EXACT.format(size=4000)}",
    )
    return found


def measure(before: str, timed: str, data: Path) -> tuple[float, float]:
    """Wall and CPU seconds of `timed` in a fresh process."""
    code = (
        f"import time\nfrom pathlib import Path\nDATA, QUESTION = Path({str(data)!r}), {QUESTION!r}\n{before}\n"
        f"wall, cpu = time.perf_counter(), time.process_time()\n{timed}\n"
        "print(time.perf_counter() - wall, time.process_time() - cpu)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    wall, cpu = done.stdout.split()[-2:]
    return float(wall), float(cpu)


def measure_program(*arguments: str) -> tuple[float, float]:
    """Wall and CPU seconds of a whole Python program, its start and end included."""
    start, used = time.perf_counter(), os.times()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, capture_output=True)
    now = os.times()
    cpu = now.children_user + now.children_system - used.children_user - used.children_system
    return time.perf_counter() - start, cpu


def make_data(data: Path) -> None:
    """Chroma folders, SQLite files and a tantivy index, of random vectors and words."""
    import sqlite3

    from index.stores.lexical import Lexical
    from index.stores.vectors import make_generation

    random = np.random.default_rng(0)
    vectors = random.standard_normal((max(SIZES), DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    np.save(data / "vector.npy", vectors[7] + 0.3 * vectors[11])

    def vectors_of(ids: list[int]) -> tuple[np.ndarray, np.ndarray]:
        return np.asarray(ids), vectors[np.asarray(ids) - 1]

    for size in SIZES:
        make_generation(data, f"chroma-{size}", np.arange(1, size + 1), vectors_of)
        with sqlite3.connect(data / f"exact-{size}.sqlite") as catalog:
            catalog.execute("create table passage (id integer primary key, vector blob)")
            catalog.executemany("insert into passage values (?, ?)", enumerate(map(bytes, vectors[:size]), start=1))
    words = [*QUESTION.rstrip("?").split(), *(f"word{i}" for i in range(5000))]
    texts = (" ".join(words[i] for i in random.zipf(1.3, 80) % len(words)) for _ in range(max(SIZES)))
    (data / "tantivy").mkdir()
    Lexical(data / "tantivy").update((), ((i, f"article{i}", "title", text) for i, text in enumerate(texts, start=1)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=7, help="fresh processes a figure (default 7)")
    parser.add_argument("--llama-index", action="store_true", help="also time the plain LlamaIndex script and `qa ask`")
    parser.add_argument("--json", type=Path, help="also write every single figure to this file")
    arguments = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory() as made:
        data = Path(made)
        make_data(data)
        jobs = {name: lambda b=before, t=timed: measure(b, t, data) for name, (before, timed) in cases().items()}
        jobs["python -c pass, the whole program"] = lambda: measure_program("-c", "pass")
        if arguments.llama_index:
            script = str(Path(__file__).with_name("llama_index_script.py"))
            measure_program(script, "index", "seeds", str(data / "llama"))
            jobs["LlamaIndex script: ask"] = lambda: measure_program(script, "ask", str(data / "llama"), QUESTION)
            measure_program("-m", "qa", "index", "--index", str(data / "qa"), "seeds")
            ask = ("-m", "qa", "ask", "--index", str(data / "qa"), QUESTION)
            jobs["qa ask"] = lambda: measure_program(*ask)
        figures: dict[str, list[tuple[float, float]]] = {name: [] for name in jobs}
        for _ in range(arguments.runs):
            for name, job in jobs.items():
                figures[name].append(job())
    print("| what | wall, ms | CPU, ms |\n|---|---:|---:|")
    for name, pairs in figures.items():
        wall, cpu = (1000 * statistics.median(values) for values in zip(*pairs, strict=True))
        print(f"| {name} | {wall:,.0f} | {cpu:,.0f} |")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
