package command

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"vecgres/tests/internal/harness"
)

func TestVersion(t *testing.T) {
	for _, arg := range []string{"version", "--version"} {
		o := vecgres(t, "", arg)
		if o.code != 0 || o.stderr != "" || !regexp.MustCompile(`^vecgres \d+\.\d+\.\d+\S*\n$`).MatchString(o.stdout) {
			t.Errorf("%s: %+v", arg, o)
		}
	}
}

func TestHelpNamesCommandsAndFlags(t *testing.T) {
	bare := vecgres(t, "")
	for _, want := range []string{"serve", "verify <datadir>", "version"} {
		if !strings.Contains(bare.stdout, want) {
			t.Errorf("vecgres alone does not name %q:\n%s", want, bare.stdout)
		}
	}
	help := vecgres(t, "", "serve", "--help")
	for _, flag := range serveFlags {
		if !strings.Contains(help.stdout, "--"+flag+"=") {
			t.Errorf("serve --help does not name --%s:\n%s", flag, help.stdout)
		}
	}
	if bare.code != 0 || help.code != 0 {
		t.Errorf("help exits with %d and %d", bare.code, help.code)
	}
}

// serveFlags are the flags of `vecgres serve` that are keys too.
var serveFlags = []string{"listen", "data", "memory", "log-level", "log-format", "max-connections", "max-message", "drain-timeout"}

func TestWrongArguments(t *testing.T) {
	for args, want := range map[string]string{
		"serve --nope":                         "unknown flag --nope .*serve --help.*",
		"srve":                                 `unexpected argument srve.*`,
		"serve now":                            `unexpected argument now.*`,
		"verify":                               `expected "<datadir>".*verify --help.*`,
		"serve --memory 4XB":                   `--memory: "4XB" is not a size such as 512MB or 4GB.*`,
		"serve --memory -1":                    `--memory: .*`,
		"serve --memory 1MB":                   `--memory: 1MB is too little.*`,
		"serve --memory 99999999999TB":         `--memory: "99999999999TB" is not a size.*`,
		"serve --log-level loud":               `--log-level must be one of .*"loud".*`,
		"serve --log-format xml":               `--log-format must be one of "text","json" but got "xml".*`,
		"serve --max-connections 0":            `--max-connections: 0 is not between 1 and .*`,
		"serve --max-connections many":         `--max-connections: .*"many".*`,
		"serve --max-message 2GB":              `--max-message: 2GB is not between 16kB and 1GB.*`,
		"serve --drain-timeout 5":              `--drain-timeout: expected duration but got "5".*`,
		"serve --drain-timeout=-5s":            `--drain-timeout: -5s is negative.*`,
		"serve --listen 5432":                  `--listen: "5432" is not host:port, such as 127.0.0.1:5432.*`,
		"serve --listen 127.0.0.1:http":        `--listen: .*no port.*`,
		"serve --listen 127.0.0.1:70000":       `--listen: .*no port.*`,
		"serve --listen 0.0.0.0:5432":          `--listen: 0.0.0.0:5432 can be reached from other machines.*127.0.0.1.*`,
		"serve --listen :5432":                 `--listen: :5432 can be reached from other machines.*`,
		"serve --listen [::]:5432":             `--listen: .* can be reached from other machines.*`,
		"serve --listen example.org:5432":      `--listen: .* can be reached from other machines.*`,
		"serve --pprof 0.0.0.0:6060":           `--pprof: 0.0.0.0:6060 can be reached from other machines.*`,
		"serve --config /nowhere/vecgres.toml": `settings file: open /nowhere/vecgres.toml: no such file or directory`,
	} {
		t.Run(args, func(t *testing.T) {
			dir := t.TempDir()
			vecgres(t, dir, strings.Fields(args)...).refused(t, 2, want)
			if left, _ := os.ReadDir(dir); len(left) > 0 {
				t.Errorf("it left %s", left[0])
			}
		})
	}
}

