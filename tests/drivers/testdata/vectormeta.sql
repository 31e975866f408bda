-- What psql shows of vectors, and errors about them.
CREATE EXTENSION vector;
CREATE SCHEMA shop;
CREATE SCHEMA shop$berlin;
CREATE TABLE shop$berlin.items (id bigserial PRIMARY KEY, embedding vector(3), label text);
CREATE INDEX ON shop$berlin.items USING hnsw (embedding vector_cosine_ops) WITH (m = 16, ef_construction = 64);
\d shop$berlin.items
\d "shop$berlin".items_embedding_idx
\dn shop*
\dt shop*.*
SET search_path = shop$berlin, public;
\dt
\d items
SELECT * FROM items ORDER BY embedding <=> '[1,2]' LIMIT 1;
SELECT * FROM items ORDER BY embedding <=> 'nonsense' LIMIT 1;
INSERT INTO items (embedding) VALUES ('[1,2]');
CREATE INDEX ON items USING hnsw (label vector_l2_ops);
