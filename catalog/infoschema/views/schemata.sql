-- catalog_name:name schema_name:name schema_owner:name default_character_set_catalog:name default_character_set_schema:name default_character_set_name:name sql_path:varchar
SELECT current_database()::name AS catalog_name, n.nspname AS schema_name, u.rolname AS schema_owner, NULL::name AS default_character_set_catalog,
  NULL::name AS default_character_set_schema, NULL::name AS default_character_set_name, NULL::varchar AS sql_path
FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_roles u ON u.oid = n.nspowner
