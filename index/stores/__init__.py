"""What the index is kept in: the catalog (the truth), tantivy and Chroma (derived), and the writer's lock."""
