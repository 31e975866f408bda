package pgcatalog

// producers make the relations whose rows come from facts. A relation that is not here has its file's rows, or none.
var producers map[string]producer

func init() {
	producers = map[string]producer{
		"pg_namespace":                  live(namespaces),
		"pg_class":                      live(classes),
		"pg_attribute":                  live(attributes),
		"pg_attrdef":                    live(attrdefs),
		"pg_index":                      live(indexes),
		"pg_constraint":                 live(constraints),
		"pg_sequence":                   live(sequences),
		"pg_sequences":                  live(sequenceList),
		"pg_depend":                     live(depends),
		"pg_description":                live(descriptions),
		"pg_rewrite":                    live(rewrites),
		"pg_database":                   live(databases),
		"pg_shdescription":              live(sharedDescriptions),
		"pg_roles":                      live(roles),
		"pg_authid":                     live(authids),
		"pg_user":                       live(users),
		"pg_auth_members":               live(members),
		"pg_db_role_setting":            live(roleSettings),
		"pg_extension":                  live(extensionRows),
		"pg_available_extensions":       live(availableExtensions),
		"pg_type":                       live(typeRows),
		"pg_proc":                       live(procs),
		"pg_operator":                   live(operators),
		"pg_cast":                       live(casts),
		"pg_aggregate":                  live(aggregates),
		"pg_tables":                     live(tableList),
		"pg_views":                      live(viewList),
		"pg_indexes":                    live(indexList),
		"pg_settings":                   live(settingRows),
		"pg_stat_activity":              live(activityRows),
		"pg_locks":                      live(locks),
		"recall_stats":                  live(recallRows),
		"pg_prepared_statements":        live(preparedRows),
		"pg_stat_all_tables":            live(tableStats),
		"pg_stat_user_tables":           live(tableStats),
		"pg_stat_progress_create_index": live(buildProgress),
		"pg_timezone_names":             live(timezones),
	}
}
