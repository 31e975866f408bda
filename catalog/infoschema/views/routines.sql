-- specific_catalog:name specific_schema:name specific_name:name routine_catalog:name routine_schema:name routine_name:name routine_type:varchar data_type:varchar type_udt_name:name routine_body:varchar routine_definition:varchar external_language:varchar is_deterministic:varchar
SELECT current_database()::name AS specific_catalog, n.nspname AS specific_schema, (p.proname || '_' || p.oid::text)::name AS specific_name, current_database()::name AS routine_catalog,
  n.nspname AS routine_schema, p.proname AS routine_name, CASE p.prokind WHEN 'f' THEN 'FUNCTION' END::varchar AS routine_type, format_type(p.prorettype, NULL)::varchar AS data_type,
  t.typname AS type_udt_name, 'EXTERNAL'::varchar AS routine_body, NULL::varchar AS routine_definition, 'INTERNAL'::varchar AS external_language,
  CASE WHEN p.provolatile = 'i' THEN 'YES' ELSE 'NO' END::varchar AS is_deterministic
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace LEFT JOIN pg_catalog.pg_type t ON t.oid = p.prorettype
