package types

import (
	"cmp"
	"strings"
)

// Compare orders two values of a type as its btree operator class does, with collation C; neither is NULL. It is negative,
// zero or positive. Types without an order compare by their binary form.
func Compare(oid OID, a, b Datum) int {
	if c := codecOf(oid); c != nil && c.compare != nil {
		return c.compare(oid, a, b)
	}
	return strings.Compare(a.S, b.S)
}

// Equal tells whether two values of a type are equal by its = operator; neither is NULL.
func Equal(oid OID, a, b Datum) bool {
	return Compare(oid, a, b) == 0
}

// Orderable tells whether the type has a default btree operator class, so that it can be sorted, grouped and be a key.
func Orderable(oid OID) bool {
	if info, ok := Lookup(oid); ok && info.IsArray() {
		return Orderable(info.Elem)
	}
	if oid == XidOID || oid == CidOID { // they have = alone, for they wrap around
		return false
	}
	c := codecOf(oid)
	return c != nil && c.compare != nil && c.key != nil
}

func compareN(_ OID, a, b Datum) int { return cmp.Compare(a.N, b.N) }

func compareS(_ OID, a, b Datum) int { return strings.Compare(a.S, b.S) }
