package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"vecgres/vecengine"
	"vecgres/vecengine/vfs"
)

// dataDirError is what is wrong with a data directory and what to do about it, in one line. Damage is set when files of it are bad.
type dataDirError struct {
	dir    string // absolute
	what   string
	todo   string
	damage error
}

func (e *dataDirError) Error() string {
	return fmt.Sprintf("data directory %s %s; %s", e.dir, e.what, e.todo)
}

func (e *dataDirError) Unwrap() error { return e.damage }

// openEngine opens a data directory, or makes one where create allows it.
func openEngine(o vecengine.Options, create bool) (*vecengine.Engine, error) {
	if err := checkDataDir(o.Dir, create); err != nil {
		return nil, err
	}
	o.FS = vfs.OS
	engine, err := vecengine.Open(o)
	if err != nil {
		return nil, explainOpen(o.Dir, err)
	}
	return engine, nil
}

// What a data directory has at its top.
const formatFile = "VECGRES"

var ownNames = []string{formatFile, "LOCK", "log", "ns"}

// checkDataDir looks at a directory before anything is made in it, so that nothing is left in one that is not ours.
func checkDataDir(dir string, create bool) error {
	bad := func(todo, format string, args ...any) error {
		return &dataDirError{dir: absolute(dir), what: fmt.Sprintf(format, args...), todo: todo}
	}
	choose, other := "choose another directory with --data", "choose an empty or a new directory with --data"
	if !create {
		choose = "name the directory that `vecgres serve --data` was given"
		other = choose
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist) && create:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return bad(choose, "does not exist")
	case err != nil:
		return explainOpen(dir, err)
	case !info.IsDir():
		return bad(choose, "is not a directory")
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return explainOpen(dir, err)
	}
	var own, foreign []string
	for _, e := range entries {
		switch name := e.Name(); {
		case name == formatFile:
			return nil
		case slices.Contains(ownNames, name):
			own = append(own, name)
		case name != "lost+found" && !strings.HasPrefix(name, formatFile):
			foreign = append(foreign, name)
		}
	}
	switch {
	case slices.Contains(own, "ns"):
		e := bad("restore that file from a backup", "is damaged: its file %s is missing", formatFile).(*dataDirError)
		e.damage = fmt.Errorf("%s is missing", filepath.Join(e.dir, formatFile))
		return e
	case len(foreign) > 0:
		return bad(other, "is not empty and holds no vecgres data (it has %s)", foreign[0])
	case !create:
		return bad(choose, "holds no vecgres data")
	}
	return nil
}

// explainOpen says what an error of opening means to whoever runs the server.
func explainOpen(dir string, err error) error {
	e := &dataDirError{dir: absolute(dir)}
	var corrupt *vecengine.CorruptError
	switch {
	case errors.Is(err, vecengine.ErrLocked):
		e.what, e.todo = "is in use by another vecgres", "stop it, or choose another directory with --data"
	case errors.Is(err, vecengine.ErrNewerFormat):
		e.what, e.todo = "was written by a newer release ("+reason(err)+")", "run that release, or choose another directory with --data"
	case errors.As(err, &corrupt):
		e.what, e.damage = "is damaged: "+reason(err), err
		e.todo = "`vecgres verify` tells what else is; restore the directory from a backup"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.ENOTDIR), errors.Is(err, fs.ErrExist):
		e.what = "cannot be read and written: " + reason(err)
		e.todo = fmt.Sprintf("give user %d the right, or choose another directory with --data", os.Getuid())
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, vecengine.ErrFull):
		e.what, e.todo = "is on a full disk: "+reason(err), "make space"
	default:
		e.what, e.todo = "cannot be opened: "+reason(err), "see docs/configuration.md"
	}
	return e
}

// reason is an error's text without the names of packages.
func reason(err error) string { return strings.ReplaceAll(err.Error(), "vecengine: ", "") }

func absolute(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		return abs
	}
	return dir
}
