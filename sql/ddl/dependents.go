package ddl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/sql/ast"
	"vecgres/sql/pgerr"
)

// object is what DROP takes away: a schema, a relation, a column of one, or a sequence.
type object struct {
	schema   *catalog.Namespace
	table    *catalog.Table
	column   string
	sequence *catalog.Sequence
}

func (o object) oid() catalog.OID {
	switch {
	case o.schema != nil:
		return o.schema.OID
	case o.sequence != nil:
		return o.sequence.OID
	}
	return o.table.OID
}

func (o object) same(p object) bool { return o.oid() == p.oid() && o.column == p.column }

// describe names an object as messages do: with its schema where the search path would not find it.
func (c *Context) describe(o object) string {
	switch {
	case o.schema != nil:
		return "schema " + o.schema.Path
	case o.sequence != nil:
		return "sequence " + c.shownName(o.sequence.Schema, o.sequence.Name)
	case o.column != "":
		return "column " + o.column + " of table " + c.shownName(o.table.Schema, o.table.Name)
	}
	return kindName(o.table.Kind) + " " + c.shownName(o.table.Schema, o.table.Name)
}

// shownName is a relation's name, qualified unless the search path finds it.
func (c *Context) shownName(schema, name string) string {
	for _, path := range c.Binder(nil).SearchPath {
		if path == schema {
			return quoteIdent(name)
		}
		n, err := c.Catalog.NamespaceByPath(path)
		if err != nil || n == nil {
			continue
		}
		if taken, err := c.relationExists(n, name); taken || err != nil {
			break
		}
	}
	return quoteIdent(schema) + "." + quoteIdent(name)
}

// reads tells whether a view's own query names a relation.
func (c *Context) reads(v, t *catalog.Table) bool {
	query, err := c.Binder(nil).ParseSelect(v.ViewQuery)
	if err != nil {
		return true
	}
	found := false
	ast.Walk(query, func(n any) bool {
		if rv, ok := n.(*ast.RangeVar); ok && len(rv.Name.Parts) == 2 {
			found = found || rv.Name.Parts[0] == t.Schema && rv.Name.Parts[1] == t.Name
		}
		return !found
	})
	return found
}

// dependents are the objects that cannot be without one, newest first. Schemas below a schema are not looked into: there may be a great many.
func (c *Context) dependents(o object) (out []object, err error) {
	switch {
	case o.schema != nil:
		out, err = c.contents(o.schema)
	case o.table != nil:
		var views []*catalog.Table
		if views, err = c.Catalog.ViewsOver(o.table); err != nil {
			return nil, err
		}
		for _, v := range views {
			if c.reads(v, o.table) && (o.column == "" || c.speaksOf(v, o.column)) {
				out = append(out, object{table: v})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b object) int { return int(b.oid()) - int(a.oid()) })
	return out, err
}

// contents are a schema's relations, its sequences that no column owns, and the schemas below.
func (c *Context) contents(n *catalog.Namespace) (out []object, err error) {
	tables, err := c.Catalog.Tables(n)
	if err != nil {
		return nil, err
	}
	for _, t := range tables {
		out = append(out, object{table: t})
	}
	sequences, err := c.Catalog.Sequences(n)
	if err != nil {
		return nil, err
	}
	for _, q := range sequences {
		if q.OwnedBy == 0 {
			out = append(out, object{sequence: q})
		}
	}
	return out, c.eachChild(n, func(child *catalog.Namespace) error {
		out = append(out, object{schema: child})
		return nil
	})
}

// dropping is a DROP of some objects and of what depends on them.
type dropping struct {
	targets []object
	order   []dependent // dependents before what they depend on
	seen    map[catalog.OID][]string
}

// dependent is an object with the one through which it was found; nil for a target.
type dependent struct {
	object
	via *object
}

func (d *dropping) visit(c *Context, o object, via *object) error {
	if slices.Contains(d.seen[o.oid()], o.column) {
		return nil
	}
	d.seen[o.oid()] = append(d.seen[o.oid()], o.column)
	if via == nil || o.schema == nil {
		below, err := c.dependents(o)
		if err != nil {
			return err
		}
		for _, b := range below {
			if err := d.visit(c, b, &o); err != nil {
				return err
			}
		}
	}
	if slices.ContainsFunc(d.targets, o.same) {
		via = nil
	}
	d.order = append(d.order, dependent{o, via})
	return nil
}

// reportedMax is how many dependents a message names.
const reportedMax = 100

// withDependents finds the objects that go with targets, in the order in which they can be dropped: views before what they read. Without cascade
// there must be none (2BP01); with it a notice names them.
func (c *Context) withDependents(targets []object, cascade bool) ([]object, error) {
	d := &dropping{targets: targets, seen: map[catalog.OID][]string{}}
	for _, o := range targets {
		if err := d.visit(c, o, nil); err != nil {
			return nil, err
		}
	}
	var lines []string
	others := 0
	all := make([]object, len(d.order))
	for i, x := range slices.Backward(d.order) {
		if all[i] = x.object; x.via == nil {
			continue
		}
		if others++; others > reportedMax {
			continue
		}
		if cascade {
			lines = append(lines, "drop cascades to "+c.describe(x.object))
		} else {
			lines = append(lines, c.describe(x.object)+" depends on "+c.describe(*x.via))
		}
	}
	if others > reportedMax {
		lines = append(lines, fmt.Sprintf("and %d other objects (see server log for list)", others-reportedMax))
	}
	switch {
	case others == 0:
	case !cascade:
		message := "cannot drop desired object(s) because other objects depend on them"
		if len(targets) == 1 {
			message = "cannot drop " + c.describe(targets[0]) + " because other objects depend on it"
		}
		return nil, pgerr.New(pgerrcode.DependentObjectsStillExist, "%s", message).WithDetail("%s", strings.Join(lines, "\n")).
			WithHint("Use DROP ... CASCADE to drop the dependent objects too.")
	case others == 1:
		c.skip(pgerrcode.SuccessfulCompletion, "%s", lines[0])
	default:
		n := pgerr.NewNotice(pgerr.SeverityNotice, pgerrcode.SuccessfulCompletion, "drop cascades to %d other objects", others)
		n.Detail = strings.Join(lines, "\n")
		c.Notice(n)
	}
	return all, nil
}

// dropObjects drops objects with what depends on them.
func (c *Context) dropObjects(targets []object, cascade bool) error {
	all, err := c.withDependents(targets, cascade)
	if err != nil {
		return err
	}
	gone := map[catalog.OID]bool{} // schemas, with which their tables and sequences go
	for _, o := range all {
		if o.schema != nil {
			gone[o.schema.OID] = true
		}
	}
	for _, o := range all {
		switch {
		case o.schema != nil:
			err = c.dropSchema(o.schema)
		case o.sequence != nil && gone[o.sequence.NamespaceOID] || o.table != nil && o.table.Kind == catalog.KindTable && gone[o.table.NamespaceOID]:
		case o.sequence != nil:
			err = c.Catalog.DropSequence(o.sequence)
		case o.column == "":
			err = c.dropTable(o.table)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
