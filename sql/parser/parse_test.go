package parser

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/jackc/pgerrcode"

	"vecgres/sql/ast"
	"vecgres/sql/pgerr"
)

// TestTrees runs the golden files: "tree" prints the tree, "positions" prints it with positions, "format" the text made from it.
func TestTrees(t *testing.T) {
	datadriven.Walk(t, "testdata/trees", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			stmts, err := Parse(d.Input)
			if err != nil {
				return showError(err)
			}
			var out strings.Builder
			for _, s := range stmts {
				switch d.Cmd {
				case "tree":
					fmt.Fprintln(&out, dump(s.Stmt, false))
				case "positions":
					fmt.Fprintln(&out, dump(s, true))
				case "format":
					fmt.Fprintln(&out, ast.FormatStmt(s.Stmt))
				default:
					d.Fatalf(t, "unknown command %s", d.Cmd)
				}
			}
			return out.String()
		})
	})
}

func showError(err error) string {
	e := pgerr.From(err)
	out := fmt.Sprintf("%s %s", e.Code, e.Message)
	if e.Position > 0 {
		out += fmt.Sprintf(" at %d", e.Position)
	}
	return out + "\n"
}

// TestCorpus parses what clients send, and checks that text made from a tree reads back as the same tree.
func TestCorpus(t *testing.T) {
	files, err := filepath.Glob("testdata/corpus/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal("no corpus", err)
	}
	total, unsupported := 0, map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		stmts, err := Parse(string(text))
		if err != nil {
			t.Errorf("%s: %s%s", file, showError(err), near(string(text), err))
			continue
		}
		for _, s := range stmts {
			total++
			checkStatement(t, string(text), s)
			if u, ok := s.Stmt.(*ast.Unsupported); ok {
				unsupported[u.Feature] = true
			}
		}
	}
	if total < 550 {
		t.Errorf("only %d statements", total)
	}
	for _, feature := range []string{"CREATE FUNCTION", "CREATE TRIGGER", "CREATE TYPE", "MERGE", "CREATE MATERIALIZED VIEW", "ALTER DEFAULT PRIVILEGES"} {
		if !unsupported[feature] {
			t.Errorf("%q is not among the unsupported features %v", feature, unsupported)
		}
	}
}

func near(text string, err error) string {
	at := max(pgerr.From(err).Position-1, 0)
	return text[max(0, at-60):min(len(text), at+60)]
}

// checkStatement checks a statement's text, its round trip, and that a statement alone gives the tree that it gives among others.
func checkStatement(t *testing.T, text string, s ast.Statement) {
	t.Helper()
	if text[s.Offset:s.Offset+len(s.Text)] != s.Text || strings.TrimSpace(s.Text) != s.Text || s.Text == "" {
		t.Errorf("statement text %q at %d is not that of the query", s.Text, s.Offset)
	}
	alone, err := Parse(s.Text)
	if err != nil || len(alone) != 1 {
		t.Errorf("alone: %v\n%s", err, s.Text)
		return
	}
	if got, want := dump(alone[0].Stmt, false), dump(s.Stmt, false); got != want {
		t.Errorf("alone: %s\namong others: %s", got, want)
	}
	roundTrip(t, s.Stmt)
}

// roundTrip checks that a statement's own text gives its tree and its text again.
func roundTrip(t *testing.T, s ast.Stmt) {
	t.Helper()
	formatted := ast.FormatStmt(s)
	if formatted == "" {
		return
	}
	again, err := Parse(formatted)
	if err != nil {
		t.Errorf("%s does not parse: %s%s", formatted, showError(err), near(formatted, err))
		return
	}
	if len(again) != 1 {
		t.Errorf("%s is %d statements", formatted, len(again))
		return
	}
	if second := ast.FormatStmt(again[0].Stmt); second != formatted {
		t.Errorf("formatted twice:\n%s\n%s", formatted, second)
	}
	if got, want := dump(again[0].Stmt, false), dump(s, false); got != want {
		t.Errorf("round trip of %s:\n got %s\nwant %s", formatted, got, want)
	}
}

