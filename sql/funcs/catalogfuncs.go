package funcs

import (
	"strings"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// CatalogSets is implemented by a System that can answer set-returning functions from the catalog or the session (pg_partition_tree,
// pg_show_all_settings, aclexplode …). Without it they are 0A000.
type CatalogSets interface {
	CatalogRows(name string, args []types.Datum, emit func(row []types.Datum) error) error
}

// askCatalog is a function that System.Catalog answers.
func askCatalog(name string) Func {
	return func(ctx *Context, a row) (types.Datum, error) {
		s, err := ctx.system(name)
		if err != nil {
			return types.Null, err
		}
		return s.Catalog(name, a)
	}
}

func askCatalogRows(name string) SetFunc {
	return func(ctx *Context, a row, emit func(row) error) error {
		s, ok := ctx.System.(CatalogSets)
		if !ok {
			return pgerr.Unimplemented("function " + name)
		}
		return s.CatalogRows(name, a, emit)
	}
}

func words(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// catalogFunctions are the names that System.Catalog answers, with all their overloads.
var catalogFunctions = words(`
	has_any_column_privilege has_column_privilege has_database_privilege has_foreign_data_wrapper_privilege has_function_privilege
	has_language_privilege has_parameter_privilege has_schema_privilege has_sequence_privilege has_server_privilege has_table_privilege
	has_tablespace_privilege has_type_privilege pg_has_role row_security_active
	pg_get_constraintdef pg_get_expr pg_get_function_arg_default pg_get_function_arguments pg_get_function_identity_arguments
	pg_get_function_result pg_get_function_sqlbody pg_get_functiondef pg_get_indexdef pg_get_partition_constraintdef pg_get_partkeydef
	pg_get_replica_identity_index pg_get_ruledef pg_get_serial_sequence pg_get_statisticsobjdef pg_get_statisticsobjdef_columns
	pg_get_statisticsobjdef_expressions pg_get_triggerdef pg_get_userbyid pg_get_viewdef pg_describe_object
	pg_collation_is_visible pg_conversion_is_visible pg_function_is_visible pg_opclass_is_visible pg_operator_is_visible pg_opfamily_is_visible
	pg_statistics_obj_is_visible pg_table_is_visible pg_ts_config_is_visible pg_ts_dict_is_visible pg_ts_parser_is_visible
	pg_ts_template_is_visible pg_type_is_visible
	obj_description col_description shobj_description
	pg_relation_size pg_total_relation_size pg_table_size pg_indexes_size pg_database_size pg_tablespace_size pg_tablespace_location
	pg_relation_filenode pg_relation_filepath pg_relation_is_publishable pg_relation_is_updatable pg_column_is_updatable
	pg_partition_root pg_sequence_last_value pg_index_column_has_property pg_index_has_property pg_indexam_has_property
	to_regclass to_regnamespace to_regoper to_regproc to_regprocedure to_regrole to_regtype
	txid_current txid_current_if_assigned pg_current_xact_id pg_current_xact_id_if_assigned pg_export_snapshot
	acldefault pg_current_wal_lsn pg_current_wal_insert_lsn pg_current_wal_flush_lsn
	pg_notify pg_blocking_pids pg_reload_conf pg_settings_get_flags current_query
	pg_stat_get_numscans pg_stat_get_tuples_returned pg_stat_get_tuples_fetched pg_stat_get_tuples_inserted pg_stat_get_tuples_updated
	pg_stat_get_tuples_deleted pg_stat_get_live_tuples pg_stat_get_dead_tuples pg_stat_get_last_analyze_time pg_stat_get_last_vacuum_time
	pg_stat_get_last_autoanalyze_time pg_stat_get_last_autovacuum_time pg_stat_get_backend_pid pg_stat_get_backend_userid`)

// catalogSets are the names that CatalogSets answers.
var catalogSets = words(`pg_sequence_parameters pg_partition_tree pg_partition_ancestors pg_show_all_settings pg_timezone_names pg_timezone_abbrevs pg_get_keywords
	pg_available_extensions pg_prepared_statement pg_cursor pg_lock_status pg_listening_channels aclexplode`)

// optionsToTable is pg_options_to_table(text[]): name=value pairs as rows.
func optionsToTable(_ *Context, a row, emit func(row) error) error {
	for _, o := range textsOf(a[0]) {
		if o.IsNull() {
			continue
		}
		name, value, ok := strings.Cut(o.Text(), "=")
		v := types.Null
		if ok {
			v = types.Text(value)
		}
		if err := emit(row{types.Text(name), v}); err != nil {
			return err
		}
	}
	return nil
}
