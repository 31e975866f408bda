-- pgvector's documentation, typed unchanged.
CREATE EXTENSION vector;
CREATE TABLE items (id bigserial PRIMARY KEY, embedding vector(3));
INSERT INTO items (embedding) VALUES ('[1,2,3]'), ('[4,5,6]');
SELECT * FROM items ORDER BY embedding <-> '[3,1,2]' LIMIT 5;
DROP TABLE items;
CREATE TABLE items (id bigserial PRIMARY KEY);
ALTER TABLE items ADD COLUMN embedding vector(3);
INSERT INTO items (embedding) VALUES ('[1,2,3]'), ('[4,5,6]');
\copy items (embedding) FROM 'OUT/vectors.bin' WITH (FORMAT BINARY)
INSERT INTO items (id, embedding) VALUES (1, '[1,2,3]'), (2, '[4,5,6]')
    ON CONFLICT (id) DO UPDATE SET embedding = EXCLUDED.embedding;
UPDATE items SET embedding = '[1,2,3]' WHERE id = 1;
DELETE FROM items WHERE id = 1;
SELECT * FROM items ORDER BY embedding <-> '[3,1,2]' LIMIT 5;
SELECT * FROM items WHERE id != 1 ORDER BY embedding <-> (SELECT embedding FROM items WHERE id = 2) LIMIT 5;
SELECT * FROM items WHERE embedding <-> '[3,1,2]' < 5;
SELECT embedding <-> '[3,1,2]' AS distance FROM items;
SELECT (embedding <#> '[3,1,2]') * -1 AS inner_product FROM items;
SELECT 1 - (embedding <=> '[3,1,2]') AS cosine_similarity FROM items;
SELECT AVG(embedding) FROM items;
ALTER TABLE items ADD COLUMN category_id int;
UPDATE items SET category_id = id % 2;
SELECT category_id, AVG(embedding) FROM items GROUP BY category_id ORDER BY category_id;
CREATE INDEX ON items USING hnsw (embedding vector_l2_ops);
CREATE INDEX ON items USING hnsw (embedding vector_ip_ops);
CREATE INDEX ON items USING hnsw (embedding vector_cosine_ops);
CREATE INDEX ON items USING hnsw (embedding vector_l1_ops);
CREATE INDEX ON items USING hnsw (embedding vector_l2_ops) WITH (m = 16, ef_construction = 64);
SET hnsw.ef_search = 100;
BEGIN;
SET LOCAL hnsw.ef_search = 100;
SELECT * FROM items ORDER BY embedding <-> '[3,1,2]' LIMIT 5;
COMMIT;
SET maintenance_work_mem = '8GB';
SET max_parallel_maintenance_workers = 7;
SELECT phase, round(100.0 * blocks_done / nullif(blocks_total, 0), 1) AS "%" FROM pg_stat_progress_create_index;
SELECT * FROM items WHERE category_id = 1 ORDER BY embedding <-> '[3,1,2]' LIMIT 5;
CREATE INDEX ON items (category_id);
SET hnsw.iterative_scan = strict_order;
SET hnsw.iterative_scan = relaxed_order;
WITH relaxed_results AS MATERIALIZED (
    SELECT id, embedding <-> '[1,2,3]' AS distance FROM items WHERE category_id = 1 ORDER BY distance LIMIT 5
) SELECT * FROM relaxed_results ORDER BY distance + 0;
WITH nearest_results AS MATERIALIZED (
    SELECT id, embedding <-> '[1,2,3]' AS distance FROM items ORDER BY distance LIMIT 5
) SELECT * FROM nearest_results WHERE distance < 5 ORDER BY distance;
SET hnsw.max_scan_tuples = 20000;
SET hnsw.scan_mem_multiplier = 2;
VACUUM items;
ANALYZE items;
REINDEX INDEX CONCURRENTLY items_embedding_idx;
SELECT vector_dims(embedding), vector_norm(embedding) FROM items WHERE id = 2;
INSERT INTO items (embedding) VALUES ('[1,2]');
INSERT INTO items (embedding) VALUES ('[1,NaN,3]');
SELECT embedding <-> '[1,2]' FROM items;
COPY items (embedding) TO STDOUT;
