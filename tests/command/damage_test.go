package command

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"vecgres/tests/internal/harness"
)

// damagedRows is how many rows the table of the sound directory has.
const damagedRows = 12000

// questions are statements over all columns and indexes; order makes their answers repeatable.
var questions = []string{
	"SELECT count(*), sum(id), sum(label) FROM items",
	"SELECT id, label, embedding FROM items WHERE id BETWEEN 700 AND 720 ORDER BY id",
	"SELECT count(*) FROM items WHERE label = 9",
	"SELECT id FROM items ORDER BY embedding <-> '[1,2,3,4,5,6,7,8,1,2,3,4,5,6,7,8]' LIMIT 20",
	"SELECT sum(embedding) FROM items",
}

// makeSound fills a server's directory: segment, key indexes, graph, ends, manifests, and a log with commits since the checkpoint.
func makeSound(t *testing.T) (dir string, answers []string) {
	t.Helper()
	s := harness.StartVecgres(t)
	c := s.Conn()
	for _, sql := range []string{
		"CREATE EXTENSION vector",
		"CREATE SCHEMA other",
		"CREATE TABLE other.small (a int PRIMARY KEY)",
		"INSERT INTO other.small VALUES (1)",
		"CREATE TABLE items (id bigint PRIMARY KEY, label int, embedding vector(16))",
		"CREATE INDEX ON items (label)",
		fmt.Sprintf(`INSERT INTO items SELECT g, g %% 7, ('[' || g %% 101 || ',' || g %% 97 || ',' || g %% 89 || ',' || g %% 83 || ',' || g %% 79 || ',' || g %% 73
			|| ',' || g %% 71 || ',' || g %% 67 || ',1,2,3,4,5,6,7,8]')::vector FROM generate_series(1, %d) g`, damagedRows),
		"CREATE INDEX ON items USING hnsw (embedding vector_l2_ops)",
		"DELETE FROM items WHERE id % 5 = 0",
		"CHECKPOINT",
		"UPDATE items SET label = 9 WHERE id % 11 = 0",
		"INSERT INTO other.small VALUES (2)",
	} {
		mustExec(t, c, sql)
	}
	answers = ask(t, c)
	s.Stop()
	for _, kind := range kinds {
		if len(files(t, s.Dir, kind.pattern)) == 0 {
			t.Fatalf("the directory has no %s: %v", kind.name, files(t, s.Dir, "."))
		}
	}
	return s.Dir, answers
}

// ask gives each question's answer as text, or the error's code.
func ask(t *testing.T, c *pgx.Conn) []string {
	t.Helper()
	var out []string
	for _, sql := range questions {
		rows, err := c.Query(context.Background(), sql, pgx.QueryExecModeSimpleProtocol)
		var text []string
		if err == nil {
			for rows.Next() {
				var line []string
				for _, v := range rows.RawValues() {
					line = append(line, string(v))
				}
				text = append(text, strings.Join(line, "|"))
			}
			err = rows.Err()
		}
		if err != nil {
			if sqlState(err) == "" {
				t.Errorf("%s: the connection broke: %v", sql, err)
			}
			out = append(out, "error "+sqlState(err))
			continue
		}
		out = append(out, strings.Join(text, "\n"))
	}
	return out
}

const tablesManifest = `/\d{3,}/manifest$`

// kinds are the files of a data directory. From and to are the share of the file where a flipped byte must be found: the log's last record
// cannot be told from one that was torn by a crash.
var kinds = []struct {
	name, pattern string
	from, to      float64
}{
	{"format file", `/VECGRES$`, 0, 1},
	{"commit log", `/log/\d+\.log$`, 0.01, 0.4},
	{"manifest of the system's namespace", `/1/manifest$`, 0, 1},
	{"manifest of the table's namespace", tablesManifest, 0, 1},
	{"segment", `\.segment$`, 0, 1},
	{"key index", `\.keys$`, 0, 1},
	{"graph", `\.graph$`, 0, 1},
	{"ends", `\.ends$`, 0, 1},
}

