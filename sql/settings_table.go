package sql

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/sql/pgerr"
)

// ServerVersion is what clients are told; features are Postgres 16's.
const (
	ServerVersion    = "16.4 (vecgres)"
	serverVersionNum = "160004"
)

// cleanASCII shows what is not printable ASCII in hexadecimal, as Postgres 16 does with names that go to logs.
func cleanASCII(v string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(v); i++ {
		if c := v[i]; c < ' ' || c > '~' {
			fmt.Fprintf(&b, "\\x%02x", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String(), nil
}

func checkEncoding(v string) (string, error) {
	switch strings.ToUpper(strings.NewReplacer("-", "", "_", "", "'", "").Replace(v)) {
	case "UTF8", "UNICODE", "SQLASCII":
		return "UTF8", nil
	}
	if !knownEncodings[strings.ToUpper(strings.NewReplacer("-", "", "_", "").Replace(v))] {
		return "", pgerr.New(pgerrcode.InvalidParameterValue, "invalid value for parameter \"client_encoding\": %q", v)
	}
	return "", pgerr.Unimplemented("conversion between " + v + " and UTF8")
}

// knownEncodings are Postgres' others, without the punctuation of their names.
var knownEncodings = map[string]bool{"LATIN1": true, "LATIN2": true, "LATIN3": true, "LATIN4": true, "LATIN5": true, "LATIN6": true, "LATIN7": true,
	"LATIN8": true, "LATIN9": true, "LATIN10": true, "ISO88591": true, "ISO885915": true, "WIN1250": true, "WIN1251": true, "WIN1252": true, "WIN1253": true,
	"WIN1254": true, "WIN1255": true, "WIN1256": true, "WIN1257": true, "WIN1258": true, "WIN866": true, "WIN874": true, "KOI8R": true, "KOI8U": true,
	"EUCJP": true, "EUCCN": true, "EUCKR": true, "EUCTW": true, "SJIS": true, "BIG5": true, "GBK": true, "GB18030": true, "JOHAB": true, "UHC": true, "MULEINTERNAL": true}

// checkDateStyle merges what is given into "format, order".
func checkDateStyle(v string) (string, error) {
	format, order := "ISO", "MDY"
	for _, word := range strings.FieldsFunc(strings.ToUpper(v), func(r rune) bool { return r == ',' || r == ' ' }) {
		switch word {
		case "ISO", "SQL":
			format = word
		case "POSTGRES":
			format = "Postgres"
		case "GERMAN":
			format, order = "German", "DMY"
		case "MDY", "US", "NONEURO", "NONEUROPEAN":
			order = "MDY"
		case "DMY", "EURO", "EUROPEAN":
			order = "DMY"
		case "YMD":
			order = "YMD"
		case "DEFAULT":
		default:
			return "", pgerr.New(pgerrcode.InvalidParameterValue, "invalid value for parameter \"DateStyle\": %q", v)
		}
	}
	return format + ", " + order, nil
}

// checkSearchPath checks each schema's path by the rules that all paths obey.
func checkSearchPath(v string) (string, error) {
	for _, name := range splitNames(v) {
		if _, err := catalog.SplitPath(name); err != nil && name != "" && name != "$user" {
			return "", err
		}
	}
	return v, nil
}

// splitNames divides a comma-separated list of identifiers: unquoted ones fold to lower case.
func splitNames(v string) []string {
	var out []string
	var b strings.Builder
	quoted, wasQuoted := false, false
	flush := func() {
		name := b.String()
		if !wasQuoted {
			name = strings.ToLower(strings.TrimSpace(name))
		}
		if name != "" || wasQuoted {
			out = append(out, name)
		}
		b.Reset()
		wasQuoted = false
	}
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case c == '"' && quoted && i+1 < len(v) && v[i+1] == '"':
			b.WriteByte('"')
			i++
		case c == '"':
			quoted = !quoted
			if quoted {
				b.Reset()
			}
			wasQuoted = true
		case c == ',' && !quoted:
			flush()
		case (c == ' ' || c == '\t' || c == '\n') && !quoted && wasQuoted:
		default:
			b.WriteByte(c)
		}
	}
	flush()
	return out
}

func enumOf(values ...string) []string { return values }

var settingTable = makeSettingTable()

func makeSettingTable() map[string]*setting {
	table := map[string]*setting{}
	add := func(list ...setting) {
		for _, d := range list {
			table[strings.ToLower(d.name)] = &d
		}
	}
	addClientSettings(add)
	addPlannerSettings(add)
	addServerSettings(add)
	return table
}

func addClientSettings(add func(...setting)) {
	levels := enumOf("debug5", "debug4", "debug3", "debug2", "debug1", "debug", "log", "notice", "warning", "error")
	isolation := enumOf("serializable", "repeatable read", "read committed", "read uncommitted")
	add(
		setting{name: "application_name", kind: stringSetting, report: true, check: cleanASCII, about: "Sets the application name to be reported in statistics and logs."},
		setting{name: "client_encoding", kind: stringSetting, boot: "UTF8", report: true, check: checkEncoding, about: "Sets the client's character set encoding."},
		setting{name: "DateStyle", kind: stringSetting, boot: "ISO, MDY", report: true, check: checkDateStyle, about: "Sets the display format for date and time values."},
		setting{name: "IntervalStyle", kind: enumSetting, boot: "postgres", enum: enumOf("postgres", "postgres_verbose", "sql_standard", "iso_8601"), report: true, about: "Sets the display format for interval values."},
		setting{name: "TimeZone", kind: stringSetting, boot: "UTC", report: true, check: checkTimeZone, about: "Sets the time zone for displaying and interpreting time stamps."},
		setting{name: "search_path", kind: stringSetting, boot: `"$user", public`, check: checkSearchPath, about: "Sets the schema search order for names that are not schema-qualified."},
		setting{name: "standard_conforming_strings", kind: boolSetting, boot: "on", report: true, check: onlyOn("standard_conforming_strings"), about: "Causes '...' strings to treat backslashes literally."},
		setting{name: "client_min_messages", kind: enumSetting, boot: "notice", enum: levels, about: "Sets the message levels that are sent to the client."},
		setting{name: "extra_float_digits", kind: intSetting, boot: "1", min: -15, max: 3, about: "Sets the number of digits displayed for floating-point values."},
		setting{name: "bytea_output", kind: enumSetting, boot: "hex", enum: enumOf("escape", "hex"), about: "Sets the output format for bytea."},
		setting{name: "statement_timeout", kind: intSetting, boot: "0", unit: "ms", max: math.MaxInt32, about: "Sets the maximum allowed duration of any statement."},
		setting{name: "deadlock_timeout", kind: intSetting, boot: "1s", unit: "ms", min: 1, max: math.MaxInt32, about: "Accepted for compatibility: deadlocks are found when the wait begins."},
		setting{name: "lock_timeout", kind: intSetting, boot: "0", unit: "ms", max: math.MaxInt32, about: "Sets the maximum allowed duration of any wait for a lock."},
		setting{name: "idle_in_transaction_session_timeout", kind: intSetting, boot: "0", unit: "ms", max: math.MaxInt32, about: "Sets the maximum allowed idle time between queries, when in a transaction."},
		setting{name: "idle_session_timeout", kind: intSetting, boot: "0", unit: "ms", max: math.MaxInt32, about: "Sets the maximum allowed idle time between queries, when not in a transaction."},
		setting{name: "default_transaction_isolation", kind: enumSetting, boot: "read committed", enum: isolation, about: "Sets the transaction isolation level of each new transaction."},
		setting{name: "default_transaction_read_only", kind: boolSetting, boot: "off", report: true, about: "Sets the default read-only status of new transactions."},
		setting{name: "default_transaction_deferrable", kind: boolSetting, boot: "off", about: "Sets the default deferrable status of new transactions."},
		setting{name: "transaction_isolation", kind: enumSetting, boot: "read committed", enum: isolation, about: "Sets the current transaction's isolation level."},
		setting{name: "transaction_read_only", kind: boolSetting, boot: "off", about: "Sets the current transaction's read-only status."},
		setting{name: "transaction_deferrable", kind: boolSetting, boot: "off", about: "Whether to defer a read-only serializable transaction."},
		setting{name: "role", kind: stringSetting, boot: "none", about: "Sets the current role."},
		setting{name: "session_authorization", kind: stringSetting, boot: "postgres", report: true, about: "Sets the session user name."},
		setting{name: "is_superuser", kind: boolSetting, boot: "on", report: true, internal: true, about: "Shows whether the current user is a superuser."},
		setting{name: "row_security", kind: boolSetting, boot: "on", about: "Enables row security."},
		setting{name: "check_function_bodies", kind: boolSetting, boot: "on", about: "Checks routine bodies during CREATE FUNCTION and CREATE PROCEDURE."},
		setting{name: "default_table_access_method", kind: stringSetting, boot: "heap", about: "Sets the default table access method for new tables."},
		setting{name: "default_tablespace", kind: stringSetting, about: "Sets the default tablespace to create tables and indexes in."},
		setting{name: "default_with_oids", kind: boolSetting, boot: "off", check: onlyOff("default_with_oids"), about: "Create new tables with OIDs by default."},
		setting{name: "xmloption", kind: enumSetting, boot: "content", enum: enumOf("content", "document"), about: "Sets whether XML data in implicit parsing is a document or a content fragment."},
		setting{name: "backslash_quote", kind: enumSetting, boot: "safe_encoding", enum: enumOf("safe_encoding", "on", "off"), about: "Sets whether \"\\'\" is allowed in string literals."},
		setting{name: "escape_string_warning", kind: boolSetting, boot: "on", about: "Warn about backslash escapes in ordinary string literals."},
		setting{name: "quote_all_identifiers", kind: boolSetting, boot: "off", about: "When generating SQL fragments, quote all identifiers."},
		setting{name: "synchronize_seqscans", kind: boolSetting, boot: "on", about: "Enables synchronized sequential scans."},
		setting{name: "synchronous_commit", kind: enumSetting, boot: "on", enum: enumOf("local", "remote_write", "remote_apply", "on", "off"), about: "Commits are durable before they are acknowledged, whatever is set."},
		setting{name: "lc_messages", kind: stringSetting, boot: "C", about: "Sets the language in which messages are displayed."},
		setting{name: "lc_monetary", kind: stringSetting, boot: "C", about: "Sets the locale for formatting monetary amounts."},
		setting{name: "lc_numeric", kind: stringSetting, boot: "C", about: "Sets the locale for formatting numbers."},
		setting{name: "lc_time", kind: stringSetting, boot: "C", about: "Sets the locale for formatting date and time values."},
	)
}

func onlyOn(name string) func(string) (string, error)  { return only(name, "on") }
func onlyOff(name string) func(string) (string, error) { return only(name, "off") }

func only(name, value string) func(string) (string, error) {
	return func(v string) (string, error) {
		if v != value {
			return "", pgerr.Unimplemented("setting " + name + " to " + v)
		}
		return v, nil
	}
}

func addPlannerSettings(add func(...setting)) {
	for _, name := range []string{"enable_indexonlyscan", "enable_bitmapscan", "enable_mergejoin",
		"enable_sort", "enable_hashagg", "enable_material", "enable_memoize", "enable_tidscan", "enable_incremental_sort",
		"enable_gathermerge", "enable_parallel_hash", "enable_parallel_append", "enable_partition_pruning", "enable_partitionwise_join",
		"enable_partitionwise_aggregate", "enable_presorted_aggregate", "enable_async_append", "geqo", "jit"} {
		add(setting{name: name, kind: boolSetting, boot: "on", about: "Accepted for compatibility."})
	}
	for name, what := range map[string]string{"enable_seqscan": "sequential-scan plans", "enable_indexscan": "index-scan plans", "enable_hashjoin": "hash join plans",
		"enable_nestloop": "nested-loop join plans"} {
		add(setting{name: name, kind: boolSetting, boot: "on", about: "Enables the planner's use of " + what + "."})
	}
	for name, boot := range map[string]string{"seq_page_cost": "1", "random_page_cost": "4", "cpu_tuple_cost": "0.01", "cpu_index_tuple_cost": "0.005",
		"cpu_operator_cost": "0.0025", "parallel_tuple_cost": "0.1", "parallel_setup_cost": "1000", "cursor_tuple_fraction": "0.1", "hash_mem_multiplier": "2"} {
		add(setting{name: name, kind: realSetting, boot: boot, max: math.MaxFloat64, about: "Accepted for compatibility."})
	}
	add(
		setting{name: "plan_cache_mode", kind: enumSetting, boot: "auto", enum: enumOf("auto", "force_generic_plan", "force_custom_plan"), about: "Plans are generic, whatever is set."},
		setting{name: "work_mem", kind: intSetting, boot: "64MB", unit: "kB", min: 64, max: math.MaxInt32, about: "Sets the maximum memory to be used for query workspaces."},
		setting{name: "maintenance_work_mem", kind: intSetting, boot: "2GB", unit: "kB", min: 1024, max: math.MaxInt32, about: "Sets the maximum memory to be used for maintenance operations."},
		setting{name: "effective_cache_size", kind: intSetting, boot: "4GB", unit: "8kB", min: 1, max: math.MaxInt32, about: "Accepted for compatibility."},
		setting{name: "max_parallel_workers_per_gather", kind: intSetting, boot: "0", max: 1024, about: "Accepted for compatibility."},
		setting{name: "max_parallel_maintenance_workers", kind: intSetting, boot: "2", max: 1024, about: "Accepted for compatibility."},
		setting{name: "constraint_exclusion", kind: enumSetting, boot: "partition", enum: enumOf("partition", "on", "off"), about: "Accepted for compatibility."},
		setting{name: "from_collapse_limit", kind: intSetting, boot: "8", min: 1, max: math.MaxInt32, about: "Accepted for compatibility."},
		setting{name: "join_collapse_limit", kind: intSetting, boot: "8", min: 1, max: math.MaxInt32, about: "Accepted for compatibility."},
		setting{name: "hnsw.ef_search", kind: intSetting, boot: "40", min: 1, max: 10000, about: "Sets the size of the dynamic candidate list for search; unless it is set, effort follows hnsw.target_recall."},
		setting{name: "vecgres.recall_check_rate", kind: realSetting, boot: "0.001", max: 1, about: "Sets the share of vector searches that are compared with the exact answer in the background; 0 is none."},
		setting{name: "hnsw.target_recall", kind: realSetting, boot: "0.98", min: 0.5, max: 1, about: "Sets the recall that searches aim at when hnsw.ef_search is not set."},
		setting{name: "hnsw.iterative_scan", kind: enumSetting, boot: "strict_order", enum: enumOf("off", "relaxed_order", "strict_order"), about: "Searches go on until enough rows pass, in strict order, whatever is set."},
		setting{name: "hnsw.max_scan_tuples", kind: intSetting, boot: "20000", min: 1, max: math.MaxInt32, about: "Accepted for compatibility: searches end when enough rows were found."},
		setting{name: "hnsw.scan_mem_multiplier", kind: realSetting, boot: "1", min: 1, max: 1000, about: "Accepted for compatibility."},
		setting{name: "ivfflat.probes", kind: intSetting, boot: "1", min: 1, max: 32768, about: "Sets the number of probes: the effort of searches through ivfflat indexes, all of an index's lists meaning an exact search; unless it is set, effort follows hnsw.target_recall."},
		setting{name: "ivfflat.iterative_scan", kind: enumSetting, boot: "off", enum: enumOf("off", "relaxed_order"), about: "Accepted for compatibility."},
		setting{name: "ivfflat.max_probes", kind: intSetting, boot: "32768", min: 1, max: 32768, about: "Accepted for compatibility."},
	)
}

func addServerSettings(add func(...setting)) {
	fixed := func(name, value string, kind settingKind, report bool, about string) setting {
		context := "internal"
		switch name {
		case "max_connections", "max_prepared_transactions", "superuser_reserved_connections", "wal_level", "shared_preload_libraries":
			context = "postmaster"
		case "fsync", "full_page_writes", "autovacuum", "ssl":
			context = "sighup"
		}
		return setting{name: name, kind: kind, boot: value, internal: true, context: context, report: report, max: math.MaxFloat64, min: -math.MaxFloat64, about: about}
	}
	add(
		fixed("server_version", ServerVersion, stringSetting, true, "Shows the server version."),
		fixed("server_version_num", serverVersionNum, intSetting, false, "Shows the server version as an integer."),
		fixed("server_encoding", "UTF8", stringSetting, true, "Shows the server (database) character set encoding."),
		fixed("integer_datetimes", "on", boolSetting, true, "Shows whether datetimes are integer based."),
		fixed("in_hot_standby", "off", boolSetting, true, "Shows whether hot standby is currently active."),
		fixed("max_identifier_length", strconv.Itoa(63), intSetting, false, "Shows the maximum identifier length."),
		fixed("max_index_keys", "32", intSetting, false, "Shows the maximum number of index keys."),
		fixed("block_size", "8192", intSetting, false, "Shows the size of a disk block."),
		fixed("lc_collate", "C", stringSetting, false, "Shows the collation order locale."),
		fixed("lc_ctype", "C", stringSetting, false, "Shows the character classification and case conversion locale."),
		fixed("max_connections", "1000", intSetting, false, "Sets the maximum number of concurrent connections."),
		fixed("max_prepared_transactions", "0", intSetting, false, "Sets the maximum number of simultaneously prepared transactions."),
		fixed("superuser_reserved_connections", "3", intSetting, false, "Sets the number of connection slots reserved for superusers."),
		fixed("wal_level", "replica", enumSetting, false, "Sets the level of information written to the WAL."),
		fixed("fsync", "on", boolSetting, false, "Forces synchronization of updates to disk."),
		fixed("full_page_writes", "on", boolSetting, false, "Accepted for compatibility."),
		fixed("autovacuum", "on", boolSetting, false, "Sealing and merging run by themselves."),
		fixed("ssl", "off", boolSetting, false, "Enables SSL connections."),
		fixed("data_checksums", "on", boolSetting, false, "Shows whether data checksums are turned on."),
		fixed("shared_preload_libraries", "", stringSetting, false, "Lists shared libraries to preload into server."),
		fixed("default_toast_compression", "pglz", stringSetting, false, "Accepted for compatibility."),
		fixed("debug_assertions", "off", boolSetting, false, "Shows whether the running server has assertion checks enabled."),
		fixed("password_encryption", "scram-sha-256", stringSetting, false, "Chooses the algorithm for encrypting passwords."),
		setting{name: "log_statement", kind: enumSetting, boot: "none", enum: enumOf("none", "ddl", "mod", "all"), about: "Sets the type of statements logged."},
		setting{name: "log_min_duration_statement", kind: intSetting, boot: "-1", unit: "ms", min: -1, max: math.MaxInt32, about: "Sets the minimum execution time above which statements are logged."},
		setting{name: "track_activities", kind: boolSetting, boot: "on", about: "Collects information about executing commands."},
		setting{name: "log_duration", kind: boolSetting, boot: "off", about: "Logs the duration of each completed SQL statement."},
		setting{name: "session_replication_role", kind: enumSetting, boot: "origin", enum: enumOf("origin", "replica", "local"), about: "Accepted for compatibility."},
	)
}
