"""Prompt texts for a language model, one file each, and their loader."""

# `prompts` is a generic name: qa checks this mark, so that a foreign module found in its place is a clear error.
__article_qa__ = True
