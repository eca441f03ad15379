"""A language model as the one that selects what answers."""
