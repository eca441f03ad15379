"""The built wheel in an empty environment, outside the checkout, as a new user has it: index, ask, cite.

Then in one with requirements-ask.lock alone, which is to give the same answer from a copy of that index.

    python tests/soak/bare_install.py

Takes minutes: every dependency is installed from the package index, in the versions of requirements.lock.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SEED = ROOT / "seeds" / "000_957251fa41a97581.txt"
QUESTION = "How many troops were authorized?"


def main() -> int:
    """0 if the installed assistant answers as it should."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder / "dist"), str(ROOT))
        wheel = next((folder / "dist").glob("*.whl"))
        began = time.monotonic()
        venv.create(folder / "venv", with_pip=True)
        scripts = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
        run(str(scripts / "pip"), "install", "--quiet", "--constraint", str(ROOT / "requirements.lock"), str(wheel))
        print(f"installed in {time.monotonic() - began:.0f} s")
        work = folder / "work"
        work.mkdir()
        shutil.copy(SEED, work)
        qa = str(scripts / "qa")
        run(qa, "index", SEED.name, cwd=work)
        answer = json.loads(run(qa, "ask", "--json", QUESTION, cwd=work))
        citation = answer["citations"][0]
        stored = (work / citation["path"]).read_text(encoding=citation["encoding"])
        is_verbatim = stored[citation["start"] : citation["end"]] == citation["quote"]
        right = answer["answer"] == "up to 4,000" and is_verbatim
        print(
            f"{QUESTION} {answer['answer']}: {'right' if right else 'WRONG'}\n{citation['path']}: {citation['quote']}"
        )
        shutil.copytree(work, folder / "copy")
        same = ask_only(folder, wheel, answer)
        return 0 if right and same else 1


def ask_only(folder: Path, wheel: Path, expected: dict[str, Any]) -> bool:
    """Whether the smallest installation answers from the copied index as the whole one did; prints how large it is."""
    venv.create(folder / "ask", with_pip=True)
    scripts = folder / "ask" / ("Scripts" if os.name == "nt" else "bin")
    run(str(scripts / "pip"), "install", "--quiet", "--no-deps", "-r", str(ROOT / "requirements-ask.lock"), str(wheel))
    answer = json.loads(run(str(scripts / "qa"), "ask", "--json", QUESTION, cwd=folder / "copy"))
    same = all(answer[key] == expected[key] for key in ("answer", "citations", "confidence"))
    size, whole = (
        sum(path.stat().st_size for path in (folder / name / "lib").rglob("*") if path.is_file()) / 1e6
        for name in ("ask", "venv")
    )
    print(f"an installation to ask with: {size:,.0f} MB of {whole:,.0f}; the same answer: {'yes' if same else 'NO'}")
    return same


def run(*command: str, cwd: Path | None = None) -> str:
    """The command's stdout; its stderr is shown. No variable of this environment leads back to the checkout."""
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV", "QA_INDEX")}
    return subprocess.run(command, cwd=cwd, env=env, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
