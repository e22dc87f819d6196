#!/bin/sh
# Creates one role for each program, and the databases that it owns. Runs once,
# when PostgreSQL finds its data folder empty.
set -eu

psql --set=ON_ERROR_STOP=1 --username=postgres --dbname=postgres \
    --set=temporal_password="$TEMPORAL_DATABASE_PASSWORD" \
    --set=perdure_password="$PERDURE_DATABASE_PASSWORD" <<'SQL'
CREATE ROLE temporal LOGIN PASSWORD :'temporal_password';
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
REVOKE CONNECT ON DATABASE temporal, temporal_visibility FROM PUBLIC;

CREATE ROLE perdure LOGIN PASSWORD :'perdure_password';
CREATE DATABASE perdure OWNER perdure;
REVOKE CONNECT ON DATABASE perdure FROM PUBLIC;
SQL