func TestLongIdentifiers(t *testing.T) {
	base := "app$" + strings.Repeat("x", 60)
	a, b := base+"$one", base+"$two" // equal in their first 63 bytes
	tenant := "T$" + strings.Repeat("Ü", 40)
	query := `SELECT ` + strings.ToUpper(a) + `.t.c, "` + tenant + `".q FROM ` + a + `.t, ` + b + `.t, "` + tenant + `" WHERE 'é` + a + `' = x AND U&"` + base + `\0041" = 1 AND U&"` + base + `!0042!!" UESCAPE '!' = 2`
	stmts, err := Parse(query)
	if err != nil {
		t.Fatal(err)
	}
	s := stmts[0].Stmt.(*ast.Select)
	var names []string
	ast.Walk(s, func(n any) bool {
		switch n := n.(type) {
		case *ast.ColumnRef:
			names = append(names, strings.Join(n.Name.Parts, "/"))
			if got := query[n.Pos]; got != 'A' && got != '"' && got != 'x' && got != 'U' {
				t.Errorf("position %d of %v is at %q", n.Pos, n.Name, got)
			}
		case *ast.RangeVar:
			names = append(names, strings.Join(n.Name.Parts, "/"))
		}
		return true
	})
	want := []string{a + "/t/c", tenant + "/q", a + "/t", b + "/t", tenant, "x", base + "A", base + "B!"}
	if !reflect.DeepEqual(names, want) {
		t.Errorf("names\n got %q\nwant %q", names, want)
	}

	_, err = Parse("SELECT * FROM " + a + ".t WHERE ( " + b)
	if e := pgerr.From(err); e.Code != pgerrcode.SyntaxError || e.Message != "syntax error at end of input" {
		t.Errorf("error %v", err)
	}
	_, err = Parse(`SELECT 'é' "` + a + `" "` + b + `"`)
	if e := pgerr.From(err); e.Message != `syntax error at or near ""`+b+`""` || e.Position != len(`SELECT 'é' "`+a+`" "`) {
		t.Errorf("error %v at %d", err, e.Position)
	}
	for _, name := range []string{strings.Repeat("a", 1025), `"` + strings.Repeat("a", 1025) + `"`} {
		_, err = Parse("SELECT 1 AS " + name)
		if e := pgerr.From(err); e.Code != pgerrcode.NameTooLong || e.Position != 13 {
			t.Errorf("1025 bytes: %v at %d", err, e.Position)
		}
	}
	if stmts, err = Parse("CREATE SCHEMA " + strings.Repeat("a", 1024)); err != nil || len(stmts[0].Stmt.(*ast.CreateSchema).Name) != 1024 {
		t.Errorf("1024 bytes: %v", err)
	}
}

