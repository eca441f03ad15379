"""Articles in, ranked passages out: readers, the catalog, Chroma, tantivy, search."""

# `index` is a generic name: qa checks this mark, so that a foreign module found in its place is a clear error.
__article_qa__ = True
