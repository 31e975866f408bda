package funcs

import (
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// A jsonPath is a parsed SQL/JSON path. jsonpath is no type of its own here: paths are text, parsed at first use and kept.
type jsonPath struct {
	strict bool
	root   *pathNode
}

// pathNode is an expression of a path: an operation with its operands, then accessors applied to the result in turn.
type pathNode struct {
	op        string // "$", "@", "var", "literal", "last", an operator, or a predicate's name
	args      []*pathNode
	value     *types.JSONValue // of a literal
	name      string           // of a variable; a regular expression's pattern
	flags     areFlags
	accessors []pathAccessor
}

// pathAccessor is one step: .key .* .** [subscripts] [*] ?(filter) .method().
type pathAccessor struct {
	kind     string // "key", ".*", ".**", "[]", "[*]", "?", "method"
	name     string
	from, to int // levels of .**, -1 for last
	ranges   [][2]*pathNode
	filter   *pathNode
}

// isPredicate tells nodes whose result is true, false or unknown.
func (n *pathNode) isPredicate() bool {
	switch n.op {
	case "&&", "||", "!", "==", "!=", "<", "<=", ">", ">=", "exists", "like_regex", "starts with", "is unknown":
		return len(n.accessors) == 0
	}
	return false
}

var pathCache = struct {
	sync.RWMutex
	m map[string]*jsonPath
}{m: map[string]*jsonPath{}}

const pathCacheMax = 512

// parseJSONPath parses a path, or finds it among those parsed before.
func parseJSONPath(s string) (*jsonPath, error) {
	pathCache.RLock()
	p := pathCache.m[s]
	pathCache.RUnlock()
	if p != nil {
		return p, nil
	}
	p, err := readJSONPath(s)
	if err != nil {
		return nil, err
	}
	pathCache.Lock()
	defer pathCache.Unlock()
	if len(pathCache.m) >= pathCacheMax {
		clear(pathCache.m)
	}
	pathCache.m[s] = p
	return p, nil
}

// pathParser is a recursive-descent parser; errors are panics of *pgerr.Error, recovered in readJSONPath.
type pathParser struct {
	src   string
	pos   int
	depth int
}

func readJSONPath(s string) (p *jsonPath, err error) {
	r := &pathParser{src: s}
	defer func() {
		switch e := recover().(type) {
		case nil:
		case *pgerr.Error:
			p, err = nil, e
		default:
			panic(e)
		}
	}()
	p = &jsonPath{}
	if strings.TrimSpace(s) == "" {
		panic(pgerr.New(pgerrcode.InvalidTextRepresentation, "invalid input syntax for type jsonpath: \"%s\"", s))
	}
	if r.word("strict") {
		p.strict = true
	} else {
		r.word("lax")
	}
	p.root = r.or()
	if r.space(); r.pos < len(r.src) {
		r.fail()
	}
	return p, nil
}

func (r *pathParser) fail() {
	if r.space(); r.pos >= len(r.src) {
		panic(pgerr.New(pgerrcode.SyntaxError, "syntax error at end of jsonpath input"))
	}
	panic(pgerr.New(pgerrcode.SyntaxError, "syntax error at or near \"%s\" of jsonpath input", r.src[r.pos:r.pos+runeOffset(r.src[r.pos:], 1)]))
}

func (r *pathParser) space() {
	for r.pos < len(r.src) {
		switch {
		case isBlank(r.src[r.pos]):
			r.pos++
		case strings.HasPrefix(r.src[r.pos:], "/*"):
			end := strings.Index(r.src[r.pos:], "*/")
			if end < 0 {
				panic(pgerr.New(pgerrcode.SyntaxError, "unexpected end of comment at end of jsonpath input"))
			}
			r.pos += end + 2
		default:
			return
		}
	}
}

func (r *pathParser) accept(s string) bool {
	r.space()
	if strings.HasPrefix(r.src[r.pos:], s) {
		r.pos += len(s)
		return true
	}
	return false
}

func (r *pathParser) expect(s string) {
	if !r.accept(s) {
		r.fail()
	}
}

// word accepts a keyword that ends there.
func (r *pathParser) word(w string) bool {
	r.space()
	rest := r.src[r.pos:]
	if !strings.HasPrefix(rest, w) || len(rest) > len(w) && isPathName(rest[len(w)]) {
		return false
	}
	r.pos += len(w)
	return true
}

func isPathName(c byte) bool { return isWord(c) || c == '$' || c >= utf8.RuneSelf }

func (r *pathParser) or() *pathNode {
	if r.depth++; r.depth > 200 {
		panic(pgerr.New(pgerrcode.StatementTooComplex, "jsonpath is too deeply nested"))
	}
	defer func() { r.depth-- }()
	n := r.and()
	for r.accept("||") {
		n = &pathNode{op: "||", args: []*pathNode{n, r.and()}}
	}
	return n
}

func (r *pathParser) and() *pathNode {
	n := r.comparison()
	for r.accept("&&") {
		n = &pathNode{op: "&&", args: []*pathNode{n, r.comparison()}}
	}
	return n
}

func (r *pathParser) comparison() *pathNode {
	if r.space(); strings.HasPrefix(r.src[r.pos:], "!") && !strings.HasPrefix(r.src[r.pos:], "!=") {
		r.pos++
		return &pathNode{op: "!", args: []*pathNode{r.comparison()}}
	}
	left := r.sum()
	for _, op := range []string{"==", "!=", "<>", "<=", ">=", "<", ">"} {
		if r.accept(op) {
			if op == "<>" {
				op = "!="
			}
			return &pathNode{op: op, args: []*pathNode{left, r.sum()}}
		}
	}
	switch {
	case r.word("like_regex"):
		return r.likeRegex(left)
	case r.word("starts"):
		if !r.word("with") {
			r.fail()
		}
		return &pathNode{op: "starts with", args: []*pathNode{left, r.sum()}}
	case left.isPredicate() && r.word("is"):
		if !r.word("unknown") {
			r.fail()
		}
		return &pathNode{op: "is unknown", args: []*pathNode{left}}
	}
	return left
}

func (r *pathParser) likeRegex(left *pathNode) *pathNode {
	r.space()
	n := &pathNode{op: "like_regex", args: []*pathNode{left}, name: r.quoted(), flags: areFlags{newline: true}}
	if r.word("flag") {
		r.space()
		for _, f := range r.quoted() {
			switch f {
			case 'i':
				n.flags.fold = true
			case 's':
				n.flags.newline = false
			case 'm':
				n.flags.anchors = true
			case 'q':
				n.flags.literal = true
			case 'x':
				panic(pgerr.Unimplemented("XQuery \"x\" flag (expanded regular expressions)"))
			default:
				panic(pgerr.New(pgerrcode.SyntaxError, "invalid input syntax for type jsonpath").
					WithDetail("Unrecognized flag character \"%c\" in LIKE_REGEX predicate.", f))
			}
		}
	}
	if _, err := compileRegex(n.name, n.flags); err != nil {
		panic(pgerr.From(err))
	}
	return n
}

func (r *pathParser) sum() *pathNode {
	n := r.product()
	for {
		switch {
		case r.accept("+"):
			n = &pathNode{op: "+", args: []*pathNode{n, r.product()}}
		case r.accept("-"):
			n = &pathNode{op: "-", args: []*pathNode{n, r.product()}}
		default:
			return n
		}
	}
}

func (r *pathParser) product() *pathNode {
	n := r.unary()
	for {
		switch {
		case r.accept("*"):
			n = &pathNode{op: "*", args: []*pathNode{n, r.unary()}}
		case r.accept("/"):
			n = &pathNode{op: "/", args: []*pathNode{n, r.unary()}}
		case r.accept("%"):
			n = &pathNode{op: "%", args: []*pathNode{n, r.unary()}}
		default:
			return n
		}
	}
}

func (r *pathParser) unary() *pathNode {
	for _, op := range []string{"+", "-"} {
		if r.accept(op) {
			return &pathNode{op: op, args: []*pathNode{r.unary()}}
		}
	}
	n := r.primary()
	for {
		a, ok := r.accessor()
		if !ok {
			return n
		}
		n.accessors = append(n.accessors, a)
	}
}

func (r *pathParser) primary() *pathNode {
	r.space()
	if r.pos >= len(r.src) {
		r.fail()
	}
	switch c := r.src[r.pos]; {
	case c == '(':
		r.pos++
		n := r.or()
		r.expect(")")
		if len(n.accessors) > 0 || n.op == "literal" {
			return &pathNode{op: "()", args: []*pathNode{n}}
		}
		return n
	case c == '$':
		r.pos++
		if strings.HasPrefix(r.src[r.pos:], `"`) {
			return &pathNode{op: "var", name: r.quoted()}
		}
		if name := r.name(); name != "" {
			return &pathNode{op: "var", name: name}
		}
		return &pathNode{op: "$"}
	case c == '@':
		r.pos++
		return &pathNode{op: "@"}
	case c == '"':
		return &pathNode{op: "literal", value: types.NewJSONString(r.quoted())}
	case isDigit(c) || c == '.':
		return r.number()
	}
	switch {
	case r.word("exists"):
		r.expect("(")
		n := &pathNode{op: "exists", args: []*pathNode{r.or()}}
		r.expect(")")
		return n
	case r.word("last"):
		return &pathNode{op: "last"}
	}
	for _, w := range []string{"true", "false"} {
		if r.word(w) {
			return &pathNode{op: "literal", value: types.NewJSONBool(w == "true")}
		}
	}
	if !r.word("null") {
		r.fail()
	}
	return &pathNode{op: "literal", value: jsonNull}
}

func (r *pathParser) name() string {
	start := r.pos
	for r.pos < len(r.src) && isPathName(r.src[r.pos]) {
		r.pos++
	}
	return r.src[start:r.pos]
}

func (r *pathParser) number() *pathNode {
	start := r.pos
	for r.pos < len(r.src) && (isDigit(r.src[r.pos]) || r.src[r.pos] == '.' ||
		strings.IndexByte("eE", r.src[r.pos]) >= 0 || strings.IndexByte("+-", r.src[r.pos]) >= 0 && strings.IndexByte("eE", r.src[r.pos-1]) >= 0) {
		r.pos++
	}
	v, err := types.ParseNumeric(r.src[start:r.pos])
	if err != nil {
		r.pos = start
		panic(pgerr.New(pgerrcode.SyntaxError, "invalid numeric literal at or near \"%s\" of jsonpath input", r.src[start:]))
	}
	return &pathNode{op: "literal", value: types.NewJSONNumber(v)}
}

// quoted reads a string with JSON's escapes.
func (r *pathParser) quoted() string {
	if r.pos >= len(r.src) || r.src[r.pos] != '"' {
		r.fail()
	}
	end := r.pos + 1
	for end < len(r.src) && r.src[end] != '"' {
		if r.src[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(r.src) {
		r.pos = len(r.src)
		panic(pgerr.New(pgerrcode.SyntaxError, "unterminated quoted string at end of jsonpath input"))
	}
	v, err := types.ParseJSON(r.src[r.pos : end+1])
	if err != nil {
		panic(pgerr.New(pgerrcode.SyntaxError, "invalid escape sequence of jsonpath input"))
	}
	r.pos = end + 1
	return v.Str
}

// accessor parses one step after a primary, if there is one.
func (r *pathParser) accessor() (pathAccessor, bool) {
	switch {
	case r.accept(".**"):
		return r.levels(), true
	case r.accept(".*"):
		return pathAccessor{kind: ".*"}, true
	case r.accept("."):
		return r.member(), true
	case r.accept("["):
		return r.subscripts(), true
	case r.accept("?"):
		r.expect("(")
		a := pathAccessor{kind: "?", filter: r.or()}
		r.expect(")")
		if !a.filter.isPredicate() {
			r.fail()
		}
		return a, true
	}
	return pathAccessor{}, false
}

func (r *pathParser) levels() pathAccessor {
	a := pathAccessor{kind: ".**", from: 0, to: -1}
	if r.accept("{") {
		a.from = r.level()
		if a.to = a.from; r.word("to") {
			a.to = r.level()
		}
		r.expect("}")
	}
	return a
}

func (r *pathParser) level() int {
	if r.word("last") {
		return -1
	}
	r.space()
	n, err := strconv.Atoi(r.name())
	if err != nil || n < 0 {
		r.fail()
	}
	return n
}

// pathMethods are the item methods; datetime() is not supported.
var pathMethods = words("type size double floor ceiling abs keyvalue datetime")

func (r *pathParser) member() pathAccessor {
	if r.space(); strings.HasPrefix(r.src[r.pos:], `"`) {
		return pathAccessor{kind: "key", name: r.quoted()}
	}
	name := r.name()
	if name == "" {
		r.fail()
	}
	if pathMethods[name] && r.accept("(") {
		if name == "datetime" {
			panic(pgerr.Unimplemented("jsonpath item method .datetime()"))
		}
		r.expect(")")
		return pathAccessor{kind: "method", name: name}
	}
	return pathAccessor{kind: "key", name: name}
}

func (r *pathParser) subscripts() pathAccessor {
	if r.accept("*") {
		r.expect("]")
		return pathAccessor{kind: "[*]"}
	}
	a := pathAccessor{kind: "[]"}
	for {
		bounds := [2]*pathNode{r.sum(), nil}
		if r.word("to") {
			bounds[1] = r.sum()
		}
		a.ranges = append(a.ranges, bounds)
		if !r.accept(",") {
			r.expect("]")
			return a
		}
	}
}
