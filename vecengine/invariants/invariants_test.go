package invariants

import "testing"

func TestCheckPanicsOnlyWhenEnabled(t *testing.T) {
	Check(true, "never")
	defer func() {
		if r := recover(); (r != nil) != Enabled {
			t.Fatalf("recovered %v in a build with Enabled %v", r, Enabled)
		}
	}()
	Check(false, "value %d", 7)
}
