package drivers

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"vecgres/tests/internal/harness"
	"vecgres/tests/internal/pgvector"
)

var rewrite = flag.Bool("rewrite", false, "write psql's expected output of the vector scripts anew")

// psql runs a script as a person would type it: each statement is echoed before its answer.
func psql(t *testing.T, s *harness.Server, script string, args ...string) string {
	t.Helper()
	out, err := client(t, s, script, "psql", append([]string{"-X", "-e"}, args...)...)
	if err != nil {
		t.Fatalf("psql: %v\n%s", err, out)
	}
	return out
}

// script reads a file of testdata, with OUT replaced by a folder for psql's files.
func script(t *testing.T, name, out string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "OUT/", out+"/")
}

// TestPsqlAsPostgres gives scripts to psql on both servers; what a person sees must be the same.
func TestPsqlAsPostgres(t *testing.T) {
	pg := harness.StartPostgres(t)
	for _, name := range []string{"meta.sql", "errors.sql", "copy.sql"} {
		t.Run(name, func(t *testing.T) {
			vec := harness.StartVecgres(t)
			var text [2]string
			var folder [2]string
			for i, s := range []*harness.Server{pg, vec} {
				database := "postgres"
				if s == pg {
					database = "psql_" + strings.TrimSuffix(name, ".sql")
					psql(t, pg, "CREATE DATABASE "+database+" TEMPLATE template0;")
				}
				folder[i] = t.TempDir()
				text[i] = strings.ReplaceAll(psql(t, s, script(t, name, folder[i]), "-d", database), folder[i], "OUT")
			}
			diffBlocks(t, text[0], text[1])
			sameFiles(t, folder[0], folder[1])
		})
	}
}

// diffBlocks reports each command whose answer differs. Blocks begin where psql echoes a line of the script.
func diffBlocks(t *testing.T, want, got string) {
	t.Helper()
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i, j := 0, 0; i < len(w) || j < len(g); i, j = i+1, j+1 {
		if i < len(w) && j < len(g) && w[i] == g[j] {
			continue
		}
		ni, nj := resync(w[i:], g[j:])
		t.Errorf("after %q\n--- postgres\n%s\n+++ vecgres\n%s", last(w[:i]), strings.Join(w[i:min(i+ni, len(w))], "\n"), strings.Join(g[j:min(j+nj, len(g))], "\n"))
		i, j = i+ni-1, j+nj-1
	}
}

// resync finds how many lines to pass on each side until both go on alike for two lines.
func resync(a, b []string) (int, int) {
	for sum := 1; sum < len(a)+len(b); sum++ {
		for i := 0; i <= sum; i++ {
			j := sum - i
			if i+1 < len(a) && j+1 < len(b) && a[i] == b[j] && a[i+1] == b[j+1] {
				return i, j
			}
		}
	}
	return len(a), len(b)
}

