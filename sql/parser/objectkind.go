package parser

import (
	"strings"

	pgq "github.com/pganalyze/pg_query_go/v5"
)

// objectKinds are the kinds whose words are not those of the grammar's constant.
var objectKinds = map[pgq.ObjectType]string{
	pgq.ObjectType_OBJECT_MATVIEW:         "MATERIALIZED VIEW",
	pgq.ObjectType_OBJECT_TABCONSTRAINT:   "CONSTRAINT",
	pgq.ObjectType_OBJECT_DOMCONSTRAINT:   "DOMAIN CONSTRAINT",
	pgq.ObjectType_OBJECT_OPCLASS:         "OPERATOR CLASS",
	pgq.ObjectType_OBJECT_OPFAMILY:        "OPERATOR FAMILY",
	pgq.ObjectType_OBJECT_FDW:             "FOREIGN DATA WRAPPER",
	pgq.ObjectType_OBJECT_FOREIGN_SERVER:  "SERVER",
	pgq.ObjectType_OBJECT_STATISTIC_EXT:   "STATISTICS",
	pgq.ObjectType_OBJECT_LARGEOBJECT:     "LARGE OBJECT",
	pgq.ObjectType_OBJECT_TSCONFIGURATION: "TEXT SEARCH CONFIGURATION",
	pgq.ObjectType_OBJECT_TSDICTIONARY:    "TEXT SEARCH DICTIONARY",
	pgq.ObjectType_OBJECT_TSPARSER:        "TEXT SEARCH PARSER",
	pgq.ObjectType_OBJECT_TSTEMPLATE:      "TEXT SEARCH TEMPLATE",
	pgq.ObjectType_OBJECT_PARAMETER_ACL:   "PARAMETER",
}

// objectKind is the SQL words of a kind of object: "TABLE", "ACCESS METHOD".
func objectKind(t pgq.ObjectType) string {
	if kind, ok := objectKinds[t]; ok {
		return kind
	}
	return strings.ReplaceAll(strings.TrimPrefix(t.String(), "OBJECT_"), "_", " ")
}
