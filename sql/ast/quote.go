package ast

import "strings"

// QuoteIdent writes an identifier so that the grammar reads it back as it is: bare when it is lower-case letters, digits,
// underscores and dollars and not a keyword with a meaning of its own, in double quotes otherwise.
func QuoteIdent(name string) string {
	if bareIdent(name) && !keywords[name] {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

func bareIdent(name string) bool {
	if name == "" {
		return false
	}
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z' || c == '_':
		case i > 0 && (c >= '0' && c <= '9' || c == '$'):
		default:
			return false
		}
	}
	return true
}

// QuoteLiteral writes a string constant as the grammar reads it with standard_conforming_strings on.
func QuoteLiteral(text string) string {
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}

// String is the name with its parts quoted where they must be, joined by dots.
func (n Name) String() string {
	parts := make([]string, len(n.Parts))
	for i, part := range n.Parts {
		parts[i] = QuoteIdent(part)
	}
	return strings.Join(parts, ".")
}
