// Package command tests the program as whoever runs it sees it: flags and vecgres.toml, the ready line, what is said about ports and data
// directories that will not do, signals, damage, and `vecgres verify`. Every test starts the real binary.
package command

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"vecgres/tests/internal/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }

// endWithin is how long a program that must refuse to work may take.
const endWithin = time.Minute

// outcome is what a program that ended left.
type outcome struct {
	stdout, stderr string
	code           int
}

// vecgres runs the binary in dir to its end.
func vecgres(t *testing.T, dir string, args ...string) outcome {
	t.Helper()
	return runToEnd(t, exec.Command(harness.Binary(t), args...), dir)
}

func runToEnd(t *testing.T, cmd *exec.Cmd, dir string) outcome {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(endWithin, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	if !timer.Stop() {
		t.Fatalf("%v did not end within %v\n%s%s", cmd.Args[1:], endWithin, out.String(), errs.String())
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return outcome{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// refused checks that a program ended with a code, nothing on standard output and one line on standard error that matches.
func (o outcome) refused(t *testing.T, code int, pattern string) {
	t.Helper()
	if o.code != code {
		t.Errorf("exit %d, not %d", o.code, code)
	}
	if o.stdout != "" {
		t.Errorf("standard output has %q", o.stdout)
	}
	if line, rest, _ := strings.Cut(o.stderr, "\n"); rest != "" || !regexp.MustCompile("^vecgres: "+pattern+"$").MatchString(line) {
		t.Errorf("standard error is not one line like %q:\n%s", pattern, o.stderr)
	}
}

// write makes a file in a new folder.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// copyTree copies a data directory.
func copyTree(t *testing.T, from string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "data")
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

// files lists the files of a data directory whose path matches.
func files(t *testing.T, dir, pattern string) []string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	var out []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && re.MatchString(filepath.ToSlash(path)) {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func timeout(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}
