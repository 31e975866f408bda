package membw

import "testing"

func TestLoopsReadTheData(t *testing.T) {
	data := make([]float32, 4096)
	for _, l := range loops() {
		if got := l.read(data); got != 0 {
			t.Errorf("%s: %x from zeros", l.name, got)
		}
		for i := range data {
			data[i] = float32(i)
		}
		if l.read(data) == 0 {
			t.Errorf("%s reads nothing", l.name)
		}
		clear(data)
	}
	if r := Best(Measure(data, 2)); r.BytesPerSec < 1e8 {
		t.Errorf("%+v is no rate of a memory", r)
	}
}
