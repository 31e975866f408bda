-- constraint_catalog:name constraint_schema:name constraint_name:name check_clause:varchar
SELECT current_database()::name AS constraint_catalog, nc.nspname AS constraint_schema, c.conname AS constraint_name, pg_get_expr(c.conbin, c.conrelid)::varchar AS check_clause
FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_namespace nc ON nc.oid = c.connamespace
WHERE c.contype = 'c'
UNION ALL
SELECT current_database()::name, n.nspname, (n.oid::text || '_' || r.oid::text || '_' || a.attnum::text || '_not_null')::name, (a.attname || ' IS NOT NULL')::varchar
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class r ON r.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull AND r.relkind = 'r'
