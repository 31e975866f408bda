-- grantee:name role_name:name is_grantable:varchar
SELECT m.rolname AS grantee, r.rolname AS role_name, 'NO'::varchar AS is_grantable
FROM pg_catalog.pg_auth_members a JOIN pg_catalog.pg_roles m ON m.oid = a.member JOIN pg_catalog.pg_roles r ON r.oid = a.roleid
