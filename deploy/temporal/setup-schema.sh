#!/bin/sh
# Creates Temporal's tables in its two databases, or upgrades them to the
# version of this image. Running it again changes nothing.
set -eu

for schema in temporal visibility; do
    database=temporal
    [ "$schema" = temporal ] || database=temporal_visibility
    temporal-sql-tool --database "$database" setup-schema --version 0.0
    temporal-sql-tool --database "$database" update-schema --schema-name "postgresql/v12/$schema"
done
