package catalog

import (
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// PathBytesMax is the length of the longest namespace path.
const PathBytesMax = 1024

// PathSeparator divides a path's components.
const PathSeparator = "$"

// SplitPath checks a namespace's path and divides it into its components. It is the one judge of paths, wherever they come from: an identifier,
// a literal, search_path or a startup option. Errors: 42602 for a bad component, 42622 for a path that is too long; it is never cut short.
func SplitPath(path string) ([]string, error) {
	if len(path) > PathBytesMax {
		return nil, pgerr.New(pgerrcode.NameTooLong, "namespace path is %d bytes long", len(path)).
			WithDetail("A path may have at most %d bytes.", PathBytesMax)
	}
	if path == "" {
		return nil, pgerr.New(pgerrcode.InvalidName, "a namespace's name must not be empty")
	}
	if !strings.Contains(path, PathSeparator) {
		return []string{path}, nil
	}
	parts := strings.Split(path, PathSeparator)
	for _, part := range parts {
		if err := checkComponent(path, part); err != nil {
			return nil, err
		}
	}
	return parts, nil
}

func checkComponent(path, part string) error {
	if part == "" {
		return pgerr.New(pgerrcode.InvalidName, "namespace path %q has an empty component", path)
	}
	for _, c := range []byte(part) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '-', c == '.':
		default:
			return pgerr.New(pgerrcode.InvalidName, "component %q of namespace path %q has a character that is not allowed", part, path).
				WithDetail("A component consists of ASCII letters, digits, \"_\", \"-\" and \".\".")
		}
	}
	return nil
}

// ParentPath is the path above, "" for a top-level one.
func ParentPath(path string) string {
	if i := strings.LastIndex(path, PathSeparator); i >= 0 {
		return path[:i]
	}
	return ""
}
