package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// settingsFile is vecgres.toml as a kong resolver: flags that are not given come from it. Its keys are the flags of `vecgres serve`, at the
// top level. What is wrong in it is told with the file and the line.
type settingsFile struct {
	path     string
	settings []setting
}

// setting is one line of the file.
type setting struct {
	key   string // as written
	flag  string
	value any
	line  int
}

// settingsPath finds the file that the arguments name.
func settingsPath(args []string) string {
	path := ""
	for i, a := range args {
		if v, ok := strings.CutPrefix(a, "--config="); ok {
			path = v
		} else if a == "--config" && i+1 < len(args) {
			path = args[i+1]
		}
	}
	return path
}

// readSettings reads and checks the file that the arguments name; without one there is nothing to resolve.
func readSettings(args []string) (*settingsFile, error) {
	f := &settingsFile{path: settingsPath(args)}
	if f.path == "" {
		return f, nil
	}
	text, err := os.ReadFile(kong.ExpandPath(f.path))
	if err != nil {
		return nil, fmt.Errorf("settings file: %w", err)
	}
	var values map[string]any
	if err := toml.Unmarshal(text, &values); err != nil {
		var bad *toml.DecodeError
		if errors.As(err, &bad) {
			line, column := bad.Position()
			return nil, fmt.Errorf("settings file %s, line %d, column %d: %s", f.path, line, column, strings.TrimPrefix(bad.Error(), "toml: "))
		}
		return nil, fmt.Errorf("settings file %s: %w", f.path, err)
	}
	lines := keyLines(text)
	for key, v := range values {
		f.settings = append(f.settings, setting{key, strings.ReplaceAll(key, "_", "-"), v, lines[key]})
	}
	slices.SortFunc(f.settings, func(a, b setting) int { return a.line - b.line })
	return f, f.check()
}

// keyLines tells where each top-level key or table first stands.
func keyLines(text []byte) map[string]int {
	lines := map[string]int{}
	table := false
	var p unstable.Parser
	p.Reset(text)
	for p.NextExpression() {
		e := p.Expression()
		if e.Kind == unstable.Comment || e.Kind == unstable.KeyValue && table {
			continue
		}
		table = e.Kind != unstable.KeyValue
		keys := e.Key()
		if !keys.Next() {
			continue
		}
		name := string(keys.Node().Data)
		if _, seen := lines[name]; !seen {
			lines[name] = p.Shape(keys.Node().Raw).Start.Line
		}
	}
	return lines
}

// check refuses keys that are no flag of serve, keys that are there twice, and values that the flag would refuse.
func (f *settingsFile) check() error {
	var scratch cli
	parser, err := kong.New(&scratch, kong.Name("vecgres"), kong.Writers(io.Discard, io.Discard))
	if err != nil {
		return err
	}
	known := serveFlags(parser.Model)
	seen := map[string]setting{}
	for _, s := range f.settings {
		if !slices.Contains(known, s.flag) {
			return f.fault(s, "unknown key %q; `vecgres serve --help` lists the keys", s.key)
		}
		if first, twice := seen[s.flag]; twice {
			return f.fault(s, "%q is set in line %d already, as %q", s.key, first.line, first.key)
		}
		seen[s.flag] = s
		text, ok := scalar(s.value)
		if !ok {
			return f.fault(s, "%q must be a text or a number", s.key)
		}
		if _, err := parser.Parse([]string{"serve", "--" + s.flag + "=" + text}); err != nil {
			return f.fault(s, "%s", strings.TrimPrefix(plain(err), "--"))
		}
	}
	return nil
}

func (f *settingsFile) fault(s setting, format string, args ...any) error {
	return fmt.Errorf("settings file %s, line %d: %s", f.path, s.line, fmt.Sprintf(format, args...))
}

// serveFlags are the names that a key may have.
func serveFlags(app *kong.Application) []string {
	var known []string
	for _, node := range app.Children {
		if node.Name != "serve" {
			continue
		}
		for _, flag := range node.Flags {
			if flag.Name != "config" && flag.Name != "help" {
				known = append(known, flag.Name)
			}
		}
	}
	return known
}

// scalar is a TOML value as a flag's text.
func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case int64, float64:
		return fmt.Sprint(v), true
	}
	return "", false
}

// Validate is kong's; the file was checked when it was read.
func (f *settingsFile) Validate(*kong.Application) error { return nil }

// Resolve gives a flag the file's value.
func (f *settingsFile) Resolve(_ *kong.Context, parent *kong.Path, flag *kong.Flag) (any, error) {
	for _, s := range f.settings {
		if s.flag == flag.Name && parent.Command != nil && parent.Command.Name == "serve" {
			text, _ := scalar(s.value)
			return text, nil
		}
	}
	return nil, nil
}
