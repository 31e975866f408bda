-- trigger_catalog:name trigger_schema:name trigger_name:name event_manipulation:varchar event_object_catalog:name event_object_schema:name event_object_table:name action_statement:varchar action_orientation:varchar action_timing:varchar
SELECT NULL::name AS trigger_catalog, NULL::name AS trigger_schema, NULL::name AS trigger_name, NULL::varchar AS event_manipulation, NULL::name AS event_object_catalog,
  NULL::name AS event_object_schema, NULL::name AS event_object_table, NULL::varchar AS action_statement, NULL::varchar AS action_orientation, NULL::varchar AS action_timing
WHERE false
