"""The catalog's tables, and how a catalog of an earlier version is brought up to this one."""

from __future__ import annotations

import sqlite3

VERSION = 5
READABLE_FROM = 2
"""A reader takes a catalog from this version on as it is; one of version 1 has to be upgraded first."""

_APPLICATION_ID = 0x41515631  # "AQV1": tells our file from any other SQLite file

_ARTICLE = """(
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    digest TEXT NOT NULL UNIQUE,   -- the same article in two files is one
    encoding TEXT NOT NULL,
    title TEXT NOT NULL,
    outlet TEXT,
    author TEXT,
    published TEXT,
    url TEXT,
    text TEXT,                     -- NULL: a tombstone, taken out by the user until its digest changes
    seen TEXT                      -- when this text was first read, UTC; NULL: version 1 did not note it
);
"""

_SINCE_2 = """
CREATE TABLE place (
    number INTEGER PRIMARY KEY,    -- the lowest of an article's places is the one that it goes with when that changes
    article INTEGER NOT NULL REFERENCES article ON DELETE CASCADE,
    id TEXT NOT NULL UNIQUE,       -- the article's id, or what it would be if it stood here only: names it too
    path TEXT NOT NULL,            -- relative to the folder that holds the index where the file lies below it
    key TEXT NOT NULL,             -- with the path, the identity: '' or the record's id or line
    record INTEGER,
    UNIQUE (path, key)
);
CREATE INDEX place_article ON place (article);
CREATE TABLE file (                -- files with nothing else in the index than what was in them when they were read
    path TEXT PRIMARY KEY,
    size INTEGER NOT NULL,         -- these three as they were before it was read: equal means not changed since
    mtime_ns INTEGER NOT NULL,
    ctime_ns INTEGER NOT NULL,
    read_ns INTEGER NOT NULL       -- when that was, by this machine's clock
) WITHOUT ROWID;
CREATE TABLE revision (            -- what an article said before it changed
    article INTEGER NOT NULL REFERENCES article ON DELETE CASCADE,
    number INTEGER NOT NULL,       -- from 1, the oldest
    encoding TEXT NOT NULL,
    title TEXT NOT NULL,
    outlet TEXT,
    author TEXT,
    published TEXT,
    url TEXT,
    text TEXT NOT NULL,
    seen TEXT,
    PRIMARY KEY (article, number)
);
CREATE TABLE signature (           -- MinHash of the text; an article without one has yet to be compared with the others
    article INTEGER PRIMARY KEY REFERENCES article ON DELETE CASCADE,
    minhash BLOB NOT NULL          -- uint32, little-endian
);
CREATE TABLE band (                -- articles that share one are candidates for near-duplicates
    hash INTEGER NOT NULL,
    article INTEGER NOT NULL REFERENCES article ON DELETE CASCADE,
    PRIMARY KEY (hash, article)
) WITHOUT ROWID;
CREATE INDEX band_article ON band (article);
CREATE TABLE near (                -- near-duplicates, each pair in both directions
    article INTEGER NOT NULL REFERENCES article ON DELETE CASCADE,
    other INTEGER NOT NULL REFERENCES article ON DELETE CASCADE,
    similarity REAL NOT NULL,
    PRIMARY KEY (article, other)
) WITHOUT ROWID;
CREATE INDEX near_other ON near (other);
"""

_SINCE_3 = """
ALTER TABLE article ADD COLUMN noise TEXT;  -- JSON, [[start, end], ...]; NULL: an older version wrote it
ALTER TABLE article ADD COLUMN pages TEXT;  -- JSON, [start, ...]; NULL likewise: it has none
CREATE INDEX article_outlet ON article (outlet) WHERE text IS NOT NULL;
CREATE INDEX article_day ON article (substr(published, 1, 10)) WHERE text IS NOT NULL;
ALTER TABLE place ADD COLUMN message INTEGER;
ALTER TABLE place ADD COLUMN member TEXT;
ALTER TABLE file ADD COLUMN digest TEXT;    -- the sha256 of its bytes when it was read; NULL: an older version did
ALTER TABLE file ADD COLUMN is_whole INTEGER NOT NULL DEFAULT 1;  -- 0: some of it could not be taken in
"""

_SINCE_4 = """
ALTER TABLE article ADD COLUMN origins TEXT;  -- JSON, {field: where it stood}; NULL: an older version wrote it
ALTER TABLE file ADD COLUMN noise_version INTEGER NOT NULL DEFAULT 1;  -- by which rules its articles' noise was found
ALTER TABLE file ADD COLUMN settings TEXT;    -- JSON: --map and --set as it was read with; NULL: none
"""

_SINCE_5 = """
ALTER TABLE article ADD COLUMN wording TEXT;  -- the sha256 of its words; '': too few; NULL: an older version wrote it
ALTER TABLE article ADD COLUMN under INTEGER REFERENCES article ON DELETE SET NULL;  -- another form of this article
CREATE INDEX article_wording ON article (wording);
CREATE INDEX article_under ON article (under) WHERE under IS NOT NULL;
DROP INDEX article_outlet;
DROP INDEX article_day;
CREATE INDEX article_outlet ON article (outlet) WHERE text IS NOT NULL AND under IS NULL;
CREATE INDEX article_day ON article (substr(published, 1, 10)) WHERE text IS NOT NULL AND under IS NULL;
"""

LIVE = "text IS NOT NULL AND under IS NULL"
"""What is true of an article that was not taken out, and is not under another as another form of the same."""

