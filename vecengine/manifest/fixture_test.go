package manifest

import (
	"bytes"
	"flag"
	"math/rand/v2"
	"os"
	"reflect"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write the present format version to testdata")

// TestFixture reads a manifest that an earlier release wrote.
func TestFixture(t *testing.T) {
	m := sample(rand.New(rand.NewPCG(19, 1)))
	if *rewrite {
		if err := os.WriteFile("testdata/v1.manifest", m.Encode(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile("testdata/v1.manifest")
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode("v1.manifest", data)
	if err != nil || !reflect.DeepEqual(got, m) {
		t.Fatalf("%+v, %v", got, err)
	}
	if !bytes.Equal(m.Encode(), data) {
		t.Fatal("the encoding changed without a new version")
	}
}
