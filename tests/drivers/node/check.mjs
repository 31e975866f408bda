// node-postgres against a running server that libpq's environment variables name. Prints ok, or throws.
import assert from 'node:assert/strict'
import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import Cursor from 'pg-cursor'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'

const config = { host: process.env.PGHOST, port: Number(process.env.PGPORT), user: process.env.PGUSER, database: process.env.PGDATABASE, ssl: false }

async function fails(code, run) {
  await assert.rejects(run, (e) => {
    assert.equal(e.code, code, `${e.code} ${e.message}`)
    assert.equal(e.severity, 'ERROR')
    return true
  })
}

async function parameters(db) {
  await db.query('CREATE EXTENSION IF NOT EXISTS vector')
  await db.query('CREATE TABLE items (id bigserial PRIMARY KEY, name text NOT NULL UNIQUE, price numeric, tags text[], body jsonb, embedding vector(3))')
  await db.query('CREATE INDEX ON items USING hnsw (embedding vector_l2_ops)')
  const first = await db.query('INSERT INTO items (name, price, tags, body, embedding) VALUES ($1, $2, $3, $4, $5) RETURNING id, tags, body',
    ['a', 1.5, ['x', 'y "z"'], { n: 1 }, JSON.stringify([1, 2, 3])])
  assert.deepEqual(first.rows, [{ id: '1', tags: ['x', 'y "z"'], body: { n: 1 } }])
  assert.equal(first.command, 'INSERT')
  assert.equal(first.rowCount, 1)
  for (const [name, v] of [['b', [4, 5, 6]], ['c', [7, 8, 9]]]) {
    await db.query({ name: 'insert', text: 'INSERT INTO items (name, embedding) VALUES ($1, $2)', values: [name, JSON.stringify(v)] })
  }
  const near = await db.query('SELECT name, embedding, embedding <-> $1 AS d FROM items WHERE name <> $3 ORDER BY embedding <-> $1 LIMIT $2', ['[6,7,8]', 2, 'nobody'])
  assert.deepEqual(near.rows.map((r) => r.name), ['c', 'b'])
  assert.equal(near.rows[0].embedding, '[7,8,9]')
  assert.equal(near.rows[0].d, Math.sqrt(3))
  const array = await db.query('SELECT name FROM items WHERE name = ANY($1) AND tags @> $2', [['a', 'b'], ['x']])
  assert.equal(array.rows.length, 1)
  const many = await db.query('SELECT 1 AS one; SELECT 2 AS two')
  assert.deepEqual(many.map((r) => r.rows[0]), [{ one: 1 }, { two: 2 }])
}

async function values(db) {
  const when = new Date('2024-02-29T12:34:56.789Z')
  const { rows: [row] } = await db.query(
    `SELECT $1::bool AS b, $2::int4 AS i, $3::int8 AS l, $4::float8 AS f, $5::numeric AS n, $6::text AS t, $7::bytea AS y,
            $8::timestamptz AS z, $9::json AS j, $10::int4[] AS a, $11::uuid AS u, $12::int AS nil`,
    [true, -5, '9007199254740993', 0.1, '1.50', 'naïve ☃', Buffer.from([0, 255]), when, JSON.stringify([1, null]), [1, null, 3], '00000000-0000-0000-0000-000000000005', null])
  assert.deepEqual(row, { b: true, i: -5, l: '9007199254740993', f: 0.1, n: '1.50', t: 'naïve ☃', y: Buffer.from([0, 255]), z: when, j: [1, null], a: [1, null, 3], u: '00000000-0000-0000-0000-000000000005', nil: null })
  const raw = await db.query({ text: 'SELECT 1 AS a, 2 AS a', rowMode: 'array' })
  assert.deepEqual(raw.rows, [[1, 2]])
  const binary = await db.query({ text: 'SELECT $1::int4 AS i, $2::text AS t', values: [7, 'x'], binary: true })
  assert.deepEqual(binary.rows, [{ i: 7, t: 'x' }])
}

