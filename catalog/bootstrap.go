package catalog

import (
	"context"
	"fmt"
)

// Bootstrap gives a new data directory its database postgres and its superuser postgres; an old one it leaves alone.
func (c *Catalog) Bootstrap(ctx context.Context) error {
	err := c.store.Autonomous(ctx, func(tx Tx) error {
		s := c.Snapshot(tx, nil)
		role, err := s.RoleByOID(BootstrapRoleOID)
		if err != nil || role != nil {
			return err
		}
		role = &Role{OID: BootstrapRoleOID, Name: "postgres", Superuser: true, Inherit: true, CreateRole: true, CreateDB: true,
			Login: true, Replication: true, BypassRLS: true, ConnectionLimit: -1}
		if err := s.PutRole(role); err != nil {
			return err
		}
		return s.CreateDatabase(&Database{Name: "postgres", Owner: BootstrapRoleOID, AllowConnections: true, ConnectionLimit: -1,
			Comment: "default administrative connection database"})
	})
	if err != nil {
		return fmt.Errorf("first set-up of the catalog: %w", err)
	}
	return nil
}