func TestWrongSettingsFiles(t *testing.T) {
	for text, want := range map[string]string{
		"listen = \"127.0.0.1:0\"\n# a remark\nlissten = 1\n": `line 3: unknown key "lissten".*`,
		"listen = \n":                                `line 1, column 10: .*`,
		"\nlisten = \"127.0.0.1:0\nmemory=1\n":       `line 2, column 2[0-9]: .*`,
		"memory = \"4XB\"":                           `line 1: memory: "4XB" is not a size such as 512MB or 4GB`,
		"# x\n\nmemory = true":                       `line 3: "memory" must be a text or a number`,
		"memory = [1]":                               `line 1: "memory" must be a text or a number`,
		"memory = 100":                               `line 1: memory: 100B is too little.*`,
		"log_level = \"loud\"":                       `line 1: log-level must be one of .* but got "loud"`,
		"max_connections = 1.5":                      `line 1: max-connections: .*`,
		"drain_timeout = 5":                          `line 1: drain-timeout: expected duration.*`,
		"listen = \"0.0.0.0:5432\"":                  `line 1: listen: 0.0.0.0:5432 can be reached from other machines.*`,
		"log_level = \"info\"\nlog-level = \"warn\"": `line 2: "log-level" is set in line 1 already, as "log_level"`,
		"memory = 0\nmemory = 1":                     `line 2, column 1: .*memory.*`,
		"config = \"other.toml\"":                    `line 1: unknown key "config".*`,
		"[serve]\nlisten = \"127.0.0.1:0\"":          `line 1: unknown key "serve".*`,
		"\n\n[listen]\nport = 1":                     `line 3: "listen" must be a text or a number`,
	} {
		t.Run(text, func(t *testing.T) {
			path := write(t, "vecgres.toml", text)
			vecgres(t, "", "serve", "--config", path).refused(t, 2, "settings file "+regexp.QuoteMeta(path)+", "+want)
		})
	}
}

// TestEveryFlagIsAKey gives every setting in a file, with both spellings of the keys.
func TestEveryFlagIsAKey(t *testing.T) {
	for _, join := range []string{"_", "-"} {
		dir := t.TempDir()
		values := map[string]string{
			"listen": `"127.0.0.1:0"`, "data": `"` + filepath.Join(dir, "here") + `"`, "memory": `"256MB"`, "log-level": `"debug"`, "log-format": `"json"`,
			"max-connections": "2", "max-message": "65536", "drain-timeout": `"3s"`,
		}
		var text strings.Builder
		for _, flag := range serveFlags {
			if values[flag] == "" {
				t.Fatalf("no value for %s", flag)
			}
			fmt.Fprintf(&text, "%s = %s\n", strings.ReplaceAll(flag, "-", join), values[flag])
		}
		p := start(t, "serve", "--config="+write(t, "vecgres.toml", text.String()))
		if _, err := os.Stat(filepath.Join(dir, "here", "VECGRES")); err != nil {
			t.Errorf("data: %v", err)
		}
		first, second := p.connect(t), p.connect(t)
		_, err := pgx.Connect(timeout(t, 5*time.Second), p.url)
		if code := sqlState(err); code != "53300" {
			t.Errorf("max_connections: a third session gives %v", err)
		}
		_, err = first.Exec(timeout(t, 5*time.Second), "SELECT length($1)", strings.Repeat("x", 70_000))
		if err == nil {
			t.Error("max_message: 70,000 bytes are taken")
		}
		_ = second.Close(timeout(t, 5*time.Second))
		p.signal(t, syscall.SIGTERM)
		if code := p.wait(t); code != 0 {
			t.Errorf("exit %d", code)
		}
		debug := 0
		for line := range strings.Lines(p.errs.String()) {
			var entry struct {
				Time       time.Time
				Level, Msg string
			}
			if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.Msg == "" || entry.Time.IsZero() {
				t.Errorf("log_format: not a JSON entry (%v): %s", err, line)
			}
			if entry.Level == "DEBUG" {
				debug++
			}
		}
		if debug == 0 {
			t.Errorf("log_level: nothing was logged at debug:\n%s", p.errs.String())
		}
	}
}

func TestFlagsWinOverTheFile(t *testing.T) {
	dir := t.TempDir()
	config := write(t, "vecgres.toml", fmt.Sprintf("listen = '127.0.0.1:0'\nlog_format = 'json'\nmax_connections = 1\ndata = '%s/file'\n", dir))
	p := start(t, "serve", "--config", config, "--log-format", "text", "--data", filepath.Join(dir, "flag"), "--max-connections", "2")
	if _, err := os.Stat(filepath.Join(dir, "flag", "VECGRES")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "file")); err == nil {
		t.Error("the file's data directory was made")
	}
	p.connect(t)
	p.connect(t)
	p.signal(t, syscall.SIGINT)
	if code := p.wait(t); code != 0 {
		t.Errorf("exit %d", code)
	}
	if log := p.errs.String(); !strings.HasPrefix(log, "time=") {
		t.Errorf("the log is not text:\n%s", log)
	}
}

