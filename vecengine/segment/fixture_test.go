package segment

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"testing"

	"vecgres/vecengine/vfs"
)

var rewrite = flag.Bool("rewrite", false, "write the files of the present format version to testdata")

// TestFixtures reads files that an earlier release wrote. A file in testdata is never changed once released; a new format version
// adds new ones.
func TestFixtures(t *testing.T) {
	seg := buildSegment(t, 11, 50, WriterOptions{Align: 64})
	var rows []string
	for i := range 400 {
		rows = append(rows, fmt.Sprint("key ", i%(1+i/7)))
	}
	_, index := buildIndex(t, rows, noNull, KeyIndexOptions{Align: 64})
	list := []End{{1, 10}, {2, 11}, {40, 1 << 40}}
	ends, err := EncodeEnds(3, list)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"v1.seg": seg.data, "v1.key": index, "v1.ends": ends}
	for name, data := range files {
		path := "testdata/" + name
		if *rewrite {
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if files[name], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Open("v1.seg", vfs.BytesMapping(files["v1.seg"]))
	if err != nil {
		t.Fatal(err)
	}
	seg.check(t, r)
	k, err := OpenKeyIndex("v1.key", vfs.BytesMapping(files["v1.key"]))
	if err != nil {
		t.Fatal(err)
	}
	modelOf(rows, noNull).check(t, k, []string{"", "key 1", "key 30", "key 7"})
	e, err := DecodeEnds("v1.ends", files["v1.ends"])
	if err != nil || len(e.List) != 3 || e.List[2] != list[2] {
		t.Fatal(e, err)
	}
	if !bytes.Equal(files["v1.ends"], ends) {
		t.Fatal("the encoding of ends changed without a new version")
	}
}
