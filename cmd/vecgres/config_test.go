package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestByteSize(t *testing.T) {
	for text, want := range map[string]byteSize{
		"0": 0, "1": 1, "64MB": 64 << 20, "4GB": 4 << 30, "4gb": 4 << 30, "1.5 kB": 1536, " 2TB ": 2 << 40, "512B": 512,
	} {
		var b byteSize
		if err := b.UnmarshalText([]byte(text)); err != nil || b != want {
			t.Errorf("%q is %d, %v; not %d", text, b, err, want)
		}
	}
	for _, text := range []string{"", "MB", "4XB", "-1", "1e3", "0x10", "1..2", "99999999TB", "4 G B"} {
		var b byteSize
		if err := b.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken as %d", text, b)
		}
	}
	for b, want := range map[byteSize]string{0: "0B", 1: "1B", 1536: "1536B", 2048: "2kB", 64 << 20: "64MB", 3 << 30: "3GB", 1 << 40: "1TB"} {
		if got := b.String(); got != want {
			t.Errorf("%d is written %q, not %q", int64(b), got, want)
		}
	}
}

func TestLoopbackOnly(t *testing.T) {
	for address, fine := range map[string]bool{
		"127.0.0.1:5432": true, "127.1.2.3:0": true, "localhost:1": true, "[::1]:5432": true,
		"": false, "5432": false, ":5432": false, "0.0.0.0:1": false, "[::]:1": false, "10.0.0.1:5432": false, "127.0.0.1": false,
		"127.0.0.1:": false, "127.0.0.1:70000": false, "127.0.0.1:-1": false, "127.0.0.1.example.org:1": false,
	} {
		if err := loopbackOnly("listen", address); (err == nil) != fine {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// FuzzSettingsFile: no file makes the reader panic, and what it takes are known keys with values that the flags take.
func FuzzSettingsFile(f *testing.F) {
	for _, seed := range []string{
		"listen = \"127.0.0.1:0\"\nmemory = \"1GB\"", "[a.b]\nc = 1", "a.b = 1", "\"log-level\" = 'warn'", "x = [\n1,\n]", "memory = 0x10", "listen = \"\"\"\n\"\"\"", "= 1", "\xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "vecgres.toml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := readSettings([]string{"serve", "--config", path})
		if err != nil {
			if strings.Contains(err.Error(), "line 0") {
				t.Errorf("no line: %v", err)
			}
			return
		}
		for _, x := range s.settings {
			if x.line < 1 {
				t.Errorf("key %q has no line", x.key)
			}
		}
	})
}
