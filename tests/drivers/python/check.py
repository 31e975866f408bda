"""psycopg 3 against a running server that libpq's environment variables name. Prints ok, or fails with a traceback."""

import datetime
import decimal
import threading
import time
import uuid

import psycopg
from psycopg import errors, sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb


def expect(error, run):
    """run() must raise error; it returns the exception."""
    try:
        run()
    except error as e:
        return e
    raise AssertionError(f"no {error.__name__}")


def tables(conn):
    conn.execute("CREATE EXTENSION IF NOT EXISTS vector")
    conn.execute("CREATE TABLE items (id bigserial PRIMARY KEY, name text NOT NULL UNIQUE, embedding vector(3))")
    conn.execute("CREATE INDEX ON items USING hnsw (embedding vector_cosine_ops)")
    conn.commit()


def parameters(conn):
    cur = conn.execute(
        "INSERT INTO items (name, embedding) VALUES (%s, %s) RETURNING id", ("a", "[1,0,0]"))
    assert cur.fetchone() == (1,)
    with conn.cursor() as cur:
        cur.executemany("INSERT INTO items (name, embedding) VALUES (%s, %s)",
                        [("b", "[0,1,0]"), ("c", "[0,0,1]"), ("d", "[1,1,0]")])
        assert cur.rowcount == 3, cur.rowcount
    conn.commit()
    rows = conn.execute(
        "SELECT name, embedding <=> %s::vector AS d FROM items WHERE name <> ALL(%s) ORDER BY d LIMIT %s",
        ("[1,1,0]", ["a"], 2)).fetchall()
    assert [r[0] for r in rows] == ["d", "b"], rows
    rows = conn.execute("SELECT name FROM items ORDER BY embedding <-> %s LIMIT 1", ("[0,0,2]",)).fetchall()
    assert rows == [("c",)], rows
    named = conn.execute("SELECT %(x)s::int + 1 AS y", {"x": 41}).fetchone()
    assert named == (42,)
    for _ in range(10):  # past prepare_threshold: a server-side prepared statement
        assert conn.execute("SELECT name FROM items WHERE id = %s", (1,)).fetchone() == ("a",)
    with conn.cursor(row_factory=dict_row) as cur:
        assert cur.execute("SELECT id, name FROM items WHERE name = %s", ("b",)).fetchone() == {"id": 2, "name": "b"}
    conn.commit()


def values(conn):
    now = datetime.datetime(2024, 2, 29, 12, 34, 56, 789000, tzinfo=datetime.timezone.utc)
    for binary in (False, True):
        for cast, value in [
                ("bool", True), ("int2", 7), ("int4", -5), ("int8", 2**60), ("float8", 0.1), ("numeric", decimal.Decimal("1.50")),
                ("text", "naïve ☃"), ("bytea", b"\x00\xff"), ("uuid", uuid.UUID(int=5)), ("date", datetime.date(1999, 12, 31)),
                ("time", datetime.time(1, 2, 3, 4)), ("timestamptz", now), ("timestamp", now.replace(tzinfo=None)),
                ("interval", datetime.timedelta(days=3, seconds=5)), ("int4[]", [1, None, 3]), ("text[]", ["a", 'q"', ""])]:
            got = conn.cursor(binary=binary).execute(f"SELECT %s::{cast}", (value,)).fetchone()[0]
            assert got == value, (cast, binary, value, got)
        got = conn.cursor(binary=binary).execute("SELECT %s", (Jsonb({"a": [1, None]}),)).fetchone()[0]
        assert got == {"a": [1, None]}, got
        assert conn.cursor(binary=binary).execute("SELECT %s::int", (None,)).fetchone() == (None,)
    conn.commit()


