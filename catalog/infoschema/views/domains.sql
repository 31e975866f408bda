-- domain_catalog:name domain_schema:name domain_name:name data_type:varchar
SELECT NULL::name AS domain_catalog, NULL::name AS domain_schema, NULL::name AS domain_name, NULL::varchar AS data_type
WHERE false
