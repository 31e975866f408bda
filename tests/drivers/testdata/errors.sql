-- How errors look: severity, text, line and caret, detail, hint.
CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL, c int CHECK (c > 0), s varchar(3));
INSERT INTO t VALUES (1, 1, 1, 'a');
SELECT nosuch FROM t;
SELECT id
  FROM t
 WHERE idd = 1;
SELECT * FROM missing;
SELEC 1;
SELECT 1 +;
SELECT 'unfinished
;
';
SELECT missing(1, 'x');
SELECT 1 + 'x';
SELECT 1 / 0;
SELECT 'abc'::int;
SELECT '2024-02-30'::date;
INSERT INTO t VALUES (1, 2, 3, 'b');
INSERT INTO t VALUES (2, NULL, 3, 'b');
INSERT INTO t VALUES (2, 2, -3, 'b');
INSERT INTO t VALUES (2, 2, 3, 'long one');
INSERT INTO t (id, nosuch) VALUES (1, 2);
INSERT INTO t VALUES (1, 2, 3, 'b', 5);
SELECT id, count(*) FROM t;
SELECT t.id FROM t x;
SELECT * FROM t ORDER BY 9;
CREATE TABLE t (x int);
DROP TABLE missing;
DROP TABLE IF EXISTS missing;
ALTER TABLE t ADD COLUMN n int;
SET nosuch = 1;
SHOW nosuch;
BEGIN;
SELECT 1/0;
SELECT 1;
COMMIT;
BEGIN;
BEGIN;
COMMIT;
COMMIT;
SELECT 'x'::int;
SELECT id FROM t WHERE id = 1;
