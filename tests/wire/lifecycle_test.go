package wire

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vecgres/tests/internal/harness"
)

// oneLine fails unless the program exits with a code (1 for what it finds, 2 for how it was called) and one line that has all the words.
func oneLine(t *testing.T, want int, args []string, words ...string) {
	t.Helper()
	_, stderr, code := harness.RunVecgres(t, args...)
	line := strings.TrimRight(stderr, "\n")
	if code != want || line == "" || strings.Contains(line, "\n") {
		t.Errorf("vecgres %v exits with %d and says\n%s\nwant %d and one line", args, code, stderr, want)
	}
	for _, w := range words {
		if !strings.Contains(line, w) {
			t.Errorf("vecgres %v says %q, without %q", args, line, w)
		}
	}
}

func TestCommandLine(t *testing.T) {
	s := harness.StartVecgres(t)
	other := filepath.Join(t.TempDir(), "other")
	oneLine(t, 1, []string{"serve", "--listen", s.Addr(), "--data", other}, s.Addr(), "in use", "--listen")
	oneLine(t, 1, []string{"serve", "--listen", "127.0.0.1:0", "--data", s.Dir}, s.Dir, "in use by another vecgres", "--data")
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	oneLine(t, 1, []string{"serve", "--listen", "127.0.0.1:0", "--data", file}, file)
	oneLine(t, 2, []string{"serve", "--listen", "0.0.0.0:0", "--data", other}, "127.0.0.1")
	stdout, _, code := harness.RunVecgres(t, "version")
	if code != 0 || !strings.Contains(stdout, "vecgres") {
		t.Errorf("version prints %q and exits with %d", stdout, code)
	}
	if _, stderr, code := harness.RunVecgres(t, "nonsense"); code == 0 || stderr == "" {
		t.Errorf("an unknown command exits with %d and says %q", code, stderr)
	}
	config := filepath.Join(t.TempDir(), "vecgres.toml")
	for text, word := range map[string]string{"listen = '127.0.0.1:0'\nnosuch = 1\n": "nosuch", "listen = [\n": "line"} {
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		oneLine(t, 2, []string{"serve", "--data", other, "--config", config}, config, word)
	}
}

// TestStopAndRestart checks that data outlives SIGTERM and SIGKILL, and that a stop drains.
func TestStopAndRestart(t *testing.T) {
	k := newKeeper(t)
	s := k.server
	for i, end := range []func(){s.Stop, s.Kill, s.Stop, s.Kill} {
		conn := s.Conn()
		mustExec(t, conn, fmt.Sprintf("CREATE TABLE t%d (x int, e vector(2))", i))
		mustExec(t, conn, fmt.Sprintf("INSERT INTO t%d SELECT g, ARRAY[g, g]::vector FROM generate_series(1, 100) g", i))
		open := s.Conn()
		mustExec(t, open, "BEGIN")
		mustExec(t, open, "DELETE FROM items")
		mustExec(t, open, fmt.Sprintf("DROP TABLE t%d", i))
		begin := time.Now()
		end()
		if took := time.Since(begin); took > 15*time.Second {
			t.Errorf("ending took %v", took)
		}
		s.Restart()
		conn = s.Conn()
		k.check(t, conn, "a restart")
		for j := range i + 1 {
			var n, near int
			if err := conn.QueryRow(deadline(t), fmt.Sprintf("SELECT count(*) FROM t%d", j)).Scan(&n); err != nil || n != 100 {
				t.Errorf("restart %d: t%d has %d rows (%v)", i, j, n, err)
			}
			if err := conn.QueryRow(deadline(t), fmt.Sprintf("SELECT x FROM t%d ORDER BY e <-> '[42,42]' LIMIT 1", j)).Scan(&near); err != nil || near != 42 {
				t.Errorf("restart %d: nearest in t%d is %d (%v)", i, j, near, err)
			}
		}
	}
	s.Stop()
	stdout, stderr, code := harness.RunVecgres(t, "verify", s.Dir)
	if code != 0 {
		t.Errorf("verify exits with %d: %s%s", code, stdout, stderr)
	}
	s.Restart()
	k.check(t, s.Conn(), "verify")
}

// TestDamage flips bytes in the files of a stopped server: it must say so, never answer wrongly.
func TestDamage(t *testing.T) {
	k := newKeeper(t)
	conn := k.server.Conn()
	mustExec(t, conn, "INSERT INTO items SELECT g, 'row', 1, '[9,9,9]' FROM generate_series(100, 3000) g")
	mustExec(t, conn, "CHECKPOINT")
	k.server.Stop()
	var largest string
	var size int64
	err := filepath.Walk(k.server.Dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() && info.Size() > size && !strings.Contains(path, "wal") && !strings.Contains(path, "log") {
			largest, size = path, info.Size()
		}
		return err
	})
	if err != nil || largest == "" {
		t.Fatalf("no file to damage in %s: %v", k.server.Dir, err)
	}
	data, err := os.ReadFile(largest)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(data) / 4; i < len(data)/2; i += 64 {
		data[i] ^= 0x55
	}
	if err := os.Chmod(largest, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(largest, data, 0o600); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code := harness.RunVecgres(t, "verify", k.server.Dir)
	if code != 1 || !strings.Contains(stdout+stderr, filepath.Base(largest)) {
		t.Errorf("verify of a directory whose %s is damaged exits with %d: %s%s", largest, code, stdout, stderr)
	}
}
