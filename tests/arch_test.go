// Package tests sees the product from outside; this file checks who may import whom.
package tests

import (
	"bytes"
	"encoding/json"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "vecgres/"

// pkg is what `go list -json` tells of a package.
type pkg struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func listPackages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps=false", "-json=ImportPath,Imports,Deps", "./...")
	cmd.Dir = ".."
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("go list: %v\n%s", err, errs.String())
	}
	var list []pkg
	for dec := json.NewDecoder(&out); ; {
		var p pkg
		if err := dec.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	if len(list) < 20 {
		t.Fatalf("go list found only %d packages", len(list))
	}
	return list
}

// under tells whether a path is one of the rooms named, or inside one that ends in "/...".
func under(path string, rooms ...string) bool {
	path = strings.TrimPrefix(path, module)
	for _, room := range rooms {
		if base, ok := strings.CutSuffix(room, "/..."); ok {
			if path == base || strings.HasPrefix(path, base+"/") {
				return true
			}
		} else if path == room {
			return true
		}
	}
	return false
}

// mayImport lists, for each room, the rooms of ours that it may import directly. A room's own sub-packages are listed like any other.
var mayImport = []struct {
	room    string
	allowed []string
}{
	{"sql/pgerr", nil},
	{"sql/oracle", nil}, // for tests alone: a server to compare with
	{"sql/types", []string{"sql/pgerr"}},
	{"sql/client", []string{"sql/types", "sql/pgerr"}},
	{"sql/ast", []string{"sql/types", "sql/pgerr"}},
	{"sql/copyfmt", []string{"sql/types", "sql/pgerr"}},
	{"sql/funcs", []string{"sql/types", "sql/pgerr", "vecengine/distance"}},
	{"sql/parser", []string{"sql/ast", "sql/types", "sql/pgerr"}},
	{"sql/bound", []string{"sql/ast", "sql/types", "sql/funcs", "sql/pgerr", "catalog"}},
	{"sql/binder", []string{"sql/ast", "sql/bound", "sql/types", "sql/funcs", "sql/pgerr", "catalog"}},
	{"sql/physical", []string{"sql/types", "sql/pgerr", "vecengine/column", "vecengine/distance"}},
	{"sql/indexdef", []string{"sql/types", "sql/pgerr", "sql/physical", "catalog", "vecengine", "vecengine/distance", "vecengine/quant"}},
	{"sql/engineerr", []string{"sql/pgerr", "vecengine"}},
	{"sql/ddl", []string{"sql/ast", "sql/binder", "sql/bound", "sql/funcs", "sql/types", "sql/pgerr", "catalog", "planner", "planner/exec"}},
	{"sql", []string{"sql/...", "planner", "planner/cost", "planner/plan", "planner/exec", "catalog", "catalog/pgcatalog"}},
	{"pgwire", []string{"sql/client", "sql/types", "sql/pgerr"}},
	{"planner/plantest", []string{"planner/...", "sql/...", "catalog"}}, // plans of SQL texts, for the tests of planner and binder alone
	{"planner", []string{"planner/plan", "planner/rules", "planner/cost", "sql/ast", "sql/bound", "sql/funcs", "sql/physical", "sql/types", "sql/pgerr", "catalog"}},
	{"planner/plan", []string{"sql/ast", "sql/bound", "sql/funcs", "sql/types", "sql/pgerr", "catalog"}},
	{"planner/rules", []string{"planner/plan", "planner/cost", "sql/ast", "sql/bound", "sql/funcs", "sql/types", "sql/pgerr", "catalog"}},
	{"planner/cost", []string{"planner/plan", "sql/ast", "sql/bound", "sql/funcs", "sql/types", "sql/pgerr", "catalog"}},
	{"planner/exec", []string{"planner/plan", "sql/ast", "sql/bound", "sql/funcs", "sql/types", "sql/pgerr", "sql/physical", "sql/indexdef", "sql/engineerr", "catalog", "vecengine", "vecengine/column", "vecengine/distance"}},
	{"catalog", []string{"sql/types", "sql/pgerr"}},
	{"catalog/memstore", []string{"catalog"}},
	{"catalog/catalogtest", []string{"catalog", "sql/types", "sql/pgerr"}},
	{"catalog/pgcatalog", []string{"catalog", "sql/ast", "sql/types", "sql/funcs", "sql/pgerr"}},
	{"catalog/infoschema", []string{"catalog", "sql/types", "sql/pgerr"}},
	{"catalog/enginestore", []string{"catalog", "sql/types", "sql/pgerr", "sql/physical", "sql/indexdef", "vecengine", "vecengine/column"}},
	{"vecengine/...", []string{"vecengine/..."}},
	{"cmd/...", []string{"cmd/...", "pgwire", "sql", "sql/client", "sql/types", "sql/pgerr", "sql/engineerr", "planner/exec", "catalog", "catalog/...", "vecengine", "vecengine/vfs"}},
	{"tests/...", []string{"tests/...", "cmd/...", "pgwire", "sql/...", "planner/...", "catalog/...", "vecengine/..."}},
}

