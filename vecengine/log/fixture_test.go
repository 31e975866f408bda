package log

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"vecgres/vecengine/vfs"
)

var rewrite = flag.Bool("rewrite", false, "write the present format version to testdata")

// TestFixture reads a log that an earlier release wrote: three records and a seal.
func TestFixture(t *testing.T) {
	name := "testdata/v1/" + fmt.Sprintf("%016x.log", 1)
	if *rewrite {
		mem := vfs.NewMem()
		w := openWriter(t, mem, 4096)
		for _, p := range []string{"first", "", "third record"} {
			appendSync(t, w, p)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		data, err := vfs.ReadFile(mem, fileName("log", 1))
		if err == nil {
			err = os.WriteFile(name, data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	r, err := OpenReader(vfs.OS, "testdata/v1", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for i, want := range []string{"first", "", "third record"} {
		if lsn, p, err := r.Next(); err != nil || string(p) != want || i == 0 && lsn != FirstLSN {
			t.Fatalf("record %d at %d: %q, %v", i, lsn, p, err)
		}
	}
	if _, _, err := r.Next(); err == nil || r.End() != 8+40+32+48+32 {
		t.Fatalf("end %d, %v", r.End(), err)
	}
}
