package catalog

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	"vecgres/sql/types"
)

// factVersion is the first byte of every encoded object; a newer one is refused.
const factVersion = 1

// encode writes an object: a version byte, then JSON, so that fields can be added.
func encode(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("catalog: encode %T: %w", v, err)
	}
	return append([]byte{factVersion}, b...), nil
}

func decode(b []byte, v any) error {
	if len(b) == 0 {
		return fmt.Errorf("catalog: empty fact for %T", v)
	}
	if b[0] != factVersion {
		return fmt.Errorf("catalog: fact for %T has version %d, newer than this program's %d", v, b[0], factVersion)
	}
	if err := json.Unmarshal(b[1:], v); err != nil {
		return fmt.Errorf("catalog: decode %T: %w", v, err)
	}
	return nil
}

// columnFact is Column as it is stored: a missing value in its type's text form.
type columnFact struct {
	Num       int16
	Name      string
	Type      types.OID
	Mod       int32
	NotNull   bool    `json:",omitempty"`
	Default   string  `json:",omitempty"`
	Identity  byte    `json:",omitempty"`
	Generated bool    `json:",omitempty"`
	Dropped   bool    `json:",omitempty"`
	Missing   *string `json:",omitempty"`
	Sequence  OID     `json:",omitempty"`
	Comment   string  `json:",omitempty"`
}

// MarshalJSON stores a column.
func (c Column) MarshalJSON() ([]byte, error) {
	f := columnFact{Num: c.Num, Name: c.Name, Type: c.Type.OID, Mod: c.Type.Mod, NotNull: c.NotNull, Default: c.Default,
		Identity: c.Identity, Generated: c.Generated, Dropped: c.Dropped, Sequence: c.Sequence, Comment: c.Comment}
	if c.Missing != nil && !c.Missing.IsNull() {
		text := string(types.AppendText(&types.Env{}, nil, c.Type.OID, *c.Missing))
		f.Missing = &text
	}
	return json.Marshal(f)
}

// UnmarshalJSON reads a column.
func (c *Column) UnmarshalJSON(b []byte) error {
	var f columnFact
	if err := json.Unmarshal(b, &f); err != nil {
		return err
	}
	*c = Column{Num: f.Num, Name: f.Name, Type: types.Type{OID: f.Type, Mod: f.Mod}, NotNull: f.NotNull, Default: f.Default,
		Identity: f.Identity, Generated: f.Generated, Dropped: f.Dropped, Sequence: f.Sequence, Comment: f.Comment}
	if f.Missing != nil {
		d, err := types.ParseText(&types.Env{}, c.Type, *f.Missing)
		if err != nil {
			return fmt.Errorf("column %q's missing value: %w", c.Name, err)
		}
		c.Missing = &d
	}
	return nil
}

func oidKey(kind byte, oid OID) []byte {
	return binary.BigEndian.AppendUint32([]byte{kind}, uint32(oid))
}

func idKey(kind byte, id uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{kind}, id)
}

func nameKey(kind byte, name string) []byte { return append([]byte{kind}, name...) }

func childKey(parent NamespaceID, component string) []byte {
	return append(idKey('N', uint64(parent)), component...)
}

// nameValue is what a relation's name stands for.
func nameValue(kind byte, oid OID) []byte {
	return binary.BigEndian.AppendUint32([]byte{kind}, uint32(oid))
}

func decodeOID(b []byte) (OID, error) {
	if len(b) != 4 {
		return 0, fmt.Errorf("catalog: an OID of %d bytes", len(b))
	}
	return OID(binary.BigEndian.Uint32(b)), nil
}