func TestRoomsImportDownward(t *testing.T) {
	for _, p := range listPackages(t) {
		at := slices.IndexFunc(mayImport, func(r struct {
			room    string
			allowed []string
		}) bool {
			return under(p.ImportPath, r.room)
		})
		if at < 0 {
			t.Errorf("%s is in no room of the table", p.ImportPath)
			continue
		}
		for _, imported := range p.Imports {
			if strings.HasPrefix(imported, module) && !under(imported, mayImport[at].allowed...) {
				t.Errorf("%s imports %s", p.ImportPath, imported)
			}
		}
	}
}

// onlyIn lists modules that stay in one room.
var onlyIn = map[string][]string{
	"github.com/pganalyze/pg_query_go/": {"sql/parser"},
	"github.com/jackc/pgproto3/":        {"pgwire/..."},
	"github.com/apache/arrow-go/":       {"vecengine/..."},
	"github.com/RoaringBitmap/roaring":  {"vecengine/..."},
	"github.com/minio/minio-go/":        {"vecengine/blob"},
	"github.com/alecthomas/kong":        {"cmd/..."},
	"github.com/mmcloughlin/avo":        {"vecengine/distance/gen", "vecengine/ranges/gen"},
}

func TestModulesStayInTheirRooms(t *testing.T) {
	for _, p := range listPackages(t) {
		if under(p.ImportPath, "tests/...") {
			continue
		}
		for _, imported := range p.Imports {
			for prefix, rooms := range onlyIn {
				if strings.HasPrefix(imported, prefix) && !under(p.ImportPath, rooms...) {
					t.Errorf("%s imports %s, which belongs to %s", p.ImportPath, imported, strings.Join(rooms, ", "))
				}
			}
		}
	}
}

// TestCgoStaysInTheParser checks that rooms below the session build without the grammar's C.
func TestCgoStaysInTheParser(t *testing.T) {
	free := []string{"vecengine/...", "catalog/...", "planner/...", "sql/binder", "sql/bound", "sql/types", "sql/funcs", "pgwire"}
	for _, p := range listPackages(t) {
		if !under(p.ImportPath, free...) || under(p.ImportPath, "planner/plantest") {
			continue
		}
		for _, dep := range p.Deps {
			if strings.HasPrefix(dep, "github.com/pganalyze/pg_query_go/") {
				t.Errorf("%s depends on %s", p.ImportPath, dep)
			}
		}
	}
}

// TestNobodyImportsTests checks that the product does not stand on its tests.
func TestNobodyImportsTests(t *testing.T) {
	for _, p := range listPackages(t) {
		for _, imported := range p.Imports {
			if under(imported, "tests/...") && !under(p.ImportPath, "tests/...") {
				t.Errorf("%s imports %s", p.ImportPath, imported)
			}
		}
	}
}