def failures(conn):
    for error, statement in [
            (errors.UniqueViolation, "INSERT INTO items (name) VALUES ('a')"),
            (errors.NotNullViolation, "INSERT INTO items (name) VALUES (NULL)"),
            (errors.DataException, "INSERT INTO items (name, embedding) VALUES ('x', '[1,2]')"),
            (errors.UndefinedTable, "SELECT * FROM missing"),
            (errors.UndefinedColumn, "SELECT nosuch FROM items"),
            (errors.SyntaxError, "SELEC 1"),
            (errors.DivisionByZero, "SELECT 1/0"),
            (errors.InvalidTextRepresentation, "SELECT 'x'::int"),
            (errors.NumericValueOutOfRange, "SELECT 99999999999::int")]:
        e = expect(error, lambda: conn.execute(statement))
        assert e.diag.severity == "ERROR" and e.diag.message_primary, e
        assert expect(errors.InFailedSqlTransaction, lambda: conn.execute("SELECT 1")).sqlstate == "25P02"
        conn.rollback()
    e = expect(errors.UniqueViolation, lambda: conn.execute("INSERT INTO items (name) VALUES (%s)", ("a",)))
    assert e.diag.constraint_name == "items_name_key" and e.diag.table_name == "items", e.diag.constraint_name
    conn.rollback()
    e = expect(errors.DataException, lambda: conn.execute("INSERT INTO items (name, embedding) VALUES (%s, %s)", ("x", "[1,2]")))
    assert e.diag.message_primary == "expected 3 dimensions, not 2", e
    conn.rollback()


def transactions(conn):
    with conn.transaction():
        conn.execute("INSERT INTO items (name) VALUES ('outer')")
        try:
            with conn.transaction():  # a savepoint
                conn.execute("INSERT INTO items (name) VALUES ('inner')")
                raise ZeroDivisionError
        except ZeroDivisionError:
            pass
    assert conn.execute("SELECT count(*) FROM items WHERE name IN ('outer', 'inner')").fetchone() == (1,)
    conn.rollback()
    expect(errors.UniqueViolation, lambda: conn.execute("INSERT INTO items (name) VALUES ('outer')"))
    conn.rollback()
    with conn.pipeline():
        a = conn.execute("SELECT %s::int", (1,))
        b = conn.execute("SELECT %s::int", (2,))
    assert a.fetchone() == (1,) and b.fetchone() == (2,)
    conn.commit()


def copies(conn):
    with conn.cursor().copy("COPY items (name, embedding) FROM STDIN") as copy:
        for i in range(100):
            copy.write_row((f"copied\t{i}", f"[{i},0,0]"))
    assert conn.execute("SELECT count(*) FROM items WHERE name LIKE 'copied%'").fetchone() == (100,)
    with conn.cursor().copy("COPY (SELECT name, id FROM items WHERE name LIKE 'copied%' ORDER BY id LIMIT 2) TO STDOUT") as copy:
        rows = list(copy.rows())
    assert [r[0] for r in rows] == ["copied\t0", "copied\t1"], rows
    with conn.cursor().copy("COPY items (name) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(["text"])
        copy.write_row(("binary",))
    conn.commit()

    def broken():
        with conn.cursor().copy("COPY items (name) FROM STDIN") as copy:
            copy.write_row(("kept?",))
            raise RuntimeError("the client gives up")
    expect((RuntimeError, errors.QueryCanceled), broken)
    conn.rollback()
    assert conn.execute("SELECT count(*) FROM items WHERE name = 'kept?'").fetchone() == (0,)
    conn.commit()


def cursors(conn):
    with conn.cursor(name="walk") as cur:  # a server-side cursor
        cur.execute("SELECT g FROM generate_series(1, 25) g")
        cur.itersize = 10
        assert sum(r[0] for r in cur) == 325
    conn.commit()
    assert conn.execute(sql.SQL("SELECT {} FROM {}").format(sql.Identifier("name"), sql.Identifier("items")) + sql.SQL(" WHERE id = 1")).fetchone() == ("a",)
    conn.commit()


def cancels(conn):
    timer = threading.Timer(0.2, conn.cancel)
    timer.start()
    began = time.monotonic()
    expect(errors.QueryCanceled, lambda: conn.execute("SELECT pg_sleep(30)"))
    assert time.monotonic() - began < 10
    timer.join()
    conn.rollback()


with psycopg.connect() as conn:
    assert conn.info.server_version >= 160000, conn.info.server_version
    assert conn.info.encoding == "utf-8"
    for step in (tables, parameters, values, failures, transactions, copies, cursors, cancels):
        step(conn)
    with psycopg.connect(autocommit=True) as auto:
        auto.execute("INSERT INTO items (name) VALUES ('auto')")
    assert conn.execute("SELECT count(*) FROM items WHERE name = 'auto'").fetchone() == (1,)
print("ok")
