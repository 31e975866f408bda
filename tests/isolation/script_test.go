package isolation

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"vecgres/tests/internal/harness"
)

var rewriteEngine = flag.String("engine", harness.Postgres, "with -rewrite: whose answers are written")

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }

func rewriting() bool { return flag.Lookup("rewrite").Value.String() == "true" }

// TestScripts runs every script on both servers, and on vecgres by the extended protocol too.
func TestScripts(t *testing.T) {
	for _, run := range []struct {
		name, engine string
		extended     bool
	}{{"postgres", harness.Postgres, false}, {"vecgres", harness.Vecgres, false}, {"vecgres extended", harness.Vecgres, true}} {
		if rewriting() && (run.extended || run.engine != *rewriteEngine) {
			continue
		}
		t.Run(run.name, func(t *testing.T) {
			t.Parallel() // they mostly wait
			srv := start(t, run.engine)
			datadriven.Walk(t, "testdata/scripts", func(t *testing.T, path string) {
				r := newRunner(t, srv, filepath.Base(path), run.extended)
				datadriven.RunTest(t, path, r.step)
			})
		})
	}
}

func start(t *testing.T, engine string) *harness.Server {
	if engine == harness.Postgres {
		return harness.StartPostgres(t)
	}
	return harness.StartVecgres(t)
}

// runner runs one script in a schema of its own.
type runner struct {
	t        *testing.T
	srv      *harness.Server
	schema   string
	extended bool
	admin    *session
	sessions map[string]*session
}

func newRunner(t *testing.T, srv *harness.Server, name string, extended bool) *runner {
	r := &runner{t: t, srv: srv, schema: strings.ToLower(name), extended: extended, sessions: map[string]*session{}}
	r.admin = connect(t, srv, "setup", r.schema, false)
	r.mustRun(`DROP SCHEMA IF EXISTS "` + r.schema + `" CASCADE`)
	r.mustRun(`CREATE SCHEMA "` + r.schema + `"`)
	t.Cleanup(r.close)
	return r
}

func (r *runner) mustRun(statement string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if _, err := r.admin.conn.Exec(ctx, statement).ReadAll(); err != nil {
		r.t.Fatalf("%s: %v", statement, err)
	}
}

// close ends all sessions. One that still waits is a fault of the script or the server.
func (r *runner) close() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, s := range r.sessions {
		if s.running != nil {
			r.t.Errorf("%s still waits at the end", s.name)
			_ = s.conn.CancelRequest(ctx)
			if _, ok := s.finished(patience); !ok {
				continue // its connection is busy for ever
			}
		}
		_ = s.conn.Close(ctx)
	}
	r.admin.notices = nil
	_, _ = r.admin.conn.Exec(ctx, `DROP SCHEMA IF EXISTS "`+r.schema+`" CASCADE`).ReadAll()
	_ = r.admin.conn.Close(ctx)
}

// step runs one step of a script and gives its output.
func (r *runner) step(t *testing.T, d *datadriven.TestData) string {
	for _, arg := range d.CmdArgs {
		if arg.Key == "only" && arg.Vals[0] != r.srv.Engine {
			return d.Expected
		}
	}
	out := r.act(t, d)
	out += r.others(d)
	if rewriting() && *rewriteEngine != harness.Postgres && !d.HasArg("only") {
		return d.Expected
	}
	return out
}

func (r *runner) act(t *testing.T, d *datadriven.TestData) string {
	switch d.Cmd {
	case "setup":
		for _, st := range statementsOf(d.Input) {
			r.mustRun(st)
		}
		return ""
	case "cancel":
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := r.sessions[d.CmdArgs[0].Key].conn.CancelRequest(ctx); err != nil {
			t.Fatal(err)
		}
		return ""
	case "close":
		name := d.CmdArgs[0].Key
		_ = r.sessions[name].conn.Conn().Close()
		delete(r.sessions, name)
		return ""
	case "sleep":
		ms, err := strconv.Atoi(d.CmdArgs[0].Key)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(ms) * time.Millisecond)
		return ""
	}
	s := r.session(d.Cmd)
	if s.running != nil {
		d.Fatalf(t, "%s is given a statement while it waits", s.name)
	}
	s.start(statementsOf(r.substitute(d.Input)))
	if out, ok := r.finishedOrWaits(s, d); ok {
		return out
	}
	return s.name + " waits\n"
}

// finishedOrWaits gives a session's answer, or false once the server says that it waits for a lock, or, where the step is "long", that its last
// statement runs. Time alone says nothing: the machine may be busy.
func (r *runner) finishedOrWaits(s *session, d *datadriven.TestData) (string, bool) {
	sign := fmt.Sprintf("SELECT 1 FROM pg_locks WHERE pid = %d AND NOT granted", s.conn.PID())
	if d.HasArg("long") {
		statements := statementsOf(d.Input)
		sign = fmt.Sprintf("SELECT 1 FROM pg_stat_activity WHERE pid = %d AND state = 'active' AND query = '%s'", s.conn.PID(), statements[len(statements)-1])
	}
	watch := waitTime // of a wait, which may end with the lock or in an error
	switch {
	case rewriting():
		watch = 20 * waitTime
	case !strings.Contains(d.Expected, s.name+" waits\n"):
		watch = patience
	}
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if out, ok := s.finished(askTime); ok {
			return out, true
		}
		if r.shows(sign) {
			return s.finished(watch)
		}
	}
	r.t.Fatalf("%s neither ends nor waits", s.name)
	return "", false
}

// shows tells whether a query gives a row.
func (r *runner) shows(query string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	res, err := r.admin.conn.Exec(ctx, query).ReadAll()
	if err != nil {
		r.t.Fatal(err)
	}
	return len(res[0].Rows) > 0
}

// others prints what sessions that waited have to say now.
func (r *runner) others(d *datadriven.TestData) string {
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(r.sessions)) {
		s := r.sessions[name]
		if s.running == nil || name == d.Cmd {
			continue
		}
		within := waitTime
		if !rewriting() && strings.Contains(d.Expected, name+": ") {
			within = patience
		}
		text, ok := s.finished(within)
		if !ok {
			continue
		}
		for line := range strings.Lines(text) {
			out.WriteString(name + ": " + line)
		}
	}
	return out.String()
}

func (r *runner) session(name string) *session {
	s := r.sessions[name]
	if s == nil {
		s = connect(r.t, r.srv, name, r.schema, r.extended)
		r.sessions[name] = s
	}
	return s
}

var pidOf = regexp.MustCompile(`\{(\w+)\}`)

func (r *runner) substitute(text string) string {
	return pidOf.ReplaceAllStringFunc(text, func(m string) string {
		return fmt.Sprint(r.session(m[1 : len(m)-1]).conn.PID())
	})
}

// statementsOf divides a step's input: a statement ends with a semicolon at the end of a line.
func statementsOf(input string) []string {
	var out []string
	var b strings.Builder
	for line := range strings.Lines(input) {
		line = strings.TrimRight(line, " \n")
		if strings.HasSuffix(line, ";") {
			b.WriteString(strings.TrimSuffix(line, ";"))
			out = append(out, b.String())
			b.Reset()
			continue
		}
		b.WriteString(line + "\n")
	}
	if rest := strings.TrimSpace(b.String()); rest != "" {
		out = append(out, rest)
	}
	return out
}
