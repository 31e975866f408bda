-- table_catalog:name table_schema:name table_name:name view_definition:varchar check_option:varchar is_updatable:varchar is_insertable_into:varchar is_trigger_updatable:varchar is_trigger_deletable:varchar is_trigger_insertable_into:varchar
SELECT current_database()::name AS table_catalog, nc.nspname AS table_schema, c.relname AS table_name, pg_get_viewdef(c.oid)::varchar AS view_definition,
  'NONE'::varchar AS check_option, 'NO'::varchar AS is_updatable, 'NO'::varchar AS is_insertable_into, 'NO'::varchar AS is_trigger_updatable,
  'NO'::varchar AS is_trigger_deletable, 'NO'::varchar AS is_trigger_insertable_into
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace nc ON nc.oid = c.relnamespace
WHERE c.relkind = 'v'
