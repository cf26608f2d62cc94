-- The role of the services: planning grants it what they need when it has migrated. The password does not reach the argument list.
\getenv password SERVICES_PASSWORD
SELECT 'CREATE ROLE backstay_services' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'backstay_services') \gexec
ALTER ROLE backstay_services LOGIN PASSWORD :'password';
-- Whose transaction holds readers up is seen in the activity of all roles.
GRANT pg_read_all_stats TO backstay_services;
