package engineerr

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"vecgres/sql/pgerr"
	"vecgres/vecengine"
)

func TestMap(t *testing.T) {
	for _, c := range []struct {
		err  error
		code string
	}{
		{fmt.Errorf("commit: %w", vecengine.ErrSerialization), "40001"},
		{vecengine.ErrDeadlock, "40P01"},
		{vecengine.ErrLockNotAvailable, "55P03"},
		{vecengine.ErrFull, "53100"},
		{vecengine.ErrStopped, "58030"},
		{vecengine.ErrMemory, "53200"},
		{&vecengine.CorruptError{File: "x", Offset: 3}, "XX001"},
		{&vecengine.DimError{Want: 3, Got: 2}, "22000"},
		{&vecengine.DuplicateKeyError{}, "23505"},
		{context.Canceled, "57014"},
		{errors.New("something else"), "XX000"},
		{pgerr.Unimplemented("x"), "0A000"},
	} {
		if code := pgerr.Code(Map(c.err)); code != c.code {
			t.Errorf("%v: %s, want %s", c.err, code, c.code)
		}
	}
	if Map(nil) != nil {
		t.Error("nil became an error")
	}
	if m := pgerr.From(Map(&vecengine.DimError{Want: 3, Got: 2})).Message; m != "expected 3 dimensions, not 2" {
		t.Error(m)
	}
}
