package command

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"

	"vecgres/tests/internal/harness"
)

func serve(dir string) []string { return []string{"serve", "--listen", "127.0.0.1:0", "--data", dir} }

func TestPortTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dir := filepath.Join(t.TempDir(), "d")
	o := vecgres(t, "", "serve", "--listen", l.Addr().String(), "--data", dir)
	o.refused(t, 1, regexp.QuoteMeta(l.Addr().String())+" is in use by another program; stop it, or choose another address with --listen")
	if _, err := os.Stat(dir); err == nil {
		t.Error("a data directory was made all the same")
	}
}

func TestSecondProcessOnTheSameDirectory(t *testing.T) {
	s := harness.StartVecgres(t)
	const inUse = ` is in use by another vecgres; stop it, or .*`
	vecgres(t, "", serve(s.Dir)...).refused(t, 1, "data directory "+regexp.QuoteMeta(s.Dir)+inUse)
	vecgres(t, "", "verify", s.Dir).refused(t, 1, "data directory "+regexp.QuoteMeta(s.Dir)+inUse)
	mustExec(t, s.Conn(), "SELECT 1")
}

func TestDirectoriesThatWillNotDo(t *testing.T) {
	base := t.TempDir()
	file := filepath.Join(base, "file")
	foreign := filepath.Join(base, "foreign")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(foreign, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(foreign, "letters.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	vecgres(t, "", serve(file)...).refused(t, 1, "data directory .*/file is not a directory; choose another directory with --data")
	vecgres(t, "", serve(filepath.Join(file, "below"))...).refused(t, 1, "data directory .*/file/below cannot be read and written: .*not a directory; .*--data")
	vecgres(t, "", serve(foreign)...).refused(t, 1, `data directory .*/foreign is not empty and holds no vecgres data \(it has letters.txt\); choose .*--data`)
	if names, _ := os.ReadDir(foreign); len(names) != 1 {
		t.Errorf("something was left in a directory that is not ours: %v", names)
	}
}

// TestUnwritableDirectory runs the program as a user who may read the directory and not write it.
func TestUnwritableDirectory(t *testing.T) {
	base, err := os.MkdirTemp("", "vecgres-command-") // test folders of root are closed to others
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(base) })
	binary := filepath.Join(base, "vecgres")
	program, err := os.ReadFile(harness.Binary(t))
	if err == nil {
		err = os.WriteFile(binary, program, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	made := start(t, serve(filepath.Join(base, "made"))...)
	made.signal(t, syscall.SIGTERM)
	made.wait(t)
	if err := os.Chmod(base, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(base, 0o700) })
	for _, dir := range []string{"new", "made"} {
		cmd := exec.Command(binary, serve(filepath.Join(base, dir))...)
		if os.Geteuid() == 0 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		} else if dir == "made" {
			continue // its owner may write in it
		}
		runToEnd(t, cmd, base).refused(t, 1, "data directory .*/"+dir+" cannot be read and written: .*permission denied; give user [0-9]+ the right, or choose .*--data")
	}
}

func TestNewerFormatIsRefusedByName(t *testing.T) {
	dir := closedDirectory(t)
	if err := os.WriteFile(filepath.Join(dir, "VECGRES"), []byte("vecgres data directory, format 99\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{serve(dir), {"verify", dir}} {
		vecgres(t, "", args...).refused(t, 1, `data directory .* was written by a newer release \(.*format 99.*\); run that release, .*`)
	}
}

func TestVerifyRefusesWhatIsNoDataDirectory(t *testing.T) {
	empty := t.TempDir()
	vecgres(t, "", "verify", empty).refused(t, 1, "data directory .* holds no vecgres data; name .*")
	vecgres(t, "", "verify", filepath.Join(empty, "none")).refused(t, 1, "data directory .*/none does not exist; name .*")
	if names, _ := os.ReadDir(empty); len(names) != 0 {
		t.Errorf("verify made %v", names)
	}
}

// closedDirectory is a data directory with one table, which no server has open.
func closedDirectory(t *testing.T) string {
	t.Helper()
	s := harness.StartVecgres(t)
	mustExec(t, s.Conn(), "CREATE TABLE t (a int PRIMARY KEY)")
	s.Stop()
	return s.Dir
}
