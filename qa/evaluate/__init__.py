"""`qa eval`: score the assistant, or anybody's predictions, against gold answers.

gold.py, formats.py     published sets -> GoldSet          predictions.py  an Answer, or a file -> Prediction
answers.py              exact match, token F1              retrieval.py    Hits, Recall, MRR, nDCG, MAP (ir-measures)
citations.py            ALCE and evidence, by overlap      abstention.py   AUROC, risk-coverage, calibration
scores.py               one question -> its scores, all questions -> metrics     statistics.py   intervals, paired test
corpus.py               the temporary index of a set       run.py          ask, write the run folder, resume
compare.py              two runs                           report.py, page.py (+ page.html)   terminal, CSV, HTML
cli.py                  the command
"""
