package funcs

import "vecgres/sql/types"

const categoryString byte = 'S'

type typeFact struct {
	oid       types.OID
	name      string
	category  byte
	preferred bool
	elem      types.OID
	array     types.OID
}

var typeFacts = []typeFact{
	{16, "boolean", 'B', true, 0, 1000},
	{17, "bytea", 'U', false, 0, 1001},
	{18, "\"char\"", 'Z', false, 0, 1002},
	{19, "name", 'S', false, 0, 1003},
	{20, "bigint", 'N', false, 0, 1016},
	{21, "smallint", 'N', false, 0, 1005},
	{22, "int2vector", 'A', false, 21, 1006},
	{23, "integer", 'N', false, 0, 1007},
	{24, "regproc", 'N', false, 0, 1008},
	{25, "text", 'S', true, 0, 1009},
	{26, "oid", 'N', true, 0, 1028},
	{27, "tid", 'U', false, 0, 1010},
	{28, "xid", 'U', false, 0, 1011},
	{29, "cid", 'U', false, 0, 1012},
	{30, "oidvector", 'A', false, 26, 1013},
	{114, "json", 'U', false, 0, 199},
	{142, "xml", 'U', false, 0, 143},
	{194, "pg_node_tree", 'Z', false, 0, 0},
	{650, "cidr", 'I', false, 0, 651},
	{700, "real", 'N', false, 0, 1021},
	{701, "double precision", 'N', true, 0, 1022},
	{705, "unknown", 'X', false, 0, 0},
	{790, "money", 'N', false, 0, 791},
	{829, "macaddr", 'U', false, 0, 1040},
	{869, "inet", 'I', true, 0, 1041},
	{1033, "aclitem", 'U', false, 0, 1034},
	{1042, "character", 'S', false, 0, 1014},
	{1043, "character varying", 'S', false, 0, 1015},
	{1082, "date", 'D', false, 0, 1182},
	{1083, "time without time zone", 'D', false, 0, 1183},
	{1114, "timestamp without time zone", 'D', false, 0, 1115},
	{1184, "timestamp with time zone", 'D', true, 0, 1185},
	{1186, "interval", 'T', true, 0, 1187},
	{1266, "time with time zone", 'D', false, 0, 1270},
	{1560, "bit", 'V', false, 0, 1561},
	{1562, "bit varying", 'V', true, 0, 1563},
	{1700, "numeric", 'N', false, 0, 1231},
	{2202, "regprocedure", 'N', false, 0, 2207},
	{2203, "regoper", 'N', false, 0, 2208},
	{2205, "regclass", 'N', false, 0, 2210},
	{2206, "regtype", 'N', false, 0, 2211},
	{2249, "record", 'P', false, 0, 2287},
	{2275, "cstring", 'P', false, 0, 1263},
	{2276, "\"any\"", 'P', false, 0, 0},
	{2277, "anyarray", 'P', false, 0, 0},
	{2278, "void", 'P', false, 0, 0},
	{2283, "anyelement", 'P', false, 0, 0},
	{2776, "anynonarray", 'P', false, 0, 0},
	{2950, "uuid", 'U', false, 0, 2951},
	{3220, "pg_lsn", 'U', false, 0, 3221},
	{3802, "jsonb", 'U', false, 0, 3807},
	{4072, "jsonpath", 'U', false, 0, 4073},
	{4089, "regnamespace", 'N', false, 0, 4090},
	{4096, "regrole", 'N', false, 0, 4097},
	{5069, "xid8", 'U', false, 0, 271},
	{5077, "anycompatible", 'P', false, 0, 0},
	{5078, "anycompatiblearray", 'P', false, 0, 0},
	{5079, "anycompatiblenonarray", 'P', false, 0, 0},
	{16001, "vector", 'U', false, 0, 16002},
	{16003, "halfvec", 'U', false, 0, 16004},
	{16005, "sparsevec", 'U', false, 0, 16006},
}

var implicitCasts = map[types.OID][]types.OID{
	18:    {25},
	19:    {25},
	20:    {24, 26, 700, 701, 1700, 2202, 2203, 2205, 2206, 4089, 4096},
	21:    {20, 23, 24, 26, 700, 701, 1700, 2202, 2203, 2205, 2206, 4089, 4096},
	23:    {20, 24, 26, 700, 701, 1700, 2202, 2203, 2205, 2206, 4089, 4096},
	24:    {26, 2202},
	25:    {19, 1042, 1043, 2205},
	26:    {24, 2202, 2203, 2205, 2206, 4089, 4096},
	194:   {25},
	650:   {869},
	700:   {701},
	1042:  {19, 25, 1043},
	1043:  {19, 25, 1042, 2205},
	1082:  {1114, 1184},
	1083:  {1186, 1266},
	1114:  {1184},
	1560:  {1562},
	1562:  {1560},
	1700:  {700, 701},
	2202:  {24, 26},
	2203:  {26},
	2205:  {26},
	2206:  {26},
	4089:  {26},
	4096:  {26},
	16001: {1021},
}

var factByOID = func() map[types.OID]typeFact {
	m := map[types.OID]typeFact{}
	for _, f := range typeFacts {
		m[f.oid] = f
		if f.array != 0 {
			m[f.array] = typeFact{oid: f.array, name: f.name + "[]", category: 'A', elem: f.oid}
		}
	}
	return m
}()

func category(t types.OID) byte { return factByOID[t].category }

func isPreferred(t types.OID) bool { return factByOID[t].preferred }

// elementOf is an array type's element type, 0 for other types.
func elementOf(t types.OID) types.OID { return factByOID[t].elem }

// arrayOf is the type of arrays of t, 0 when there is none.
func arrayOf(t types.OID) types.OID { return factByOID[t].array }

func typeName(t types.OID) string { return factByOID[t].name }

// implicitCast tells whether from casts to to where no cast is written.
func implicitCast(from, to types.OID) bool {
	if from == to {
		return true
	}
	for _, t := range implicitCasts[from] {
		if t == to {
			return true
		}
	}
	if e := elementOf(to); e != 0 && elementOf(from) != 0 && to != types.Int2VectorOID && to != types.OidVectorOID {
		return implicitCast(elementOf(from), e)
	}
	return false
}
