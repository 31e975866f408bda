package plan

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// treeWriter writes a tree of named values as YAML or XML.
type treeWriter struct{ lines []string }

func (w *treeWriter) line(depth int, text string) {
	w.lines = append(w.lines, strings.Repeat("  ", depth)+text)
}

// yamlItem writes an object as an item of a list: its first member behind a dash, the others under it.
func (w *treeWriter) yamlItem(o object, depth int) {
	from := len(w.lines)
	w.yamlMembers(o, depth+1)
	if from < len(w.lines) {
		w.lines[from] = strings.Repeat("  ", depth) + "- " + strings.TrimLeft(w.lines[from], " ")
	}
}

func (w *treeWriter) yamlMembers(o object, depth int) {
	for _, p := range o {
		switch v := p.value.(type) {
		case object:
			w.line(depth, p.name+": ")
			w.yamlMembers(v, depth+1)
		case []object:
			w.line(depth, p.name+": ")
			for _, item := range v {
				w.yamlItem(item, depth+1)
			}
		case []string:
			w.line(depth, p.name+": ")
			for _, item := range v {
				w.line(depth+1, "- "+scalarText(item))
			}
		default:
			w.line(depth, p.name+": "+scalarText(v))
		}
	}
}

// scalarText is a value as JSON has it, which YAML reads too.
func scalarText(v any) string {
	text, err := plainJSON(v, "")
	if err != nil {
		return fmt.Sprint(v)
	}
	return text
}

func (w *treeWriter) xmlMembers(o object, depth int) {
	for _, p := range o {
		tag := strings.ReplaceAll(p.name, " ", "-")
		switch v := p.value.(type) {
		case object:
			w.line(depth, "<"+tag+">")
			w.xmlMembers(v, depth+1)
			w.line(depth, "</"+tag+">")
		case []object:
			w.line(depth, "<"+tag+">")
			for _, item := range v {
				w.line(depth+1, "<Plan>")
				w.xmlMembers(item, depth+2)
				w.line(depth+1, "</Plan>")
			}
			w.line(depth, "</"+tag+">")
		case []string:
			w.line(depth, "<"+tag+">")
			for _, item := range v {
				w.line(depth+1, "<Item>"+xmlText(item)+"</Item>")
			}
			w.line(depth, "</"+tag+">")
		default:
			w.line(depth, "<"+tag+">"+xmlText(fmt.Sprint(v))+"</"+tag+">")
		}
	}
}

func xmlText(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return strings.NewReplacer("&#34;", "&quot;", "&#39;", "'").Replace(b.String())
}
