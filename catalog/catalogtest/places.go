package catalogtest

import (
	"errors"
	"testing"

	"vecgres/catalog"
)

// testPlaces changes the directory of namespaces in a transaction that is rolled back, and in one that is not, and looks from that transaction and from
// others: whatever is kept of the directory, each must see its own.
func testPlaces(t *testing.T, f *fixture) {
	f.do(create("a"))
	errUndo := errors.New("undo")
	look := func(s *catalog.Snapshot, path string, there bool) *catalog.Namespace {
		t.Helper()
		n, err := s.NamespaceByPath(path)
		if err != nil || (n != nil) != there {
			t.Fatalf("%s: %+v, %v; there: %v", path, n, err, there)
		}
		return n
	}
	err := f.try(func(s *catalog.Snapshot) error {
		look(s, "a", true)
		if err := create("a$b")(s); err != nil {
			return err
		}
		inside := look(s, "a$b", true)
		n := look(s, "a", true)
		n.Comment = "changed"
		if look(s, "a", true).Comment != "" {
			t.Error("a change that was not put is seen")
		}
		if err := s.PutNamespace(n); err != nil {
			return err
		}
		if got := look(s, "a", true).Comment; got != "changed" {
			t.Errorf("the transaction sees the comment %q of its own", got)
		}
		f.do(func(other *catalog.Snapshot) error {
			look(other, "a$b", false)
			if got := look(other, "a", true).Comment; got != "" {
				t.Errorf("another transaction sees the comment %q", got)
			}
			if n, err := other.NamespaceByOID(inside.OID); n != nil || err != nil {
				t.Errorf("another transaction sees %+v, %v by its OID", n, err)
			}
			return nil
		})
		look(s, "a$b", true)
		if n, err := s.NamespaceByOID(inside.OID); n == nil || err != nil || n.Path != "a$b" {
			t.Errorf("the transaction sees %+v, %v by its OID", n, err)
		}
		return errUndo
	})
	if !errors.Is(err, errUndo) {
		t.Fatal(err)
	}
	f.do(func(s *catalog.Snapshot) error {
		look(s, "a$b", false)
		if got := look(s, "a", true).Comment; got != "" {
			t.Errorf("the comment %q of a transaction that was rolled back", got)
		}
		return nil
	})
	f.do(create("a$b"))
	f.do(func(s *catalog.Snapshot) error { look(s, "a$b", true); return nil })
}
