package hnsw

import (
	"reflect"
	"testing"
	"time"
)

func TestCalibrateIsQuickAndSane(t *testing.T) {
	before := cpuTime(t)
	c := Calibrate()
	took := cpuTime(t) - before // of the processor: how long it waits for its turn is not its fault
	t.Logf("in %v: %+v", took, c)
	if took > time.Second {
		t.Errorf("took %v", took)
	}
	if c.HopNs <= 0 || c.HopNs > 1e6 || c.WideHopNs <= 0 || c.WideHopNs > 1e6 {
		t.Errorf("a hop costs %v ns", c.HopNs)
	}
	if a, b := c.GatherFloat.RowNs(4000, 1<<30), c.GatherFloat.RowNs(400, 1<<30); a <= b {
		t.Errorf("a row of 4,000 bytes costs %v ns, one of 400 %v", a, b)
	}
	if again := Calibrate(); !reflect.DeepEqual(again, c) { // measured anew it would differ in some digit
		t.Error("the result is not kept")
	}
}

func TestChooseFollowsSelectivity(t *testing.T) {
	r := Request{Rows: 1_000_000, RowBytes: 512, CodeBytes: 192, ScanCodes: true, K: 10, Ef: 64, Degree: 18}
	share := func(s float64) bool {
		r.Matching = int(s * float64(r.Rows))
		return ChooseExact(r)
	}
	if share(1) || share(0.5) {
		t.Error("a million rows are scanned for a filter that half of them pass")
	}
	if !share(0.001) || !share(0.0001) || !share(0) {
		t.Error("a thousand rows are not scanned")
	}
	exact := true
	for s := 0.0001; s <= 1; s *= 1.5 {
		now := share(s)
		if now && !exact {
			t.Errorf("the choice goes back to the scan at %v", s)
		}
		exact = now
	}
	r.Matching = 50_000
	if e := Choose(r); !e.Try || e.MaxHops <= 0 {
		t.Errorf("50,000 matching rows are not worth a look: %+v", e)
	}
	r.Matching = 100
	if e := Choose(r); e.Try || !e.Exact {
		t.Errorf("100 matching rows are not scanned at once: %+v", e)
	}
	small := Request{Rows: 200, Matching: 200, RowBytes: 512, K: 10, Ef: 64, Degree: 18}
	if e := Choose(small); !e.Exact || e.Budget <= 0 {
		t.Errorf("200 rows: %+v", e)
	}
}