// TestDepth checks that text of any depth is either a tree or 54001, whichever construct nests.
func TestDepth(t *testing.T) {
	shapes := map[string]func(n int) string{
		"plus":  func(n int) string { return "select 1" + strings.Repeat("+1", n) },
		"minus": func(n int) string { return "select " + strings.Repeat("- ", n) + "a" },
		"paren": func(n int) string { return "select " + strings.Repeat("(", n) + "1" + strings.Repeat(")", n) },
		"not":   func(n int) string { return "select " + strings.Repeat("not ", n) + "true" },
		"union": func(n int) string { return "select 1,2" + strings.Repeat(" union select 1,2", n) },
		"cast":  func(n int) string { return "select 1" + strings.Repeat("::int", n) },
		"func":  func(n int) string { return "select " + strings.Repeat("f(", n) + strings.Repeat(")", n) },
		"sub":   func(n int) string { return strings.Repeat("select (", n) + "select 1" + strings.Repeat(")", n) },
		"join":  func(n int) string { return "select from t" + strings.Repeat(" join t on f(1,2) and true", n) },
		"case": func(n int) string {
			return "select " + strings.Repeat("case when ", n) + "1" + strings.Repeat(" then 1 end", n)
		},
		"end": func(n int) string {
			return "select " + strings.Repeat("case when x.end then ", n) + "1" + strings.Repeat(" end", n)
		},
		"isnull": func(n int) string { return "select 1" + strings.Repeat(" is null", n) },
		"array":  func(n int) string { return "select array" + strings.Repeat("[", n) + strings.Repeat("]", n) },
		"index":  func(n int) string { return "select a" + strings.Repeat("[a", n) + strings.Repeat("]", n) },
		"like":   func(n int) string { return "select a" + strings.Repeat(" || b", n) + " like c" },
		"with": func(n int) string {
			return strings.Repeat("with a as (", n) + "select 1" + strings.Repeat(") select 1", n)
		},
		"from": func(n int) string {
			return strings.Repeat("select * from (", n) + "select 1" + strings.Repeat(") x", n)
		},
		"collate": func(n int) string { return "select a" + strings.Repeat(" collate c", n) },
	}
	costly := map[string]bool{"case": true, "end": true, "from": true, "with": true} // four tokens or more a level
	for name, shape := range shapes {
		for _, n := range []int{10, 1000, 3000, 6000, 100_000} {
			_, err := Parse(shape(n))
			if code := pgerr.Code(err); err != nil && code != pgerrcode.StatementTooComplex && code != pgerrcode.ProgramLimitExceeded {
				t.Errorf("%s %d: %v", name, n, err)
			}
			if n <= 1000 && err != nil && !costly[name] {
				t.Errorf("%s %d: %v", name, n, err)
			}
			if n == 100_000 && err == nil {
				t.Errorf("%s %d parses", name, n)
			}
		}
	}
	wide := []string{
		"select 1 where a in (1" + strings.Repeat(",1", 100_000) + ")",
		"insert into t values (1,-2.5,'x')" + strings.Repeat(",(1,-2.5,'x')", 20_000),
		"select 1 where a = 1" + strings.Repeat(" or a = 1 and b = 2", 20_000),
		"select 1" + strings.Repeat("; select a + 1", 5_000),
	}
	for _, query := range wide {
		if _, err := Parse(query); err != nil {
			t.Errorf("%.40s…: %v", query, err)
		}
	}
}

