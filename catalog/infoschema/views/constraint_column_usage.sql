-- table_catalog:name table_schema:name table_name:name column_name:name constraint_catalog:name constraint_schema:name constraint_name:name
SELECT current_database()::name AS table_catalog, nc.nspname AS table_schema, r.relname AS table_name, a.attname AS column_name,
  current_database()::name AS constraint_catalog, nc.nspname AS constraint_schema, c.conname AS constraint_name
FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_namespace nc ON nc.oid = c.connamespace JOIN pg_catalog.pg_class r ON r.oid = c.conrelid
  CROSS JOIN LATERAL unnest(c.conkey) AS k(attnum)
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum
WHERE c.contype IN ('p', 'u', 'c')
