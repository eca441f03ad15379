"""`qa eval`: score the assistant, or anybody's predictions, against gold answers.

gold.py           the one form of a gold set           records.py, collect.py  files -> records -> their fields
formats.py        published files -> GoldSet           dialogues.py            published dialogues, likewise
predictions.py    an Answer, or a file -> Prediction   systems.py              what is measured
answers.py        exact match, token F1                retrieval.py            Hits, Recall, MRR, nDCG, MAP
citations.py      ALCE and evidence, by overlap        abstention.py           AUROC, risk-coverage, calibration
turns.py          the scores of a turn                 scores.py               a question's scores, the metrics
results.py        all scores -> figures                statistics.py           intervals, paired test
corpus.py         the temporary index of a set         run.py                  ask, write the run folder, resume
compare.py        two runs                             report.py, page.py      terminal and CSV, HTML (page.html)
progress.py       the bar
"""