async function failures(db) {
  await fails('23505', () => db.query('INSERT INTO items (name) VALUES ($1)', ['a']))
  await fails('23502', () => db.query('INSERT INTO items (name) VALUES ($1)', [null]))
  await fails('22000', () => db.query('INSERT INTO items (name, embedding) VALUES ($1, $2)', ['x', '[1,2]']))
  await fails('22P02', () => db.query('SELECT $1::int', ['x']))
  await fails('42P01', () => db.query('SELECT * FROM missing'))
  await fails('42703', () => db.query('SELECT nosuch FROM items'))
  await fails('42601', () => db.query('SELEC 1'))
  await fails('22012', () => db.query('SELECT 1/0'))
  await assert.rejects(() => db.query('INSERT INTO items (name) VALUES ($1)', ['a']), { constraint: 'items_name_key', table: 'items', schema: 'public' })
  await assert.rejects(() => db.query('SELECT nosuch FROM items'), { position: '8' })
  assert.equal((await db.query('SELECT count(*)::int AS n FROM items')).rows[0].n, 3)
}

async function transactions(db, other) {
  await db.query('BEGIN')
  await db.query("INSERT INTO items (name, embedding) VALUES ('mine', '[100,100,100]')")
  const near = 'SELECT name FROM items ORDER BY embedding <-> $1 LIMIT 1'
  assert.equal((await db.query(near, ['[100,100,100]'])).rows[0].name, 'mine')
  assert.equal((await other.query(near, ['[100,100,100]'])).rows[0].name, 'c')
  await db.query('ROLLBACK')
  assert.equal((await db.query(near, ['[100,100,100]'])).rows[0].name, 'c')
  await db.query('BEGIN')
  await fails('42P01', () => db.query('SELECT * FROM missing'))
  await fails('25P02', () => db.query('SELECT 1'))
  await db.query('ROLLBACK')
}

async function cursorsAndCopies(db) {
  const cursor = db.query(new Cursor('SELECT g FROM generate_series($1::int, $2::int) g', [1, 25]))
  const portions = []
  for (let rows; (rows = await cursor.read(10)).length > 0;) portions.push(rows.length)
  assert.deepEqual(portions, [10, 10, 5])
  await cursor.close()
  const lines = Array.from({ length: 200 }, (_, i) => `copied ${i}\t[${i},0,0]\n`)
  await pipeline(Readable.from(lines), db.query(copyFrom('COPY items (name, embedding) FROM STDIN')))
  let text = ''
  const sink = new Writable({ write(chunk, _, done) { text += chunk; done() } })
  await pipeline(db.query(copyTo("COPY (SELECT name FROM items WHERE name LIKE 'copied%' ORDER BY id) TO STDOUT")), sink)
  assert.equal(text, lines.map((l) => l.split('\t')[0] + '\n').join(''))
}

async function pooled() {
  const pool = new pg.Pool({ ...config, max: 4 })
  const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => pool.query('SELECT $1::int * 2 AS x', [i])))
  assert.deepEqual(answers.map((a) => a.rows[0].x), Array.from({ length: 40 }, (_, i) => i * 2))
  await pool.end()
}

async function cancels(db, other) {
  const running = assert.rejects(() => db.query('SELECT pg_sleep(30)'), { code: '57014' })
  await new Promise((done) => setTimeout(done, 200))
  const { rows } = await other.query('SELECT pg_cancel_backend($1) AS sent', [db.processID])
  assert.equal(rows[0].sent, true)
  await running
  await assert.rejects(() => db.query({ text: "SET statement_timeout = 50; SELECT pg_sleep(10)" }), { code: '57014' })
}

const db = new pg.Client(config)
const other = new pg.Client(config)
await db.connect()
await other.connect()
for (const step of [parameters, values, failures, transactions, cursorsAndCopies, pooled, cancels]) await step(db, other)
await db.end()
await other.end()
console.log('ok')
