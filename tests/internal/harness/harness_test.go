package harness

import (
	"context"
	"testing"
)

func TestPostgresStartsAndStops(t *testing.T) {
	s := StartPostgres(t)
	var version, encoding string
	row := s.Conn().QueryRow(context.Background(), "SELECT current_setting('server_version_num'), current_setting('server_encoding')")
	if err := row.Scan(&version, &encoding); err != nil {
		t.Fatal(err)
	}
	if version[:2] != "15" || encoding != "UTF8" {
		t.Errorf("the oracle is version %s with encoding %s; the scripts were made for 15 and UTF8", version, encoding)
	}
	s.Stop()
	if s.Running() {
		t.Error("still running after Stop")
	}
	s.Restart()
	if err := s.Conn().Ping(context.Background()); err != nil {
		t.Error(err)
	}
}
