package memstore

import (
	"testing"

	"vecgres/catalog"
	"vecgres/catalog/catalogtest"
)

func TestStore(t *testing.T) {
	catalogtest.Run(t, func(*testing.T) catalog.Store { return New() })
}