// TestMemory: with the least memory that is allowed, work that needs more than that is done all the same.
func TestMemory(t *testing.T) {
	s := harness.StartVecgres(t, "--memory", "64MB")
	c := s.Conn()
	ctx := timeout(t, time.Minute)
	for _, sql := range []string{
		"CREATE EXTENSION vector",
		"CREATE TABLE m (id int PRIMARY KEY, note text, v vector(64))",
		"INSERT INTO m SELECT g, repeat('x', 500), array_fill(g::float4, ARRAY[64])::vector FROM generate_series(1, 60000) g",
	} {
		if _, err := c.Exec(ctx, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	var n, nearest int
	if err := c.QueryRow(ctx, "SELECT count(*) FROM m").Scan(&n); err != nil || n != 60000 {
		t.Fatalf("%d rows, %v", n, err)
	}
	if err := c.QueryRow(ctx, "SELECT id FROM m ORDER BY v <-> array_fill(777::float4, ARRAY[64])::vector LIMIT 1").Scan(&nearest); err != nil || nearest != 777 {
		t.Fatalf("nearest is %d, %v", nearest, err)
	}
}

// TestReadyLine: the line is alone on standard output and holds a connection string that works.
func TestReadyLine(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]"} {
		p := startQuietly(t, "serve", "--listen", host+":0", "--data", filepath.Join(t.TempDir(), "d"))
		if p.url == "" {
			if host == "[::1]" && strings.Contains(p.errs.String(), "cannot listen") {
				t.Log("no IPv6 here")
				continue
			}
			t.Fatalf("%s: %s", host, p.errs.String())
		}
		p.connect(t)
		p.signal(t, syscall.SIGTERM)
		if code := p.wait(t); code != 0 {
			t.Errorf("%s: exit %d", host, code)
		}
		if lines := strings.Count(p.out.String(), "\n"); lines != 1 {
			t.Errorf("%s: standard output has %d lines:\n%s", host, lines, p.out.String())
		}
	}
}

// program is a server whose output the test reads.
type program struct {
	cmd  *exec.Cmd
	url  string
	out  *bytes.Buffer // read after wait
	errs *bytes.Buffer // read after wait
	done chan struct{}
}

var readyLine = regexp.MustCompile(`^vecgres \S+ is ready: psql "(postgresql://postgres@\S+:\d+/postgres)"$`)

// start starts the binary and waits for its ready line.
func start(t *testing.T, args ...string) *program {
	t.Helper()
	p := startQuietly(t, args...)
	if p.url == "" {
		t.Fatalf("%v: not ready\n%s%s", args, p.out.String(), p.errs.String())
	}
	return p
}

// startQuietly is start, but a program that ends before it is ready has no url.
func startQuietly(t *testing.T, args ...string) *program {
	t.Helper()
	p := &program{cmd: exec.Command(harness.Binary(t), args...), out: &bytes.Buffer{}, errs: &bytes.Buffer{}, done: make(chan struct{})}
	p.cmd.Stderr = p.errs
	pipe, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill(); <-p.done })
	ready := make(chan string, 1)
	go func() {
		defer close(p.done)
		lines := bufio.NewScanner(pipe)
		for lines.Scan() {
			p.out.WriteString(lines.Text() + "\n")
			if m := readyLine.FindStringSubmatch(lines.Text()); m != nil {
				ready <- m[1]
			}
		}
		_ = p.cmd.Wait()
	}()
	select {
	case p.url = <-ready:
	case <-p.done:
	case <-time.After(endWithin):
		t.Fatalf("%v: neither ready nor ended within %v", args, endWithin)
	}
	return p
}

func (p *program) signal(t *testing.T, sig os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}

// wait gives the exit code; -1 for a death by signal.
func (p *program) wait(t *testing.T) int {
	t.Helper()
	select {
	case <-p.done:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(endWithin):
		t.Fatalf("it did not end within %v", endWithin)
		return 0
	}
}

// connect opens a session; it ends with the server.
func (p *program) connect(t *testing.T) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(timeout(t, endWithin), p.url)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
