"""The state machine of tests/index/test_crashes.py, for longer.

    python -m tests.soak.crashes [--examples N]

Any sequence of adding, changing, removing, losing a store, crashing at one of eleven places and reopening leaves the
catalog, Chroma and tantivy in agreement with a plain dict. Exits 1, with the shortest sequence, if one does not.
"""

from __future__ import annotations

import argparse
import sys
import time

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from index import batch
from index.stores import derived
from tests.index.test_crashes import Crashes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--examples", type=int, default=40)
    args = parser.parse_args()
    batch._PASSAGES = 2
    for tail in (0, 6):
        derived._CHROMA_TAIL = tail
        began = time.monotonic()
        run_state_machine_as_test(
            Crashes, settings=settings(max_examples=args.examples, stateful_step_count=25, deadline=None)
        )
        took = time.monotonic() - began
        print(f"{args.examples} sequences of 25 steps with a tail of {tail}: all agree, {took:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
