package dispatch

import (
	"go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/protocol"
)

// SearchAttributes are those that an instance is given at its start. The
// namespace must know them.
func SearchAttributes() map[string]enums.IndexedValueType {
	return map[string]enums.IndexedValueType{
		protocol.ProcessAttribute:     enums.INDEXED_VALUE_TYPE_KEYWORD,
		protocol.VersionAttribute:     enums.INDEXED_VALUE_TYPE_INT,
		protocol.BusinessKeyAttribute: enums.INDEXED_VALUE_TYPE_KEYWORD,
	}
}
