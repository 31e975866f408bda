package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// What the demonstration prints: numbered steps, and lines below each.

var steps int

func step(format string, args ...any) {
	steps++
	fmt.Printf("\n%d. %s\n", steps, fmt.Sprintf(format, args...))
}

func say(format string, args ...any) { fmt.Printf("   "+format+"\n", args...) }

// number writes 60000 as 60,000.
func number[T int | int32 | int64](n T) string {
	s := strconv.FormatInt(int64(n), 10)
	for at := len(s) - 3; at > 0; at -= 3 {
		s = s[:at] + "," + s[at:]
	}
	return s
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.2f", float64(d.Microseconds())/1000) }

// table prints rows under headings; the first column is flush left, the others right.
type table struct{ widths []int }

func newTable(headings ...string) *table {
	t := &table{}
	for i, h := range headings {
		w := len(h) + 3
		if i == 0 {
			w = 34
		}
		t.widths = append(t.widths, w)
	}
	t.row(headings...)
	return t
}

func (t *table) row(cells ...string) {
	var b strings.Builder
	for i, c := range cells {
		if i == 0 {
			fmt.Fprintf(&b, "%-*s", t.widths[i], c)
		} else {
			fmt.Fprintf(&b, "%*s", t.widths[i], c)
		}
	}
	say("%s", strings.TrimRight(b.String(), " "))
}
