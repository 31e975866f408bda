package measure

import (
	"os"
	"strings"
	"testing"
	"time"
)

func TestSpread(t *testing.T) {
	s := Spread{3, 1, 2}
	if s.Median() != 2 || s.Min() != 1 || s.Max() != 3 {
		t.Error(s.Median(), s.Min(), s.Max())
	}
	if got := s.Format("%.1f"); got != "2.0 (1.0–3.0)" {
		t.Error(got)
	}
	if got := (Spread{1, 2}).Median(); got != 1.5 {
		t.Error(got)
	}
	d := []time.Duration{3, 1, 2, 4}
	if got := Percentile(d, 0.99); got != 4 {
		t.Error(got)
	}
}

func TestOwnProcess(t *testing.T) {
	start := Start()
	for x := 1.0; start.Cost().CPU < 50*time.Millisecond; x *= 1.01 {
	}
	got, err := ProcessCPU(os.Getpid())
	if err != nil || got < 30*time.Millisecond || got > CPU()+time.Second {
		t.Error(got, CPU(), err)
	}
	m, err := ProcessMemory(os.Getpid())
	if err != nil || m.Anonymous < 100<<10 || m.FileBacked < 100<<10 {
		t.Error(m, err)
	}
}

func TestTable(t *testing.T) {
	var b strings.Builder
	if err := WriteTable(&b, []Row{{"speed", "all", "≥ 2x", "3.0x", true}, {"size", "all", "≤ 2x", "3.0x", false}}); err != nil {
		t.Fatal(err)
	}
	want := "| measure | data | bar  | measured |        |\n|---------|------|------|----------|--------|\n" +
		"| speed   | all  | ≥ 2x | 3.0x     | met    |\n| size    | all  | ≤ 2x | 3.0x     | missed |\n"
	if b.String() != want {
		t.Errorf("%s", b.String())
	}
}
