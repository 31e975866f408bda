package parser

import (
	pgq "github.com/pganalyze/pg_query_go/v5"
)

const (
	// depthMax is the deepest nesting that is given to pg_query. Its output routines took 160 to 400 bytes of C stack a level where
	// this was measured, so that depthMax levels stay below the 2 MiB that a thread has at least.
	depthMax = 4000
	// scanFrom is the length from which a text may nest deeper than depthMax: a level takes a byte at least.
	scanFrom = depthMax
	// copiesMax bounds what nested SET (a, b) = (…) may multiply to: the grammar's output repeats the source for each target.
	copiesMax = 10_000
)

// guard checks the text, and makes ready what may go to pg_query. Most texts are short and plain and are only read once here.
func guard(query string) (longIdents, error) {
	out := longIdents{text: query}
	if err := checkText(query); err != nil {
		return out, err
	}
	if err := checkSize(query); err != nil {
		return out, err
	}
	mayNest := len(query) >= scanFrom || countFold(query, "update") > 2
	mayBeLong := mayHaveLongIdent(query)
	if !mayNest && !mayBeLong {
		return out, nil
	}
	scan, err := pgq.Scan(query)
	if err != nil {
		// The grammar reads the same tokens, so that it stops at this one at the latest, before there is a tree to walk.
		return out, nil
	}
	if mayNest && tooDeep(scan.Tokens) {
		return out, tooComplex()
	}
	if mayBeLong {
		return setLongIdentsAside(query, scan.Tokens)
	}
	return out, nil
}

// countFold counts word, in lower case, in text whatever its case.
func countFold(text, word string) int {
	n := 0
	for i := 0; i+len(word) <= len(text); i++ {
		j := 0
		for j < len(word) && text[i+j]|0x20 == word[j] {
			j++
		}
		if j == len(word) {
			n++
			i += j - 1
		}
	}
	return n
}

// A level is what is open between a bracket (or CASE) and its end. Its depth is at most the longest run of tokens that can nest
// without brackets, plus the links of left-deep chains (joins, set operations), plus the deepest level inside it.
type level struct {
	isCase        bool
	run, runMax   int
	chain, inside int
	copies        int // how often the grammar's output repeats what is in here
	items         int // commas seen, from 1
}

func (l *level) depth() int { return max(l.run, l.runMax) + l.chain + l.inside + 1 }

func (l *level) endRun() {
	l.runMax = max(l.runMax, l.run)
	l.run = 0
}

// tooDeep tells whether a tree of these tokens might nest deeper than depthMax. It overestimates by a small factor, since it knows no
// grammar: every keyword and operator since the last comma, AND or OR counts as a level.
func tooDeep(tokens []*pgq.ScanToken) bool {
	stack := []level{{copies: 1, items: 1}}
	deepest := 1 // the sum of the depths of open levels is checked as they open
	var last pgq.Token
	lastItems := 1 // of the brackets just closed
	targets := 0   // set after ") =": the items of the brackets before
	for _, token := range tokens {
		top := &stack[len(stack)-1]
		switch token.Token {
		case pgq.Token_ASCII_40, pgq.Token_ASCII_91, pgq.Token_CASE:
			copies := top.copies
			if targets > 0 {
				copies *= targets
			}
			if copies > copiesMax {
				return true
			}
			top.run++
			stack = append(stack, level{isCase: token.Token == pgq.Token_CASE, copies: copies, items: 1})
			deepest++
			if deepest > depthMax {
				return true
			}
		case pgq.Token_ASCII_41, pgq.Token_ASCII_93:
			for len(stack) > 1 && stack[len(stack)-1].isCase {
				stack = closeLevel(stack)
			}
			lastItems = stack[len(stack)-1].items
			stack = closeLevel(stack)
			deepest = len(stack)
		case pgq.Token_END_P:
			if top.isCase && last != pgq.Token_ASCII_46 {
				stack = closeLevel(stack)
				deepest = len(stack)
			}
		case pgq.Token_ASCII_44:
			top.items++
			top.endRun()
		case pgq.Token_AND, pgq.Token_OR:
			top.endRun()
		case pgq.Token_ASCII_59:
			if len(stack) == 1 {
				stack[0] = level{copies: 1, items: 1}
			}
		case pgq.Token_JOIN, pgq.Token_UNION, pgq.Token_INTERSECT, pgq.Token_EXCEPT:
			top.chain++
			top.endRun()
		case pgq.Token_IDENT, pgq.Token_UIDENT, pgq.Token_SCONST, pgq.Token_USCONST, pgq.Token_BCONST, pgq.Token_XCONST,
			pgq.Token_ICONST, pgq.Token_FCONST, pgq.Token_PARAM, pgq.Token_ASCII_46, pgq.Token_SQL_COMMENT, pgq.Token_C_COMMENT:
		default:
			top.run++
		}
		if top := &stack[len(stack)-1]; top.depth() > depthMax {
			return true
		}
		targets = 0
		if token.Token == pgq.Token_ASCII_61 && last == pgq.Token_ASCII_41 {
			targets = lastItems
		} else if token.Token == pgq.Token_ROW {
			targets = lastItems
		}
		last = token.Token
	}
	for len(stack) > 1 {
		stack = closeLevel(stack)
	}
	return stack[0].depth() > depthMax
}

// closeLevel adds the innermost level's depth to the one around it.
func closeLevel(stack []level) []level {
	if len(stack) == 1 {
		return stack
	}
	inner := stack[len(stack)-1]
	stack = stack[:len(stack)-1]
	outer := &stack[len(stack)-1]
	outer.inside = max(outer.inside, inner.depth())
	return stack
}
