package vecengine

import (
	"encoding/binary"
	"math"

	"vecgres/vecengine/column"
	"vecgres/vecengine/distance"
	"vecgres/vecengine/quant"
)

// schemaFormat is the version of a schema's encoding. A newer one is refused.
//
//	version uvarint
//	columns uvarint, each: id uvarint | name | kind u8 | dim uvarint | extension | metadata | has Missing u8 | [column]
//	indexes uvarint, each: id uvarint | kind u8 | flags u8 (1 unique, 2 building) | column uvarint | metric u8 | m uvarint | efConstruction uvarint |
//	    element u8 | dim uvarint | quantization u8 | target recall f64 LE
//
// Strings are a uvarint length and bytes. Version 1 ends an index with efConstruction; a column of 0 was not allowed there.
const schemaFormat = 2

// Flags of an index.
const (
	indexUnique   = 1
	indexBuilding = 2
)

func appendSchema(dst []byte, s *Schema) []byte {
	dst = binary.AppendUvarint(dst, schemaFormat)
	dst = binary.AppendUvarint(dst, uint64(len(s.Columns)))
	for i := range s.Columns {
		c := &s.Columns[i]
		dst = binary.AppendUvarint(dst, uint64(c.ID))
		dst = appendString(dst, c.Name)
		dst = append(dst, byte(c.Kind))
		dst = binary.AppendUvarint(dst, uint64(c.Dim))
		dst = appendString(dst, c.Extension)
		dst = appendString(dst, c.Metadata)
		if c.Missing == nil {
			dst = append(dst, 0)
			continue
		}
		dst = append(dst, 1)
		dst = appendColumn(dst, c.Missing)
	}
	dst = binary.AppendUvarint(dst, uint64(len(s.Indexes)))
	for _, x := range s.Indexes {
		dst = binary.AppendUvarint(dst, uint64(x.ID))
		flags := byte(0)
		if x.Unique {
			flags |= indexUnique
		}
		if x.Building {
			flags |= indexBuilding
		}
		dst = append(dst, byte(x.Kind), flags)
		dst = binary.AppendUvarint(dst, uint64(x.Column))
		dst = append(dst, byte(x.Metric))
		dst = binary.AppendUvarint(dst, uint64(x.M))
		dst = binary.AppendUvarint(dst, uint64(x.EfConstruction))
		dst = append(dst, byte(x.Element))
		dst = binary.AppendUvarint(dst, uint64(x.Dim))
		dst = append(dst, byte(x.Quantization))
		dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(x.TargetRecall))
	}
	return dst
}

func (d *decoder) schema() *Schema {
	version := d.uvarint()
	if version < 1 || version > schemaFormat {
		d.fail("schema of another version")
		return nil
	}
	s := &Schema{Columns: make([]ColumnDef, d.count(6))}
	for i := range s.Columns {
		c := &s.Columns[i]
		c.ID = ColumnID(d.uvarint())
		c.Name = d.string()
		c.Kind = column.Kind(d.byte())
		c.Dim = d.dim()
		c.Extension, c.Metadata = d.string(), d.string()
		if d.byte() != 0 {
			missing := d.column()
			c.Missing = &missing
		}
	}
	s.Indexes = make([]IndexDef, d.count(7))
	for i := range s.Indexes {
		x := &s.Indexes[i]
		x.ID = IndexID(d.uvarint())
		x.Kind = IndexKind(d.byte())
		flags := d.byte()
		if flags&^(indexUnique|indexBuilding) != 0 {
			d.fail("index flags of another version")
		}
		x.Unique, x.Building = flags&indexUnique != 0, flags&indexBuilding != 0
		x.Column = ColumnID(d.uvarint())
		x.Metric = distance.Metric(d.byte())
		x.M, x.EfConstruction = int(d.uvarint()), int(d.uvarint())
		if version == 1 {
			continue
		}
		x.Element, x.Dim = distance.Element(d.byte()), d.dim()
		x.Quantization = quant.Kind(d.byte())
		if b := d.take(8); b != nil {
			x.TargetRecall = math.Float64frombits(binary.LittleEndian.Uint64(b))
		}
	}
	if d.err == nil {
		d.err = s.check()
	}
	if d.err != nil {
		return nil
	}
	return s
}

func (d *decoder) dim() int {
	v := d.uvarint()
	if v > math.MaxInt32 {
		d.fail("dimensions")
		return 0
	}
	return int(v)
}
