package harness

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"
)

// buildDir is where buildOnce put the binary; "" when it built none. Read by Main when all tests have ended.
var buildDir string

// buildOnce makes one binary for all servers of a test program.
var buildOnce = sync.OnceValues(func() (string, error) {
	if bin := os.Getenv("VECGRES_BIN"); bin != "" {
		return filepath.Abs(bin)
	}
	dir, err := os.MkdirTemp("", "vecgres-bin-")
	if err != nil {
		return "", err
	}
	buildDir = dir
	bin := filepath.Join(dir, "vecgres")
	cmd := exec.Command("go", "build", "-o", bin, "./cmd/vecgres")
	cmd.Dir = Root()
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build ./cmd/vecgres: %w\n%s", err, out)
	}
	return bin, nil
})

// Root is the folder of the module.
func Root() string {
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		panic("harness: no source position")
	}
	return filepath.Join(filepath.Dir(file), "..", "..", "..")
}

// Binary is the path of the vecgres program: $VECGRES_BIN, or one built from this tree, which Main
// removes.
func Binary(tb testing.TB) string {
	tb.Helper()
	bin, err := buildOnce()
	if err != nil {
		tb.Fatal(err)
	}
	return bin
}

// Main runs a package's tests and removes what was built for them. A TestMain is `os.Exit(harness.Main(m))`.
func Main(m *testing.M) int {
	code := m.Run()
	if buildDir != "" {
		_ = os.RemoveAll(buildDir)
	}
	return code
}

// readyLine is what vecgres prints when it accepts connections.
var readyLine = regexp.MustCompile(`^vecgres \S+ is ready: psql "postgresql://postgres@127\.0\.0\.1:(\d+)/postgres"$`)

// StartVecgres starts the real binary on an empty data directory; args are further flags of `vecgres serve`.
func StartVecgres(tb testing.TB, args ...string) *Server {
	tb.Helper()
	return StartVecgresOn(tb, filepath.Join(tb.TempDir(), "data"), args...)
}

// StartVecgresOn starts the real binary on a data directory.
func StartVecgresOn(tb testing.TB, dir string, args ...string) *Server {
	tb.Helper()
	bin := Binary(tb)
	s := &Server{Engine: Vecgres, Host: "127.0.0.1", Dir: dir, User: "postgres", tb: tb}
	s.start = func(s *Server) (*process, error) {
		return startVecgres(bin, s, args)
	}
	return s.launch()
}

// startVecgres starts one run and waits for its ready line. The first run picks a free port, later ones keep it.
func startVecgres(bin string, s *Server, args []string) (*process, error) {
	all := append([]string{"serve", "--listen", "127.0.0.1:" + strconv.Itoa(s.Port), "--data", s.Dir}, args...)
	cmd := exec.Command(bin, all...)
	out, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdout = in
	p, err := run(cmd)
	in.Close()
	if err != nil {
		out.Close()
		return nil, err
	}
	s.Port, err = waitReady(p, out, readyLine)
	return p, err
}

// waitReady reads what a program prints until a line matches ready, whose group is the port. A program that is not ready in time is ended.
func waitReady(p *process, out io.ReadCloser, ready *regexp.Regexp) (port int, err error) {
	found := make(chan int, 1)
	go readReady(out, p.log, ready, found)
	select {
	case port = <-found:
		return port, nil
	case <-p.done:
		return 0, fmt.Errorf("ended before it was ready: %v\n%s", p.err, p.log)
	case <-time.After(startTimeout):
		_ = p.cmd.Process.Kill()
		<-p.done
		return 0, fmt.Errorf("not ready within %v\n%s", startTimeout, p.log)
	}
}

// readReady sends the port of the ready line; all other output goes to the log.
func readReady(out io.ReadCloser, log io.Writer, ready *regexp.Regexp, found chan<- int) {
	defer out.Close()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if m := ready.FindSubmatch(lines.Bytes()); m != nil {
			port, _ := strconv.Atoi(string(m[1]))
			found <- port
			break
		}
		fmt.Fprintf(log, "%s\n", lines.Bytes())
	}
	_, _ = io.Copy(log, out)
}

// RunVecgres runs the binary with arguments to its end and returns standard output, standard error and the exit code.
func RunVecgres(tb testing.TB, args ...string) (stdout, stderr string, code int) {
	tb.Helper()
	cmd := exec.Command(Binary(tb), args...)
	var out, errs logBuffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	dieWithParent(cmd)
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		code = exit.ExitCode()
	case err != nil:
		tb.Fatalf("vecgres %v: %v", args, err)
	}
	return out.String(), errs.String(), code
}