_SCHEMA = f"""
CREATE TABLE article {_ARTICLE}
CREATE TABLE sentence (
    article INTEGER NOT NULL REFERENCES article ON DELETE CASCADE,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    PRIMARY KEY (article, start)
) WITHOUT ROWID;
CREATE TABLE passage (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used twice: a derived store's old id cannot meet a new text
    article INTEGER NOT NULL REFERENCES article ON DELETE CASCADE,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    vector BLOB NOT NULL           -- float32, little-endian, unit length
);
CREATE INDEX passage_article ON passage (article);
CREATE TABLE meta (
    generation INTEGER NOT NULL,   -- grows with every commit that readers have to see
    embedding TEXT NOT NULL,       -- fingerprint of the model that made the vectors
    chroma_dir TEXT,               -- the generation folder in use, NULL: none
    chroma_upto INTEGER NOT NULL,  -- Chroma's folder was made with all passages up to this id
    chroma_count INTEGER NOT NULL, -- how many vectors it holds, those deleted since included
    tantivy_upto INTEGER NOT NULL
);
{_SINCE_2}
{_SINCE_3}
{_SINCE_4}
{_SINCE_5}
"""

# Version 1 had an article for each file or record, also for two with the same text: now the first of these that was
# not taken out has the places of all. The table is made anew because SQLite cannot drop its UNIQUE (path, key).
_FROM_1 = f"""
CREATE TABLE article_2 {_ARTICLE}
{_SINCE_2}
CREATE TEMP TABLE merged AS
    SELECT number, first_value(number) OVER (PARTITION BY digest ORDER BY text IS NULL, number) AS into_number
    FROM article;
INSERT INTO article_2
    SELECT number, id, digest, encoding, title, outlet, author, published, url, text, NULL
    FROM article WHERE number IN (SELECT into_number FROM merged);
INSERT INTO place SELECT number, into_number, id, path, key, record FROM article JOIN temp.merged USING (number);
DELETE FROM sentence WHERE article NOT IN (SELECT number FROM article_2);
DELETE FROM passage WHERE article NOT IN (SELECT number FROM article_2);
DROP TABLE temp.merged;
DROP TABLE article;
ALTER TABLE article_2 RENAME TO article;
UPDATE meta SET generation = generation + 1;
"""

_UPGRADES = {1: _FROM_1, 2: _SINCE_3, 3: _SINCE_4, 4: _SINCE_5}

# What an older version's tables lack. Names of the temporary database come before those of the file.
_FILE = "path, size, mtime_ns, ctime_ns, read_ns"
_NO_FORMS = "NULL AS wording, NULL AS under"
_SHIMS = {
    2: {
        "article": "number, id, digest, encoding, title, outlet, author, published, url, text, seen,"
        f" NULL AS noise, NULL AS pages, NULL AS origins, {_NO_FORMS}",
        "place": "number, article, id, path, key, record, NULL AS message, NULL AS member",
        "file": f"{_FILE}, NULL AS digest, 1 AS is_whole, 1 AS noise_version, NULL AS settings",
    },
    3: {
        "article": "number, id, digest, encoding, title, outlet, author, published, url, text, seen, noise, pages,"
        f" NULL AS origins, {_NO_FORMS}",
        "file": f"{_FILE}, digest, is_whole, 1 AS noise_version, NULL AS settings",
    },
    4: {
        "article": "number, id, digest, encoding, title, outlet, author, published, url, text, seen, noise, pages,"
        f" origins, {_NO_FORMS}",
    },
}


def is_ours(db: sqlite3.Connection) -> bool:
    """Whether the database is a catalog of article-qa, of whatever version."""
    return db.execute("PRAGMA application_id").fetchone()[0] == _APPLICATION_ID


def version(db: sqlite3.Connection) -> int:
    """The version of its tables."""
    return db.execute("PRAGMA user_version").fetchone()[0]


def create(db: sqlite3.Connection, embedding: str) -> None:
    """Make the tables in an empty database, in one transaction."""
    db.execute("PRAGMA journal_mode = WAL")
    db.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
    db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {VERSION};")
    db.execute("INSERT INTO meta VALUES (1, ?, NULL, 0, 0, 0)", (embedding,))
    db.execute("COMMIT")


def upgrade(db: sqlite3.Connection) -> None:
    """Bring the tables of an earlier version up to this one: in one transaction, so wholly or not at all."""
    steps = "".join(_UPGRADES[step] for step in range(version(db), VERSION))
    db.execute("PRAGMA foreign_keys = OFF")  # else dropping a table empties those that refer to it
    try:
        db.executescript(f"BEGIN IMMEDIATE; {steps} PRAGMA user_version = {VERSION}; COMMIT;")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")
        db.execute("PRAGMA foreign_keys = ON")


def shim(db: sqlite3.Connection) -> None:
    """Let a reader see an older version's tables as those of this one: by views of its own, the file stays as it is."""
    db.execute("PRAGMA temp_store = MEMORY")
    for table, columns in _SHIMS[version(db)].items():
        db.execute(f"CREATE TEMP VIEW {table} AS SELECT {columns} FROM main.{table}")


def unshim(db: sqlite3.Connection) -> None:
    """Let a reader see the tables as they are, after a writer has upgraded them."""
    for (table,) in db.execute("SELECT name FROM temp.sqlite_master WHERE type = 'view'").fetchall():
        db.execute(f"DROP VIEW temp.{table}")
