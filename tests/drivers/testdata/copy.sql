-- COPY and \copy: text, csv, binary; out and in again.
CREATE TABLE c (id int PRIMARY KEY, t text, n numeric, b bool, d date, a int[], j jsonb, x bytea);
COPY c FROM STDIN;
1	plain	1.50	t	2024-02-29	{1,2}	{"a": 1}	\\x00ff
2	tab\there	\N	f	\N	\N	\N	\N
3	back\\slash	-0.001	\N	0044-03-15 BC	{}	[]	\\x
4		0	t	infinity	{NULL,3}	"s"	\N
\.
COPY c TO STDOUT;
COPY c TO STDOUT WITH (FORMAT csv, HEADER, FORCE_QUOTE (t));
COPY c (id, t) TO STDOUT WITH (DELIMITER '|', NULL 'nil');
COPY (SELECT id, upper(t) FROM c ORDER BY id DESC) TO STDOUT CSV;
COPY c (id, t, n) FROM STDIN WITH (FORMAT csv);
10,"quoted, comma",5
11,"say ""hi""",
12,,7
13,"two
lines",8
\.
SELECT id, t, n FROM c WHERE id >= 10 ORDER BY id;
COPY c (id, t) FROM STDIN WITH (FORMAT csv, HEADER, DELIMITER ';', NULL '-');
id;t
20;a
21;-
\.
SELECT id, t FROM c WHERE id >= 20 ORDER BY id;
\copy c to 'OUT/c.txt'
\copy c to 'OUT/c.csv' csv header
\copy c to 'OUT/c.bin' with (format binary)
\copy (select id, t from c order by id limit 2) to 'OUT/q.txt'
CREATE TABLE d (LIKE c);
\copy d from 'OUT/c.txt'
TRUNCATE d;
\copy d from 'OUT/c.csv' csv header
TRUNCATE d;
\copy d from 'OUT/c.bin' with (format binary)
SELECT count(*) FROM (SELECT * FROM c EXCEPT SELECT * FROM d) s;
SELECT * FROM d ORDER BY id;
-- A broken COPY leaves nothing.
COPY c (id, n) FROM STDIN;
100	1
101	oops
102	3
\.
COPY c (id, n) FROM STDIN;
100	1
101
\.
COPY c (id, n) FROM STDIN;
100	1	2
\.
COPY c (id, t) FROM STDIN CSV;
100,"never closed
\.
COPY missing FROM STDIN;
COPY c (nosuch) FROM STDIN;
COPY c TO STDOUT WITH (FORMAT nosuch);
SELECT count(*) FROM c;
