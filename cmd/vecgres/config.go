package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"github.com/pelletier/go-toml/v2"
)

// serveCmd is every setting of the server: each flag is a key of vecgres.toml too, with "_" or "-" between its words.
type serveCmd struct {
	Listen         string        `help:"Address to listen on." default:"127.0.0.1:5432"`
	Data           string        `help:"Data directory; made when it is not there." default:"./data" type:"path"`
	Config         string        `help:"Settings file (TOML). Flags win over it." type:"path"`
	Memory         byteSize      `help:"Memory for heads, caches and builds, such as 4GB; 0 for a quarter of the machine's." default:"0"`
	LogLevel       string        `help:"Least severe level logged." enum:"debug,info,warn,error" default:"info"`
	LogFormat      string        `help:"Log lines as text or json." enum:"text,json" default:"text"`
	MaxConnections int           `help:"Most connections at a time." default:"1000"`
	MaxMessage     byteSize      `help:"Longest message from a client." default:"256MB"`
	DrainTimeout   time.Duration `help:"How long running statements may finish after SIGTERM." default:"10s"`
	Pprof          string        `help:"Loopback address for Go's profiles; none unless given." hidden:""`
}

func (c *serveCmd) logger() *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // kong has checked it
	o := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, o))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, o))
}

// byteSize is a number of bytes, written with B, kB, MB, GB or TB (powers of 1024, as Postgres has them).
type byteSize int64

// UnmarshalText reads a size.
func (b *byteSize) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	cut := strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	unit := ""
	if cut >= 0 {
		s, unit = s[:cut], strings.ToLower(strings.TrimSpace(s[cut:]))
	}
	v, err := strconv.ParseFloat(s, 64)
	factor, ok := map[string]float64{"": 1, "b": 1, "kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30, "tb": 1 << 40}[unit]
	if err != nil || !ok || v < 0 {
		return fmt.Errorf("%q is not a size such as 4GB", string(text))
	}
	*b = byteSize(v * factor)
	return nil
}

// configFile is a kong resolver: flags that are not given come from the file.
type configFile struct {
	path   string
	values map[string]any
}

// find reads the file that the arguments name.
func (f *configFile) find(args []string) error {
	for i, a := range args {
		if v, ok := strings.CutPrefix(a, "--config="); ok {
			f.path = v
		} else if a == "--config" && i+1 < len(args) {
			f.path = args[i+1]
		}
	}
	if f.path == "" {
		return nil
	}
	text, err := os.ReadFile(f.path)
	if err != nil {
		return fmt.Errorf("settings file: %w", err)
	}
	if err := toml.Unmarshal(text, &f.values); err != nil {
		var bad *toml.DecodeError
		if errors.As(err, &bad) {
			line, column := bad.Position()
			return fmt.Errorf("settings file %s, line %d, column %d: %s", f.path, line, column, bad.Error())
		}
		return fmt.Errorf("settings file %s: %w", f.path, err)
	}
	return nil
}

// Validate refuses keys that no flag has.
func (f *configFile) Validate(app *kong.Application) error {
	var known []string
	for _, node := range app.Children {
		if node.Name != "serve" {
			continue
		}
		for _, flag := range node.Flags {
			known = append(known, flag.Name)
		}
	}
	for key := range f.values {
		if !slices.Contains(known, flagName(key)) || key == "config" {
			return fmt.Errorf("settings file %s%s: unknown key %q", f.path, f.line(key), key)
		}
	}
	return nil
}

// line tells where a key stands in the file.
func (f *configFile) line(key string) string {
	text, err := os.ReadFile(f.path)
	if err != nil {
		return ""
	}
	for i, l := range strings.Split(string(text), "\n") {
		l = strings.TrimLeft(l, " \t[\"'")
		if strings.HasPrefix(l, key) {
			return fmt.Sprintf(", line %d", i+1)
		}
	}
	return ""
}

func flagName(key string) string { return strings.ReplaceAll(key, "_", "-") }

// Resolve gives a flag the file's value.
func (f *configFile) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for key, v := range f.values {
		if flagName(key) == flag.Name {
			return fmt.Sprint(v), nil
		}
	}
	return nil, nil
}