// last is the line before a difference that tells where it is: an echoed command if there is one near.
func last(lines []string) string {
	for i := len(lines) - 1; i >= 0 && i > len(lines)-40; i-- {
		if strings.HasSuffix(lines[i], ";") || strings.HasPrefix(lines[i], `\`) {
			return lines[i]
		}
	}
	return ""
}

// sameFiles compares what \copy wrote on the two servers, byte for byte.
func sameFiles(t *testing.T, want, got string) {
	t.Helper()
	files, err := os.ReadDir(want)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		w, err := os.ReadFile(filepath.Join(want, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		g, err := os.ReadFile(filepath.Join(got, f.Name()))
		if err != nil {
			t.Errorf("\\copy made no %s: %v", f.Name(), err)
		} else if !bytes.Equal(w, g) {
			t.Errorf("\\copy wrote another %s:\n%q\nwant\n%q", f.Name(), g, w)
		}
	}
}

// TestPsqlVectors types pgvector's documentation into psql. readme.out is what pgvector 0.8 itself answers.
func TestPsqlVectors(t *testing.T) {
	for _, name := range []string{"readme", "vectormeta"} {
		t.Run(name, func(t *testing.T) {
			s := harness.StartVecgres(t)
			dir := t.TempDir()
			vectors := copyBinary([][]byte{pgvector.AppendBinary(nil, []float32{7, 8, 9})}, [][]byte{pgvector.AppendBinary(nil, []float32{-1, 0.5, 2})})
			if err := os.WriteFile(filepath.Join(dir, "vectors.bin"), vectors, 0o644); err != nil {
				t.Fatal(err)
			}
			got := strings.ReplaceAll(psql(t, s, script(t, name+".sql", dir)), dir, "OUT")
			golden := filepath.Join("testdata", name+".out")
			if *rewrite {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			diffBlocks(t, string(want), got)
		})
	}
}

// TestPsqlLists looks at the lists whose rows differ from PostgreSQL's by nature.
func TestPsqlLists(t *testing.T) {
	s := harness.StartVecgres(t)
	psql(t, s, "CREATE EXTENSION vector; CREATE ROLE reader LOGIN; CREATE DATABASE second;")
	for _, c := range []struct{ command, want string }{
		{`\l`, `(?m)^ postgres +\| postgres \| UTF8 +\|`},
		{`\l`, `(?m)^ second +\| postgres \|`},
		{`\dx`, `(?m)^ vector \| \S+ +\| public +\|`},
		{`\du`, `(?m)^ postgres +\| Superuser`},
		{`\du`, `(?m)^ reader +\|`},
		{`\df l2_distance`, `double precision +\| vector, vector`},
		{`\dT vector`, `(?m)^ public  *\| vector \|`},
		{`\dT`, `(?m)^ public  *\| vector `},
		{`\dn`, `(?m)^ public  *\| `},
		{`\do <->`, `vector +\| vector +\| double precision`},
		{`\dAc hnsw`, `vector_l2_ops`},
		{`\dC vector`, `real\[\]`},
		{`\conninfo`, `You are connected to database "postgres" as user "postgres"`},
		{`\df+ upper`, `upper`},
		{`SELECT version();`, `PostgreSQL 16\.\d+`},
	} {
		out := psql(t, s, c.command+"\n")
		if !regexp.MustCompile(c.want).MatchString(out) || strings.Contains(out, "ERROR") {
			t.Errorf("%s shows\n%s\nwant a line like %s", c.command, out, c.want)
		}
	}
	out := psql(t, s, "\\c second\nCREATE TABLE apart (x int);\n\\dt\n\\c postgres\n\\dt\n")
	if !strings.Contains(out, "apart | table") || !strings.Contains(out, "Did not find any relations.") {
		t.Errorf("two databases are not apart:\n%s", out)
	}
	if out, err := client(t, s, "", "psql", "-X", "-d", "nosuch", "-c", "SELECT 1"); err == nil || !strings.Contains(out, `database "nosuch" does not exist`) {
		t.Errorf("a missing database: %v\n%s", err, out)
	}
	if out, err := client(t, s, "", "psql", "-X", "-U", "nobody", "-c", "SELECT 1"); err == nil || !strings.Contains(out, `role "nobody" does not exist`) {
		t.Errorf("a missing role: %v\n%s", err, out)
	}
	out, err := client(t, s, "", "psql", "-X", "-v", "ON_ERROR_STOP=1", "-c", "SELECT 1; SELECT 1/0; SELECT 2")
	if err == nil || !strings.Contains(out, "division by zero") {
		t.Errorf("several statements in one message: %v\n%s", err, out)
	}
}

// completions are questions that psql asks when a person presses the tab key, with a few letters typed.
var completions = []string{
	`SELECT pg_catalog.quote_ident(c.relname), NULL::pg_catalog.text FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'S', 'v', 'm', 'f', 'p') AND (pg_catalog.quote_ident(c.relname)) LIKE 'it%' AND pg_catalog.pg_table_is_visible(c.oid) AND c.relnamespace <> (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'pg_catalog') UNION ALL SELECT NULL::pg_catalog.text, pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_namespace n WHERE pg_catalog.quote_ident(n.nspname) LIKE 'it%' LIMIT 1000`,
	`SELECT pg_catalog.quote_ident(attname) FROM pg_catalog.pg_attribute a, pg_catalog.pg_class c WHERE c.oid = a.attrelid AND a.attnum > 0 AND NOT a.attisdropped AND substring(pg_catalog.quote_ident(attname),1,2)='pr' AND (pg_catalog.quote_ident(relname)='items' OR '"' || relname || '"'='items') AND pg_catalog.pg_table_is_visible(c.oid) LIMIT 1000`,
	`SELECT pg_catalog.lower(name) FROM pg_catalog.pg_settings WHERE pg_catalog.lower(name) LIKE pg_catalog.lower('server_e%')`,
	`SELECT pg_catalog.quote_ident(nspname) FROM pg_catalog.pg_namespace WHERE substring(pg_catalog.quote_ident(nspname),1,3)='pub' LIMIT 1000`,
	`SELECT pg_catalog.quote_ident(datname) FROM pg_catalog.pg_database WHERE substring(pg_catalog.quote_ident(datname),1,5)='postg' LIMIT 1000`,
	`SELECT pg_catalog.quote_ident(rolname) FROM pg_catalog.pg_roles WHERE substring(pg_catalog.quote_ident(rolname),1,8)='postgres' LIMIT 1000`,
	`SELECT pg_catalog.format_type(t.oid, NULL), NULL::pg_catalog.text FROM pg_catalog.pg_type t WHERE (t.typrelid = 0 OR (SELECT c.relkind = 'c' FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid)) AND t.typname !~ '^_' AND pg_catalog.format_type(t.oid, NULL) LIKE 'smalli%' AND pg_catalog.pg_type_is_visible(t.oid) LIMIT 1000`,
	`SELECT pg_catalog.quote_ident(c.relname) FROM pg_catalog.pg_class c WHERE c.relkind IN ('i', 'I') AND substring(pg_catalog.quote_ident(c.relname),1,5)='items' AND pg_catalog.pg_table_is_visible(c.oid) ORDER BY 1`,
	`SELECT name FROM (SELECT pg_catalog.quote_ident(name) AS name FROM pg_catalog.pg_available_extensions WHERE installed_version IS NULL) ss WHERE name = 'nothing'`,
}

func TestPsqlCompletion(t *testing.T) {
	pg, vec := harness.StartPostgres(t), harness.StartVecgres(t)
	text := "CREATE TABLE items (id int PRIMARY KEY, price numeric, proof text);\n" + strings.Join(completions, ";\n") + ";\n"
	diffBlocks(t, psql(t, pg, text), psql(t, vec, text))
}
