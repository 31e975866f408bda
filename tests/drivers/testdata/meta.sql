-- What psql's own commands show of tables, made by the same DDL on both servers.
CREATE SCHEMA shop;
CREATE TABLE items (id serial PRIMARY KEY, name varchar(20) NOT NULL, price numeric(8,2) DEFAULT 1.50 CHECK (price > 0.0), tags text[], made timestamptz DEFAULT now(), body jsonb);
CREATE TABLE shop.orders (id bigint GENERATED ALWAYS AS IDENTITY, item int NOT NULL, n smallint DEFAULT 1, total double precision GENERATED ALWAYS AS (n * 2) STORED, UNIQUE (item, n));
CREATE INDEX items_name ON items (name);
CREATE UNIQUE INDEX items_expensive ON items (id) WHERE price > 99.5;
CREATE VIEW cheap AS SELECT id, name FROM items WHERE price < 10.0;
COMMENT ON TABLE items IS 'what we sell';
COMMENT ON COLUMN items.name IS 'shown to people';
\dn shop
\dt
\dt shop.*
\dt nosuch
\d
\d items
\d+ items
\d shop.orders
\d items_name
\d items_id_seq
\d cheap
\d nosuch
\di
\di shop.*
\ds
\dv
\df nosuch
\df initcap
\dp items
\dD
\sf nosuch
\x
SELECT 1 AS a, 'two' AS b, NULL AS c;
\x
\pset null '(null)'
SELECT 1 AS a, 'two' AS b, NULL AS c;
\pset format csv
SELECT name, setting FROM pg_settings WHERE name = 'server_encoding';
\pset format aligned
\set x 5
SELECT :x + 1 AS six, :'x' AS quoted;
SELECT 'a' AS one, 'b' AS two \gset
\echo :one :two
SELECT 1 AS n UNION SELECT 2 ORDER BY n \g (tuples_only=on)
SELECT format('SELECT %s AS made', g) FROM generate_series(1, 2) g \gexec
SELECT id, name, price, made FROM items \gdesc
\z items
\encoding
\if true
\echo yes
\endif
