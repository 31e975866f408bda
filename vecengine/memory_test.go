package vecengine

import (
	"errors"
	"testing"
)

func TestMemory(t *testing.T) {
	m := Memory{limit: 1000}
	must(t, m.Reserve(600))
	m.addHeads(300)
	var e *MemoryError
	if err := m.Reserve(200); !errors.As(err, &e) || !errors.Is(err, ErrMemory) || *e != (MemoryError{Limit: 1000, Used: 900, Wanted: 200}) {
		t.Fatalf("%v", err)
	}
	if m.Used() != 900 {
		t.Fatalf("%d in use", m.Used())
	}
	if !m.headsOver(0.6) {
		t.Error("300 of the 400 that are left are more than six tenths")
	}
	m.Release(600)
	if m.headsOver(0.6) || m.Used() != 300 {
		t.Errorf("%d in use", m.Used())
	}
	must(t, m.Reserve(700))
	if MachineMemory() < 64<<20 {
		t.Errorf("a machine of %d bytes", MachineMemory())
	}
}
