// Package storetest holds what every blob.Store must do.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"vecgres/vecengine/blob"
)

// Run checks one kind of store; open gives an empty one.
func Run(t *testing.T, open func(t *testing.T) blob.Store) {
	for name, test := range map[string]func(*testing.T, blob.Store){
		"PutGet": testPutGet, "Conditional": testConditional, "Keys": testKeys, "List": testList, "DeletePrefix": testDeletePrefix,
		"Stream": testStream, "OpenSurvives": testOpenSurvives, "Copy": testCopy, "Batch": testBatch, "BigBatch": testBigBatch,
		"RaceAbsent": testRaceAbsent, "RaceMatch": testRaceMatch, "Cancelled": testCancelled,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func wantErr(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error is %v, want %v", err, want)
	}
}

func wantObject(t *testing.T, s blob.Store, key, want string) blob.ETag {
	t.Helper()
	data, tag, err := s.Get(context.Background(), key)
	if err != nil || string(data) != want {
		t.Fatalf("Get(%s) = %q, %v; want %q", key, data, err, want)
	}
	return tag
}

func testPutGet(t *testing.T, s blob.Store) {
	ctx := context.Background()
	_, _, err := s.Get(ctx, "a/b")
	wantErr(t, err, blob.ErrNotFound)
	_, err = s.Stat(ctx, "a/b")
	wantErr(t, err, blob.ErrNotFound)
	_, err = s.Open(ctx, "a/b")
	wantErr(t, err, blob.ErrNotFound)
	tag := must(s.Put(ctx, "a/b", []byte("hello")))(t)
	if got := wantObject(t, s, "a/b", "hello"); got != tag {
		t.Fatalf("Get's tag %s, Put's %s", got, tag)
	}
	_, _, err = s.Get(ctx, "a")
	wantErr(t, err, blob.ErrNotFound)
	for _, c := range []struct {
		off, n int64
		want   string
	}{{0, 5, "hello"}, {1, 3, "ell"}, {3, 10, "lo"}, {5, 1, ""}, {9, 2, ""}} {
		if got := must(s.GetRange(ctx, "a/b", c.off, c.n))(t); string(got) != c.want {
			t.Fatalf("GetRange(%d, %d) = %q, want %q", c.off, c.n, got, c.want)
		}
	}
	if info := must(s.Stat(ctx, "a/b"))(t); info.Size != 5 {
		t.Fatalf("size %d", info.Size)
	}
	must(s.Put(ctx, "empty", nil))(t)
	wantObject(t, s, "empty", "")
	if err := s.Delete(ctx, "a/b"); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(ctx, "a/b"); err != nil {
		t.Fatalf("deleting twice: %v", err)
	}
	_, _, err = s.Get(ctx, "a/b")
	wantErr(t, err, blob.ErrNotFound)
}

func testConditional(t *testing.T, s blob.Store) {
	ctx := context.Background()
	_, err := s.PutIfMatch(ctx, "m", []byte("x"), "nothing")
	wantErr(t, err, blob.ErrConflict)
	one := must(s.PutIfAbsent(ctx, "m", []byte("one")))(t)
	_, err = s.PutIfAbsent(ctx, "m", []byte("again"))
	wantErr(t, err, blob.ErrExists)
	two := must(s.PutIfMatch(ctx, "m", []byte("two"), one))(t)
	if one == two {
		t.Fatal("two contents, one tag")
	}
	_, err = s.PutIfMatch(ctx, "m", []byte("late"), one)
	wantErr(t, err, blob.ErrConflict)
	if got := wantObject(t, s, "m", "two"); got != two {
		t.Fatalf("tag %s, want %s", got, two)
	}
}

func testKeys(t *testing.T, s blob.Store) {
	ctx := context.Background()
	for _, key := range []string{"", "/a", "a/", "a//b", "../a", "a/./b", ".tmp/1", "a/.x", "a\x00b"} {
		_, err := s.Put(ctx, key, nil)
		wantErr(t, err, blob.ErrBadKey)
		_, _, err = s.Get(ctx, key)
		wantErr(t, err, blob.ErrBadKey)
		_, err = s.Create(ctx, key)
		wantErr(t, err, blob.ErrBadKey)
		wantErr(t, s.Delete(ctx, key), blob.ErrBadKey)
	}
}

func keysOf(t *testing.T, s blob.Store, prefix string) []string {
	t.Helper()
	var out []string
	for info, err := range s.List(context.Background(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, info.Key)
	}
	return out
}

func testList(t *testing.T, s blob.Store) {
	ctx := context.Background()
	keys := []string{"a", "b/1", "b/2/x", "b.z", "b/20", "c/d/e/f", "ba"}
	for _, k := range keys {
		must(s.Put(ctx, k, []byte(k)))(t)
	}
	slices.Sort(keys)
	for _, prefix := range []string{"", "b", "b/", "b/2", "b/2/", "c/d", "c/d/e/f", "zzz", "zz/y", "../x/"} {
		var want []string
		for _, k := range keys {
			if len(k) >= len(prefix) && k[:len(prefix)] == prefix {
				want = append(want, k)
			}
		}
		if got := keysOf(t, s, prefix); !slices.Equal(got, want) {
			t.Errorf("List(%q) = %q, want %q", prefix, got, want)
		}
	}
	for range s.List(ctx, "") {
		break // stopping early must not panic
	}
}

func testDeletePrefix(t *testing.T, s blob.Store) {
	ctx := context.Background()
	for _, k := range []string{"ns/07/m", "ns/07/s/1", "ns/071/m"} {
		must(s.Put(ctx, k, []byte(k)))(t)
	}
	for range 2 {
		if err := s.DeletePrefix(ctx, "ns/07"); err != nil {
			t.Fatal(err)
		}
	}
	if got := keysOf(t, s, ""); !slices.Equal(got, []string{"ns/071/m"}) {
		t.Fatalf("left %q", got)
	}
	must(s.Put(ctx, "ns/07/s/2", []byte("new")))(t)
	wantObject(t, s, "ns/07/s/2", "new")
}

func testStream(t *testing.T, s blob.Store) {
	ctx := context.Background()
	big := bytes.Repeat([]byte("0123456789abcdef"), 20000)
	w := must(s.Create(ctx, "d/big"))(t)
	for part := range slices.Chunk(big, 70001) {
		must(w.Write(part))(t)
	}
	_, err := s.Stat(ctx, "d/big")
	wantErr(t, err, blob.ErrNotFound)
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	w.Abort()
	wantObject(t, s, "d/big", string(big))
	w = must(s.Create(ctx, "d/none"))(t)
	must(w.Write(big))(t)
	w.Abort()
	if got := keysOf(t, s, ""); !slices.Equal(got, []string{"d/big"}) {
		t.Fatalf("keys %q", got)
	}
}

func testOpenSurvives(t *testing.T, s blob.Store) {
	ctx := context.Background()
	must(s.Put(ctx, "o", []byte("first")))(t)
	obj := must(s.Open(ctx, "o"))(t)
	m := must(obj.Map())(t)
	must(s.Put(ctx, "o", []byte("second!")))(t)
	if err := s.Delete(ctx, "o"); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 5)
	if n, err := obj.ReadAt(buf, 0); n != 5 || err != nil && err != io.EOF || string(buf) != "first" || obj.Size() != 5 {
		t.Fatalf("read %q, %v", buf, err)
	}
	if err := obj.Close(); err != nil {
		t.Fatal(err)
	}
	if string(m.Bytes()) != "first" {
		t.Fatalf("mapping %q", m.Bytes())
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
}

func testCopy(t *testing.T, s blob.Store) {
	ctx := context.Background()
	must(s.Put(ctx, "src", []byte("v1")))(t)
	if err := s.Copy(ctx, "src", "x/dst"); err != nil {
		t.Fatal(err)
	}
	wantErr(t, s.Copy(ctx, "src", "x/dst"), blob.ErrExists)
	wantErr(t, s.Copy(ctx, "gone", "x/other"), blob.ErrNotFound)
	must(s.Put(ctx, "src", []byte("v2")))(t)
	wantObject(t, s, "x/dst", "v1")
}

func testBatch(t *testing.T, s blob.Store) {
	ctx := context.Background()
	tag := must(s.Put(ctx, "manifest", []byte("m1")))(t)
	b := s.NewBatch()
	w := must(b.Create(ctx, "seg/1"))(t)
	must(w.Write([]byte("segment")))(t)
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	b.Put("seg/2", []byte("small"))
	b.PutIfMatch("manifest", []byte("m2"), tag)
	b.PutIfMatch("other", []byte("o"), tag)
	b.PutIfAbsent("fresh", []byte("f"))
	res := must(b.Commit(ctx))(t)
	b.Abort()
	wantObject(t, s, "seg/1", "segment")
	wantObject(t, s, "seg/2", "small")
	wantObject(t, s, "fresh", "f")
	if got := wantObject(t, s, "manifest", "m2"); got != res["manifest"].ETag || res["manifest"].Err != nil {
		t.Fatalf("result %+v", res["manifest"])
	}
	wantErr(t, res["other"].Err, blob.ErrConflict)
	b = s.NewBatch()
	w = must(b.Create(ctx, "seg/3"))(t)
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	b.PutIfAbsent("fresh2", nil)
	b.Abort()
	if got := keysOf(t, s, ""); !slices.Equal(got, []string{"fresh", "manifest", "seg/1", "seg/2"}) {
		t.Fatalf("keys %q", got)
	}
}

func testBigBatch(t *testing.T, s blob.Store) {
	ctx := context.Background()
	b := s.NewBatch()
	for i := range 50 {
		w := must(b.Create(ctx, fmt.Sprintf("n%02d/seg", i)))(t)
		must(w.Write([]byte{byte(i)}))(t)
		if err := w.Commit(); err != nil {
			t.Fatal(err)
		}
		b.PutIfAbsent(fmt.Sprintf("n%02d/manifest", i), []byte{byte(i)})
	}
	res := must(b.Commit(ctx))(t)
	for i := range 50 {
		wantObject(t, s, fmt.Sprintf("n%02d/seg", i), string([]byte{byte(i)}))
		key := fmt.Sprintf("n%02d/manifest", i)
		if tag := wantObject(t, s, key, string([]byte{byte(i)})); res[key].Err != nil || res[key].ETag != tag {
			t.Fatalf("%s: %+v", key, res[key])
		}
	}
}

// testRaceAbsent: of many creators exactly one wins, and its bytes stay.
func testRaceAbsent(t *testing.T, s blob.Store) {
	ctx := context.Background()
	for round := range 10 {
		key := fmt.Sprintf("race/%d", round)
		var wg sync.WaitGroup
		var wins atomic.Int32
		var winner atomic.Value
		for g := range 8 {
			wg.Go(func() {
				data := fmt.Sprint("writer ", g)
				_, err := s.PutIfAbsent(ctx, key, []byte(data))
				if err == nil {
					wins.Add(1)
					winner.Store(data)
				} else if !errors.Is(err, blob.ErrExists) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if wins.Load() != 1 {
			t.Fatalf("%d winners", wins.Load())
		}
		wantObject(t, s, key, winner.Load().(string))
	}
}

// testRaceMatch: a counter kept by compare-and-swap loses no increment.
func testRaceMatch(t *testing.T, s blob.Store) {
	ctx := context.Background()
	must(s.Put(ctx, "counter", []byte("0")))(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for done := 0; done < 10; {
				data, tag, err := s.Get(ctx, "counter")
				if err != nil {
					t.Error(err)
					return
				}
				var n int
				fmt.Sscan(string(data), &n)
				_, err = s.PutIfMatch(ctx, "counter", []byte(fmt.Sprint(n+1)), tag)
				if err == nil {
					done++
				} else if !errors.Is(err, blob.ErrConflict) {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	wantObject(t, s, "counter", "40")
}

func testCancelled(t *testing.T, s blob.Store) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := s.Put(ctx, "k", []byte("v"))
	wantErr(t, err, context.Canceled)
	_, _, err = s.Get(context.Background(), "k")
	wantErr(t, err, blob.ErrNotFound)
}
