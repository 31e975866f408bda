package catalogtest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"vecgres/catalog"
)

// testViews finds the views over a relation in its own schema and in others, while they are there.
func testViews(t *testing.T, f *fixture) {
	f.do(create("other"))
	var table, near, far *catalog.Table
	view := func(s *catalog.Snapshot, schema, name string, reads ...catalog.OID) (*catalog.Table, error) {
		n, err := s.NamespaceByPath(schema)
		if err != nil {
			return nil, err
		}
		oid, err := s.NewOID()
		if err != nil {
			return nil, err
		}
		v := &catalog.Table{OID: oid, Namespace: n.ID, NamespaceOID: n.OID, Schema: schema, Name: name, Kind: catalog.KindView, ViewQuery: "SELECT 1", DependsOn: reads}
		return v, s.CreateTable(v)
	}
	f.do(func(s *catalog.Snapshot) (err error) {
		if table, err = makeTable(s, "read"); err != nil {
			return err
		}
		if near, err = view(s, "public", "near", table.OID); err != nil {
			return err
		}
		far, err = view(s, "other", "far", table.OID, near.OID)
		return err
	})
	expect := func(of *catalog.Table, want ...string) {
		t.Helper()
		f.do(func(s *catalog.Snapshot) error {
			stored, err := s.TableByOID(of.OID)
			if err != nil {
				return err
			}
			views, err := s.ViewsOver(stored)
			if err != nil {
				return err
			}
			var names []string
			for _, v := range views {
				names = append(names, v.Name)
			}
			if !slices.Equal(names, want) {
				return fmt.Errorf("views over %s: %v, want %v", of.Name, names, want)
			}
			return nil
		})
	}
	expect(table, "near", "far")
	expect(near, "far")
	expect(far)
	f.do(func(s *catalog.Snapshot) error {
		n, err := s.NamespaceByPath("public")
		if err != nil {
			return err
		}
		if views, err := s.ViewsInto(n); err != nil || len(views) != 1 || views[0].Name != "far" {
			return fmt.Errorf("views into public: %v, %v", views, err)
		}
		changed := *far
		changed.DependsOn = []catalog.OID{near.OID}
		return s.PutTable(context.Background(), &changed)
	})
	expect(table, "near")
	expect(near, "far")
	f.do(func(s *catalog.Snapshot) error { // its schema goes, and its links stay behind
		n, err := s.NamespaceByPath("other")
		if err != nil {
			return err
		}
		return s.DropNamespace(n)
	})
	expect(near)
	f.do(func(s *catalog.Snapshot) error { return s.DropTable(near) })
	expect(table)
}
