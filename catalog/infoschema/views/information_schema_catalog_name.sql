-- catalog_name:name
SELECT current_database()::name AS catalog_name
