package devserver

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/metrics"
	"go.temporal.io/server/common/persistence"
	"go.temporal.io/server/common/persistence/serialization"
	persistencesql "go.temporal.io/server/common/persistence/sql"
	"go.temporal.io/server/common/persistence/sql/sqlplugin"
	"go.temporal.io/server/common/primitives/timestamp"
	"go.temporal.io/server/common/resolver"
	"go.temporal.io/server/common/searchattribute/sadefs"
	sqliteschema "go.temporal.io/server/schema/sqlite"
)

// retentionDays is how long a closed workflow stays in Temporal.
const retentionDays = 7

// ensureNamespace creates the namespace or adds to it the search attributes
// that it lacks, and returns the visibility columns of those that are worth an
// index. It works on the database before the server starts, so that nothing
// has to wait for caches.
func ensureNamespace(ctx context.Context, cfg *config.SQL, name string, attributes map[string]enums.IndexedValueType) ([]string, error) {
	db, err := persistencesql.NewSQLDB(sqlplugin.DbKindUnknown, cfg, resolver.NewNoopResolver(), log.NewNoopLogger(), metrics.NoopMetricsHandler)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	defer func() { _ = db.Close() }()
	rows, err := db.SelectFromNamespace(ctx, sqlplugin.NamespaceFilter{Name: &name})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("namespace %s: %w", name, err)
	}
	var fields map[string]string
	if len(rows) == 0 {
		fields, err = createNamespace(cfg, name, attributes)
	} else {
		fields, err = addAttributes(ctx, db, rows[0], attributes)
	}
	if err != nil {
		return nil, fmt.Errorf("namespace %s: %w", name, err)
	}
	return indexedColumns(fields, attributes), nil
}

func createNamespace(cfg *config.SQL, name string, attributes map[string]enums.IndexedValueType) (map[string]string, error) {
	fields, err := assignFields(nil, attributes)
	if err != nil {
		return nil, err
	}
	namespace, err := sqliteschema.NewNamespaceConfig(clusterName, name, false, nil)
	if err != nil {
		return nil, err
	}
	namespace.Detail.Config.CustomSearchAttributeAliases = fields
	namespace.Detail.Config.Retention = timestamp.DurationFromDays(retentionDays)
	return fields, sqliteschema.CreateNamespaces(cfg, namespace)
}

func addAttributes(ctx context.Context, db sqlplugin.DB, row sqlplugin.NamespaceRow, attributes map[string]enums.IndexedValueType) (map[string]string, error) {
	serializer := serialization.NewSerializer()
	detail, err := serializer.NamespaceDetailFromBlob(persistence.NewDataBlob(row.Data, row.DataEncoding))
	if err != nil {
		return nil, err
	}
	fields, err := assignFields(detail.Config.CustomSearchAttributeAliases, attributes)
	if err != nil || maps.Equal(fields, detail.Config.CustomSearchAttributeAliases) {
		return fields, err
	}
	detail.Config.CustomSearchAttributeAliases = fields
	blob, err := serializer.NamespaceDetailToBlob(detail)
	if err != nil {
		return nil, err
	}
	row.Data, row.DataEncoding = blob.GetData(), blob.GetEncodingType().String()
	_, err = db.UpdateNamespace(ctx, &row)
	return fields, err
}

// assignFields adds to taken, which maps a pre-allocated column to the search
// attribute that it holds, a column for each attribute that has none. The
// lowest free one goes to the first name, so that equal attributes give equal
// namespaces.
func assignFields(taken map[string]string, attributes map[string]enums.IndexedValueType) (map[string]string, error) {
	columns := sadefs.GetDBIndexSearchAttributes(nil).CustomSearchAttributes
	fields := maps.Clone(taken)
	if fields == nil {
		fields = map[string]string{}
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if sadefs.IsReserved(name) {
			return nil, fmt.Errorf("search attribute %s: the name is Temporal's own", name)
		}
		if column := columnOf(fields, name); column != "" {
			if columns[column] != attributes[name] {
				return nil, fmt.Errorf("search attribute %s: it exists with type %s, not %s", name, columns[column], attributes[name])
			}
			continue
		}
		column := freeColumn(columns, fields, attributes[name])
		if column == "" {
			return nil, fmt.Errorf("search attribute %s: no column of type %s is left", name, attributes[name])
		}
		fields[column] = name
	}
	return fields, nil
}

func columnOf(fields map[string]string, name string) string {
	for column, holds := range fields {
		if holds == name {
			return column
		}
	}
	return ""
}

func freeColumn(columns map[string]enums.IndexedValueType, fields map[string]string, kind enums.IndexedValueType) string {
	for _, column := range slices.Sorted(maps.Keys(columns)) {
		if _, taken := fields[column]; !taken && columns[column] == kind {
			return column
		}
	}
	return ""
}

// indexedColumns are those of the Keyword attributes: the others are not
// selective enough to pay for an index.
func indexedColumns(fields map[string]string, attributes map[string]enums.IndexedValueType) []string {
	var columns []string
	for _, column := range slices.Sorted(maps.Keys(fields)) {
		if attributes[fields[column]] == enums.INDEXED_VALUE_TYPE_KEYWORD {
			columns = append(columns, column)
		}
	}
	return columns
}
