package pgcatalog

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"

	"vecgres/catalog"
	"vecgres/sql/types"
)

//go:embed type_io.tsv
var typeIOList string

// ioFunc is a function that reads or writes a type's values. Drivers tell arrays by it: typinput is array_in, typreceive array_recv.
// Nobody can call it.
type ioFunc struct {
	oid  catalog.OID
	name string
}

// typeIO is typinput, typoutput, typreceive and typsend, by type.
var typeIO = sync.OnceValue(func() map[types.OID][4]ioFunc {
	out := map[types.OID][4]ioFunc{}
	for line := range strings.Lines(typeIOList) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != 9 {
			continue // the comment
		}
		var io [4]ioFunc
		for i := range io {
			io[i] = ioFunc{catalog.OID(number(f[1+2*i])), f[2+2*i]}
		}
		out[types.OID(number(f[0]))] = io
	}
	return out
})

// number reads a number of an embedded list.
func number(text string) uint32 {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		panic("pgcatalog: " + err.Error())
	}
	return uint32(n)
}

// ioProcs lists the reading and writing functions as rows of pg_proc, each once.
func ioProcs(yield func(*pgProc) error) error {
	seen := map[catalog.OID]bool{0: true}
	for _, info := range types.All() {
		for i, f := range typeIO()[info.OID] {
			if seen[f.oid] {
				continue
			}
			seen[f.oid] = true
			arg, ret := ioSignature(i, info)
			r := proc(uint32(f.oid), f.name, "f", []types.OID{arg}, 0, ret)
			r.Namespace = namespaceOfType(info.OID)
			if err := yield(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// ioSignature is the type that the ith function of a type takes and the one that it gives.
func ioSignature(i int, info *types.Info) (arg, ret types.OID) {
	own := info.OID
	if info.Category == 'A' {
		own = types.AnyArrayOID
	}
	switch i {
	case 0:
		return types.CstringOID, own
	case 1:
		return own, types.CstringOID
	case 2:
		return types.InternalOID, own
	}
	return own, types.ByteaOID
}

// ioProcNames are the functions' names by OID, for regproc.
var ioProcNames = sync.OnceValue(func() map[uint32]string {
	out := map[uint32]string{}
	for _, io := range typeIO() {
		for _, f := range io {
			if f.oid != 0 {
				out[uint32(f.oid)] = f.name
			}
		}
	}
	return out
})

// ioProcOID finds such a function by its name.
func ioProcOID(name string) (uint32, bool) {
	for oid, n := range ioProcNames() {
		if n == name {
			return oid, true
		}
	}
	return 0, false
}
