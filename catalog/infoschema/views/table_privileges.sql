-- grantor:name grantee:name table_catalog:name table_schema:name table_name:name privilege_type:varchar is_grantable:varchar with_hierarchy:varchar
SELECT u.rolname AS grantor, u.rolname AS grantee, current_database()::name AS table_catalog, nc.nspname AS table_schema, c.relname AS table_name,
  p.privilege::varchar AS privilege_type, 'YES'::varchar AS is_grantable, CASE WHEN p.privilege = 'SELECT' THEN 'YES' ELSE 'NO' END::varchar AS with_hierarchy
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace nc ON nc.oid = c.relnamespace JOIN pg_catalog.pg_roles u ON u.oid = c.relowner
  CROSS JOIN (VALUES ('INSERT'), ('SELECT'), ('UPDATE'), ('DELETE'), ('TRUNCATE')) AS p(privilege)
WHERE c.relkind IN ('r', 'v')