func TestDamage(t *testing.T) {
	dir, want := makeSound(t)
	checked := copyTree(t, dir)
	good := vecgres(t, "", "verify", checked)
	if good.code != 0 || good.stderr != "" || good.stdout != checked+": no faults\n" {
		t.Fatalf("verify of a sound directory: %+v", good)
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	for _, kind := range kinds {
		t.Run(kind.name+" flipped", func(t *testing.T) {
			for range 4 {
				damaged := copyTree(t, dir)
				file := pick(t, damaged, kind.pattern)
				at := flip(t, file, kind.from, kind.to, rng)
				examine(t, damaged, fmt.Sprintf("byte %d of %s flipped", at, filepath.Base(file)), want)
			}
		})
		if kind.name == "commit log" {
			continue // a shorter log is one that lost its tail
		}
		t.Run(kind.name+" cut short", func(t *testing.T) {
			damaged := copyTree(t, dir)
			file := pick(t, damaged, kind.pattern)
			info, err := os.Stat(file)
			if err == nil {
				err = os.Truncate(file, info.Size()/2)
			}
			if err != nil {
				t.Fatal(err)
			}
			examine(t, damaged, filepath.Base(file)+" cut to a half", want)
		})
		if strings.Contains(kind.name, "manifest") {
			continue // a namespace without a manifest is one that was never checkpointed
		}
		t.Run(kind.name+" missing", func(t *testing.T) {
			damaged := copyTree(t, dir)
			file := pick(t, damaged, kind.pattern)
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
			examine(t, damaged, filepath.Base(file)+" missing", want)
		})
	}
}

// pick finds the largest file of a kind; of manifests, that beside the segment.
func pick(t *testing.T, dir, pattern string) string {
	t.Helper()
	largest, size := "", int64(-1)
	beside := filepath.Dir(files(t, dir, `\.segment$`)[0])
	for _, name := range files(t, dir, pattern) {
		if info, err := os.Stat(name); err == nil && info.Size() > size && (pattern != tablesManifest || filepath.Dir(name) == beside) {
			largest, size = name, info.Size()
		}
	}
	return largest
}

// flip changes one byte in a part of a file.
func flip(t *testing.T, file string, from, to float64, rng *rand.Rand) int64 {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	at := int64(from*float64(len(b))) + rng.Int64N(max(1, int64((to-from)*float64(len(b)))))
	b[at] ^= 1 << rng.IntN(8)
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return at
}

// examine checks that verify finds the damage, and that a server either refuses to start in one line or gives each question its right
// answer or an error: never wrong rows.
func examine(t *testing.T, dir, damage string, want []string) {
	t.Helper()
	v := vecgres(t, "", "verify", copyTree(t, dir))
	if v.code != 1 || strings.Count(v.stderr, "\n") != 1 {
		t.Errorf("%s: verify exits with %d and says:\n%s%s", damage, v.code, v.stdout, v.stderr)
	}
	p := startQuietly(t, serve(dir)...)
	if p.url == "" {
		if code := p.wait(t); code != 1 {
			t.Errorf("%s: serve exits with %d", damage, code)
		}
		if said := p.errs.String(); strings.Count(said, "\n") != 1 || !strings.HasPrefix(said, "vecgres: data directory "+dir+" ") || !strings.Contains(said, "; ") {
			t.Errorf("%s: not one line saying what and what to do:\n%s", damage, said)
		}
		return
	}
	c := p.connect(t)
	failed := 0
	for i, got := range ask(t, c) {
		switch {
		case strings.HasPrefix(got, "error "):
			if failed++; got != "error XX001" && got != "error XX002" {
				t.Errorf("%s: %s: %s", damage, questions[i], got)
			}
		case got != want[i]:
			t.Errorf("%s: %s: a wrong answer:\n%.300s\nnot:\n%.300s", damage, questions[i], got, want[i])
		}
	}
	var n int
	if err := c.QueryRow(context.Background(), "SELECT count(*) FROM other.small").Scan(&n); err != nil || n != 2 {
		t.Errorf("%s: another namespace has %d rows, %v", damage, n, err)
	}
	t.Logf("%s: the server lives; %d of %d questions are refused", damage, failed, len(questions))
	p.signal(t, syscall.SIGTERM)
	if code := p.wait(t); code != 0 {
		t.Errorf("%s: exit %d\n%s", damage, code, p.errs.String())
	}
}
