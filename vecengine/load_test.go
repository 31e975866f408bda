package vecengine

import (
	"strings"
	"syscall"
	"testing"

	"vecgres/vecengine/vfs"
)

// TestOpeningTriedAgain fails every step of a namespace's opening once. The next try must find all rows, those that only the log has too, or
// say that the table is damaged: never an older table.
func TestOpeningTriedAgain(t *testing.T) {
	found := 0
	for n := 0; ; n++ {
		fs := vfs.NewErrFS(vfs.NewMem(), nil)
		e := openTest(t, fs)
		createTest(t, e)
		commitRows(t, e, testRow{1, "a", 1, 1})
		must(t, e.Checkpoint(t.Context()))
		commitRows(t, e, testRow{2, "b", 2, 2})
		must(t, e.Close())

		e, err := Open(testOptions(fs))
		must(t, err)
		hit := false
		fail := vfs.FailNth(n, vfs.Fault{Err: syscall.EIO})
		fs.SetInjector(func(op vfs.Op) *vfs.Fault {
			if !strings.Contains(op.Path, namespaceDir(testSpace)) && !strings.Contains(op.Path, logDir) {
				return nil
			}
			f := fail(op)
			hit = hit || f != nil
			return f
		})
		first := e.OpenNamespace(t.Context(), testSpace)
		fs.SetInjector(nil)
		must(t, e.OpenNamespace(t.Context(), testSpace))
		v := e.View()
		if _, err := v.Table(testTable); err == nil {
			found++
			expectRows(t, v, testRow{1, "a", 1, 1}, testRow{2, "b", 2, 2})
		} else {
			t.Logf("step %d: opening gives %v, the table %v", n, first, err)
		}
		v.Close()
		must(t, e.Close())
		if !hit {
			if n < 3 || found < 3 {
				t.Fatalf("%d steps failed, the table was found %d times", n, found)
			}
			return
		}
	}
}
