"""`qa eval`: score the assistant, or anybody's predictions, against gold answers.

gold.py           the one form of a gold set           records.py, formats.py  published files -> GoldSet
predictions.py    an Answer, or a file -> Prediction   systems.py              what is measured
answers.py        exact match, token F1                retrieval.py            Hits, Recall, MRR, nDCG, MAP
citations.py      ALCE and evidence, by overlap        abstention.py           AUROC, risk-coverage, calibration
scores.py         a question's scores, the metrics     statistics.py           intervals, paired test
corpus.py         the temporary index of a set         run.py                  ask, write the run folder, resume
compare.py        two runs                             report.py, page.py      terminal and CSV, HTML (page.html)
progress.py       the bar
"""