// TestMultiAssignGrowth checks that nested row assignments, which the grammar's output repeats, cannot fill the memory.
func TestMultiAssignGrowth(t *testing.T) {
	query := "select 1"
	for range 12 {
		query = "with u as (" + query + ") select 1"
		query = "update t set (a,b,c,d,e,f,g,h,i,j) = (" + query + ")"
		if _, err := Parse(query); err != nil {
			if pgerr.Code(err) != pgerrcode.StatementTooComplex {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatal("accepted 10^12 copies")
}

func TestBadText(t *testing.T) {
	for query, want := range map[string]string{
		"select 'a\x00b'":                        `22021 invalid byte sequence for encoding "UTF8": 0x00 at 10`,
		"select '\xff'":                          `22021 invalid byte sequence for encoding "UTF8": 0xff at 9`,
		"select '\xc3('":                         `22021 invalid byte sequence for encoding "UTF8": 0xc3 0x28 at 9`,
		"select 'é' frm t x":                     `42601 syntax error at or near "t" at 17`,
		"selec":                                  `42601 syntax error at or near "selec" at 1`,
		"select 'x":                              `42601 unterminated quoted string at or near "'x" at 8`,
		"select 1 +":                             `42601 syntax error at end of input at 11`,
		"select \"\"":                            `42601 zero-length delimited identifier at or near """" at 8`,
		"create assertion a check (true)":        `0A000 CREATE ASSERTION is not yet implemented`,
		"select * from t tablesample system (1)": `0A000 TABLESAMPLE is not supported yet at 29`,
		"select xmlelement(name x)":              `0A000 XML is not supported yet at 8`,
		"create table t (a int not null deferrable)": `42601 misplaced DEFERRABLE clause at 32`,
		"update t set a.b = 1":                       `0A000 assignment to a field of a composite column is not supported yet at 14`,
	} {
		_, err := Parse(query)
		if err == nil {
			t.Errorf("%q parses", query)
		} else if got := strings.TrimSpace(showError(err)); got != want {
			t.Errorf("%q:\n got %s\nwant %s", query, got, want)
		}
		var e *pgerr.Error
		if !errors.As(err, &e) {
			t.Errorf("%q: %T is not a pgerr.Error", query, err)
		}
	}
}

func TestSize(t *testing.T) {
	for text, want := range map[string]int{
		"select a, b":                     4,
		"select 'a, b' , E'a''b\\'c' x":   6,
		"$1 + $$ a b c $$ $x$ a $$ b $x$": 5,
		"-- a b c\n/* a /* b */ c */ d":   1,
		`"a b" 1.5`:                       4,
		"'unterminated a b c":             1,
	} {
		if got := countTokens(text, 100); got != want {
			t.Errorf("%s: %d tokens, want %d", text, got, want)
		}
	}
	if _, err := Parse("select 1" + strings.Repeat(",1", tokensMax)); pgerr.Code(err) != pgerrcode.ProgramLimitExceeded {
		t.Errorf("%v", err)
	}
	if _, err := Parse("select '" + strings.Repeat(",1", tokensMax) + "'"); err != nil {
		t.Error(err)
	}
}

func TestViewText(t *testing.T) {
	for query, want := range map[string]string{
		"CREATE VIEW v AS SELECT 1 -- x\n": "SELECT 1 -- x",
		" create view \"as\" (a) with (x=1) as (with q as (select 1) select * from q) with check option ": "(with q as (select 1) select * from q)",
		"create view v as with q as (select 1) select 'é' AS b from q with cascaded check option":         "with q as (select 1) select 'é' AS b from q",
		"create recursive view v (n) as select 1":                                                         "WITH RECURSIVE v(n) AS (SELECT 1) SELECT n FROM v",
	} {
		stmts, err := Parse("select 1; " + query + "; select 2")
		if err != nil || len(stmts) != 3 {
			t.Fatal(err, len(stmts))
		}
		if got := stmts[1].Stmt.(*ast.CreateView).QueryText; got != want {
			t.Errorf("%s:\n got %q\nwant %q", query, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/corpus/*.sql")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			if i%7 == 0 {
				f.Add(line)
			}
		}
	}
	f.Add(`select "` + strings.Repeat("x", 70) + `", U&"` + strings.Repeat("y", 70) + `" uescape '!'`)
	f.Fuzz(func(t *testing.T, query string) {
		stmts, err := Parse(query)
		if err != nil {
			if pgerr.Code(err) == pgerrcode.InternalError {
				t.Fatalf("%v: %v", err, errors.Unwrap(err))
			}
			if p := pgerr.From(err).Position; p < 0 || p > len(query)+1 {
				t.Fatalf("position %d of %d bytes", p, len(query))
			}
			return
		}
		for _, s := range stmts {
			formatted := ast.FormatStmt(s.Stmt)
			if formatted == "" {
				continue
			}
			again, err := Parse(formatted)
			if err != nil || len(again) != 1 {
				if pgerr.Code(err) == pgerrcode.StatementTooComplex {
					continue
				}
				t.Fatalf("%q → %q: %v", query, formatted, err)
			}
			if second := ast.FormatStmt(again[0].Stmt); second != formatted {
				t.Fatalf("%q →\n%q →\n%q", query, formatted, second)
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	vector := "[0.125" + strings.Repeat(",-0.0625", 1535) + "]"
	for name, query := range map[string]string{
		"select1":    "select 1",
		"topk":       "SELECT id, name FROM app$acme.items WHERE price < $2 AND tag = 'a' ORDER BY embedding <=> $1 LIMIT 10",
		"literal":    "SELECT id FROM items ORDER BY embedding <=> '" + vector + "' LIMIT 10",
		"insert1000": "INSERT INTO t VALUES (1, 'abc', 2.5)" + strings.Repeat(", (1, 'abc', 2.5)", 999),
		"long":       "SELECT id FROM app$" + strings.Repeat("x", 80) + ".items WHERE a = 1",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(query)))
			for b.Loop() {
				if _, err := Parse(query); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
