"""Two hundred files that mean harm, or came to harm: each read in a process of its own, within a time and a memory.

`python -m tests.soak.hostile`: names those that took longest and most; exit status 1 if one was too much. The archives
among them take some gigabytes of disk for a while.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from itertools import chain
from pathlib import Path

from tests.index.readers.hostile import LARGE, SMALL, damaged

SECONDS = 30
MEGABYTES = 1_000

_READ = """
import json, re, sys
from pathlib import Path
from index.readers import Problem, read
found = list(read(Path(sys.argv[1]), Path(sys.argv[1]).name))
said = [one.reason for one in found if isinstance(one, Problem)]
texts = sum(not isinstance(one, Problem) for one in found)
# not by getrusage, which counts what the process was forked from
most = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1000
print(json.dumps([texts, len(said), said[:1], most]))
"""


def main() -> int:
    made = chain(SMALL.items(), LARGE.items(), ((name, lambda data=data: data) for name, data in damaged()))
    rows: list[tuple[float, float, str, str]] = []
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, make in made:
            path = Path(folder) / name
            path.write_bytes(make())
            begun = time.monotonic()
            try:
                done = subprocess.run(
                    [sys.executable, "-c", _READ, str(path)], capture_output=True, text=True, timeout=2 * SECONDS
                )
                took = time.monotonic() - begun
                texts, problems, said, memory = json.loads(done.stdout)
                outcome = f"{texts} read, {problems} named {said}"
            except (subprocess.TimeoutExpired, ValueError) as error:
                took, memory, outcome = time.monotonic() - begun, 0.0, f"FAILED: {type(error).__name__}"
            path.unlink()
            is_bad = (
                took > SECONDS or memory > MEGABYTES or outcome.startswith("FAILED") or outcome.startswith("0 read, 0")
            )
            failed += is_bad
            rows.append((took, memory, name, outcome))
            if is_bad:
                print(f"BAD  {name}: {took:.1f} s, {memory:,.0f} MB, {outcome}", flush=True)
    print(f"{len(rows)} files, {failed} too much or unsaid")
    for title, key in (("longest", 0), ("most", 1)):
        print(f"{title}:")
        for row in sorted(rows, key=lambda row: -row[key])[:5]:
            print(f"  {row[2]}: {row[0]:.1f} s, {row[1]:,.0f} MB, {row[3][:100]}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
