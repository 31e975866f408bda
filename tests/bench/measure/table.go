package measure

import (
	"fmt"
	"io"
	"strings"
)

// Row is a result with the bar that it is held against.
type Row struct {
	Measure string
	Data    string
	Bar     string
	Value   string
	Met     bool
}

// Verdict is "met" or "missed".
func (r Row) Verdict() string {
	if r.Met {
		return "met"
	}
	return "missed"
}

// WriteTable writes rows as a Markdown table, which reads well in a terminal too.
func WriteTable(w io.Writer, rows []Row) error {
	cells := [][]string{{"measure", "data", "bar", "measured", ""}}
	for _, r := range rows {
		cells = append(cells, []string{r.Measure, r.Data, r.Bar, r.Value, r.Verdict()})
	}
	return WriteCells(w, cells)
}

// WriteCells writes a Markdown table whose first line is the head.
func WriteCells(w io.Writer, cells [][]string) error {
	if len(cells) == 0 {
		return nil
	}
	widths := make([]int, len(cells[0]))
	for _, line := range cells {
		for i, c := range line {
			widths[i] = max(widths[i], len([]rune(c)))
		}
	}
	var b strings.Builder
	for n, line := range cells {
		for i, c := range line {
			fmt.Fprintf(&b, "| %s%s ", c, strings.Repeat(" ", widths[i]-len([]rune(c))))
		}
		b.WriteString("|\n")
		if n == 0 {
			for _, width := range widths {
				fmt.Fprintf(&b, "|%s", strings.Repeat("-", width+2))
			}
			b.WriteString("|\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
