package pgwire

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/jackc/pgproto3/v2"
)

// bindOf reads a Bind's body.
func bindOf(body []byte) (portal, statement string, b bindParts, err error) {
	m := message{rest: body}
	portal, statement = string(m.string()), string(m.string())
	b.paramFormats = m.formats(nil)
	b.values = m.values(nil)
	b.resultFormats = m.formats(nil)
	return portal, statement, b, m.done()
}

// TestBindMessage reads what another implementation writes, and refuses every beginning of it and more than it.
func TestBindMessage(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 1))
	for range 200 {
		want := pgproto3.Bind{DestinationPortal: "p", PreparedStatement: "s"[:random.IntN(2)]}
		for range random.IntN(5) {
			want.ParameterFormatCodes = append(want.ParameterFormatCodes, int16(random.IntN(3)))
			want.ResultFormatCodes = append(want.ResultFormatCodes, int16(random.IntN(2)))
		}
		for range random.IntN(5) {
			v := make([]byte, random.IntN(9))
			if random.IntN(3) == 0 {
				v = nil
			}
			want.Parameters = append(want.Parameters, v)
		}
		buf, err := want.Encode(nil)
		if err != nil {
			t.Fatal(err)
		}
		body := buf[5:]
		portal, statement, got, err := bindOf(body)
		same := func(a, b []byte) bool { return bytes.Equal(a, b) && (a == nil) == (b == nil) }
		if err != nil || portal != want.DestinationPortal || statement != want.PreparedStatement || !slices.EqualFunc(got.values, want.Parameters, same) ||
			!slices.Equal(got.paramFormats, want.ParameterFormatCodes) || !slices.Equal(got.resultFormats, want.ResultFormatCodes) {
			t.Fatalf("seed %d: %+v is read as %q, %q, %+v, %v", seed, want, portal, statement, got, err)
		}
		for n := range body {
			if _, _, _, err := bindOf(body[:n]); err == nil {
				t.Fatalf("seed %d: the first %d bytes of %x are taken for a Bind", seed, n, body)
			}
		}
		if _, _, _, err := bindOf(append(body, 0)); err == nil {
			t.Fatalf("seed %d: a Bind with a byte too many is taken", seed)
		}
	}
}

func FuzzMessage(f *testing.F) {
	body, err := (&pgproto3.Bind{Parameters: [][]byte{nil, {}, {1, 2}}, ResultFormatCodes: []int16{1}}).Encode(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body[5:])
	f.Add([]byte("\x00\x00\x00\x00\xff\xff\xff\xff\xff\xfe\x00\x00"))
	f.Fuzz(func(t *testing.T, body []byte) {
		_, _, b, err := bindOf(body)
		total := 2*len(b.paramFormats) + 2*len(b.resultFormats) + 4*len(b.values)
		for _, v := range b.values {
			total += len(v)
		}
		if err == nil && total > len(body) {
			t.Errorf("%d bytes were read of %d", total, len(body))
		}
	})
}

// TestBindPartsRelease leaves nothing of a message in what waits for the next, and no long lists.
func TestBindPartsRelease(t *testing.T) {
	for _, n := range []int{1, 40, 5 * keepParts} {
		var b bindParts
		for range n {
			b.values, b.paramFormats = append(b.values, []byte("value")), append(b.paramFormats, 1)
		}
		b.release()
		for _, v := range b.values[:cap(b.values)] {
			if v != nil {
				t.Errorf("of %d values %q is kept", n, v)
			}
		}
		if cap(b.values) > keepParts || n > keepParts && b.paramFormats != nil {
			t.Errorf("after %d values there is room for %d", n, cap(b.values))
		}
	}
}

// TestLastName gives the same names whether they are kept or not.
func TestLastName(t *testing.T) {
	var l lastName
	long := bytes.Repeat([]byte("n"), keepName+1)
	for _, name := range [][]byte{[]byte("a"), []byte("a"), nil, long, []byte("b"), long[:keepName], long} {
		if got := l.string(name); got != string(name) {
			t.Errorf("%q is read as %q", name, got)
		}
		if len(l) > keepName {
			t.Errorf("%q is kept", l)
		}
	}
}
