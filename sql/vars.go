package sql

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/ast"
	"vecgres/sql/client"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// runSet is SET, RESET and SET TRANSACTION.
func (s *Session) runSet(ctx context.Context, st *ast.Set) (string, error) {
	if st.Multi != nil || st.Name == "TRANSACTION" || st.Name == "SESSION CHARACTERISTICS" {
		return "SET", s.setTransactionModes(st)
	}
	if st.All {
		if err := s.ensureTransaction(); err != nil {
			return "", err
		}
		s.set.resetAll()
		s.settingsChanged()
		return "RESET", nil
	}
	if st.Local && !s.inBlock() {
		s.notice(pgerr.NewNotice(pgerr.SeverityWarning, pgerrcode.NoActiveSQLTransaction, "SET LOCAL can only be used in transaction blocks"))
	}
	tag := "SET"
	if st.Reset {
		tag = "RESET"
	}
	if err := s.ensureTransaction(); err != nil { // a rollback takes the setting back
		return "", err
	}
	var err error
	switch name := strings.ToLower(st.Name); {
	case st.Default && name == "session_authorization":
		s.set.change("role", nil, st.Local)
	case st.Default:
		err = s.set.reset(name, st.Local)
	case len(st.Values) > 1 && !settingLists[name]:
		err = pgerr.New(pgerrcode.InvalidParameterValue, "SET %s takes only one argument", name)
	default:
		err = s.setValue(name, joinValues(name, st.Values), st.Local)
	}
	if err != nil {
		return "", err
	}
	s.settingsChanged()
	return tag, nil
}

// settingLists are the settings that take a list.
var settingLists = map[string]bool{"search_path": true, "datestyle": true, "temp_tablespaces": true, "session_preload_libraries": true,
	"local_preload_libraries": true}

// joinValues makes one text of SET's arguments: lists of names are quoted where they must be.
func joinValues(name string, values []string) string {
	if name != "search_path" {
		return strings.Join(values, ", ")
	}
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = quoteName(v)
	}
	return strings.Join(quoted, ", ")
}

// quoteName quotes an identifier that would not survive unquoted.
func quoteName(v string) string {
	plain := v != ""
	for i := 0; i < len(v); i++ {
		c := v[i]
		switch {
		case c >= 'a' && c <= 'z', c == '_', c >= 0x80:
		case i > 0 && (c >= '0' && c <= '9' || c == '$'):
		default:
			plain = false
		}
	}
	if plain {
		return v
	}
	return `"` + strings.ReplaceAll(v, `"`, `""`) + `"`
}

// setValue sets one setting; those of the transaction under way act on it.
func (s *Session) setValue(name, value string, local bool) error {
	switch name {
	case "role", "session_authorization":
		return s.setRole(value, local)
	case "transaction_isolation":
		if _, err := canonical(name, value); err != nil {
			return err
		}
		return s.transactionModes(value, nil)
	case "transaction_read_only":
		v, ok := parseBool(value)
		if !ok {
			return pgerr.New(pgerrcode.InvalidParameterValue, "parameter \"transaction_read_only\" requires a Boolean value")
		}
		return s.transactionModes("", &v)
	}
	return s.set.set(name, value, local)
}

func (s *Session) setRole(want string, local bool) error {
	if strings.EqualFold(want, "none") || strings.EqualFold(want, "default") {
		s.set.change("role", nil, local)
		return nil
	}
	role, err := s.txn.snapshot.RoleByName(want)
	if err != nil {
		return err
	}
	if role == nil {
		return pgerr.New(pgerrcode.InvalidParameterValue, "role %q does not exist", want)
	}
	if !s.user.Superuser && role.OID != s.user.OID && !slices.Contains(s.user.MemberOf, role.OID) {
		return pgerr.New(pgerrcode.InsufficientPrivilege, "permission denied to set role %q", want)
	}
	s.roles[want] = role
	s.set.change("role", &want, local)
	return nil
}

// setTransactionModes is SET TRANSACTION and SET SESSION CHARACTERISTICS.
func (s *Session) setTransactionModes(st *ast.Set) error {
	isolation, readOnly, err := transactionModesOf(st.Multi)
	if err != nil {
		return err
	}
	if st.Name == "SESSION CHARACTERISTICS" {
		if isolation != "" {
			if err := s.set.set("default_transaction_isolation", isolation, false); err != nil {
				return err
			}
		}
		if readOnly != nil {
			value := onOff(*readOnly)
			if err := s.set.set("default_transaction_read_only", value, false); err != nil {
				return err
			}
		}
		s.settingsChanged()
		return nil
	}
	if !s.inBlock() {
		s.notice(pgerr.NewNotice(pgerr.SeverityWarning, pgerrcode.NoActiveSQLTransaction, "SET TRANSACTION can only be used in transaction blocks"))
		return nil
	}
	if err := s.ensureTransaction(); err != nil {
		return err
	}
	return s.transactionModes(isolation, readOnly)
}

func transactionModesOf(modes []ast.Option) (isolation string, readOnly *bool, err error) {
	for _, m := range modes {
		switch m.Name {
		case "transaction_isolation":
			isolation = m.Value
		case "transaction_read_only":
			v, ok := parseBool(m.Value)
			if !ok {
				return "", nil, pgerr.New(pgerrcode.InvalidParameterValue, "parameter %q requires a Boolean value", m.Name)
			}
			readOnly = &v
		case "transaction_deferrable":
		default:
			return "", nil, pgerr.Unimplemented("transaction mode " + m.Name)
		}
	}
	return isolation, readOnly, nil
}

func textField(name string) client.Field {
	return client.Field{Name: name, Type: types.T(types.TextOID)}
}

func showFields(name string) []client.Field {
	if name == "all" {
		return []client.Field{textField("name"), textField("setting"), textField("description")}
	}
	if d, ok := settingTable[strings.ToLower(name)]; ok {
		name = d.name
	}
	return []client.Field{textField(name)}
}

func (s *Session) runShow(p *portal, st *ast.Show) error {
	list := &rowList{}
	if st.Name == "all" {
		for v := range s.set.all() {
			list.rows = append(list.rows, []types.Datum{types.Text(v.Name), types.Text(v.Value), types.Text(v.Description)})
		}
	} else {
		v, ok := s.showValue(st.Name)
		if !ok {
			return pgerr.New(pgerrcode.UndefinedObject, "unrecognized configuration parameter %q", st.Name)
		}
		list.rows = [][]types.Datum{{types.Text(v)}}
	}
	p.fields, p.rows, p.tag = p.formatted(showFields(st.Name)), list, "SHOW"
	return nil
}

// showValue is a setting as SHOW prints it; those of the transaction tell about the one under way, or the next.
func (s *Session) showValue(name string) (string, bool) {
	switch strings.ToLower(name) {
	case "transaction_isolation":
		if s.txn != nil && s.txn.repeatable {
			return "repeatable read", true
		} else if s.txn != nil {
			return "read committed", true
		}
		return s.set.get("default_transaction_isolation")
	case "transaction_read_only":
		if s.txn == nil {
			return s.set.get("default_transaction_read_only")
		}
		return onOff(s.txn.readOnly), true
	}
	return s.set.get(name)
}
