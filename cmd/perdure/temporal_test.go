package main

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/dispatch"
	"github.com/perdure/perdure/protocol"
)

func TestMissingAttributes(t *testing.T) {
	t.Parallel()
	t.Run("All", func(t *testing.T) {
		t.Parallel()
		missing, err := missingAttributes(map[string]enums.IndexedValueType{"Other": enums.INDEXED_VALUE_TYPE_BOOL})
		require.NoError(t, err)
		require.Equal(t, dispatch.SearchAttributes(), missing)
	})
	t.Run("One", func(t *testing.T) {
		t.Parallel()
		existing := dispatch.SearchAttributes()
		delete(existing, protocol.VersionAttribute)
		missing, err := missingAttributes(existing)
		require.NoError(t, err)
		require.Equal(t, map[string]enums.IndexedValueType{protocol.VersionAttribute: enums.INDEXED_VALUE_TYPE_INT}, missing)
	})
	t.Run("OfAnotherType", func(t *testing.T) {
		t.Parallel()
		_, err := missingAttributes(map[string]enums.IndexedValueType{protocol.VersionAttribute: enums.INDEXED_VALUE_TYPE_TEXT})
		require.ErrorContains(t, err, "BpmnVersion is of type Text and must be Int")
	})
}
