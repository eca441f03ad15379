"""What is printed and written of a run, whole."""

from __future__ import annotations

import csv
import io

from qa.evaluate.report import run_csv, run_text
from tests.qa.evaluate.fakes import run_of

EXPECTED = """\
set: 8 questions, 3 unanswerable, 1 failed. In brackets: 95 % bootstrap intervals.

answers                               as SQuAD                  Unicode                  n
------------------------------------------------------------------------------------------
exact match                              0.250  [0.000, 0.625]    0.250  [0.000, 0.625]  8
token F1                                 0.250  [0.000, 0.625]    0.250  [0.000, 0.625]  8
exact match, answerable (HasAns)         0.400  [0.000, 0.800]    0.400  [0.000, 0.800]  5
token F1, answerable (HasAns)            0.400  [0.000, 0.800]    0.400  [0.000, 0.800]  5
refused, unanswerable (NoAns)            0.000  [0.000, 0.000]                           3
right, or rightly refused                0.250  [0.000, 0.625]                           8
answer stands in the first quote         0.200  [0.000, 0.600]                           5
answer stands in one of three quotes     0.200  [0.000, 0.600]                           5
length of the first quote              9 chars          [9, 9]                           7
length of up to three quotes           9 chars          [9, 9]                           7

retrieval, articles                         n
---------------------------------------------
Hits@1               0.800  [0.400, 1.000]  5
Hits@3               0.800  [0.400, 1.000]  5
Hits@5               0.800  [0.400, 1.000]  5
Hits@10              0.800  [0.400, 1.000]  5
Recall@1             0.800  [0.400, 1.000]  5
Recall@5             0.800  [0.400, 1.000]  5
Recall@10            0.800  [0.400, 1.000]  5
MRR@10               0.800  [0.400, 1.000]  5
nDCG@10              0.800  [0.400, 1.000]  5
MAP                  0.800  [0.400, 1.000]  5

retrieval, passages                         n
---------------------------------------------
Hits@1               0.400  [0.000, 0.800]  5
Hits@3               0.400  [0.000, 0.800]  5
Hits@5               0.400  [0.000, 0.800]  5
Hits@10              0.400  [0.000, 0.800]  5
Recall@1             0.400  [0.000, 0.800]  5
Recall@5             0.400  [0.000, 0.800]  5
Recall@10            0.400  [0.000, 0.800]  5
MRR@10               0.400  [0.000, 0.800]  5
nDCG@10              0.400  [0.000, 0.800]  5
MAP                  0.400  [0.000, 0.800]  5

citations                                                n
----------------------------------------------------------
quotes verbatim at their offsets  1.000  [1.000, 1.000]  7

abstention                                                     n
----------------------------------------------------------------
answered                                0.875  [0.625, 1.000]  8
unanswerable that are refused (recall)  0.000  [0.000, 0.000]  3
AUROC, answerable against not           0.500  [0.000, 1.000]  7
AUROC, right answers against wrong      0.500  [0.000, 1.000]  7
area under the risk-coverage curve      0.771  [0.214, 1.000]  7

milliseconds   p50                 p95                n
-------------------------------------------------------
read          13.0  [11.0, 15.0]  15.7  [13.7, 16.0]  7
total         23.0  [21.0, 25.0]  25.7  [23.7, 26.0]  7
"""


def test_the_table() -> None:
    assert run_text(run_of()) == EXPECTED


def test_csv_has_every_figure() -> None:
    run = run_of()
    rows = list(csv.DictReader(io.StringIO(run_csv(run))))
    assert rows[0] == {
        "section": "metrics",
        "metric": "em",
        "statistic": "mean",
        "value": "0.25",
        "low": rows[0]["low"],
        "high": rows[0]["high"],
        "n": "8",
    }
    assert {row["metric"] for row in rows if row["section"] == "metrics"} == set(run.results.metrics)
    assert [row["value"] for row in rows if row["metric"] == "read"] == ["13.0", "15.7"]  # of 10 to 16: p50, p95
