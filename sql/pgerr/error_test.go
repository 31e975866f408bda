package pgerr

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/jackc/pgerrcode"
)

func TestWrapKeepsTheCode(t *testing.T) {
	inner := New(pgerrcode.UndefinedColumn, "column %q does not exist", "x").At(7).WithHint("look again")
	err := Wrap(fmt.Errorf("somewhere: %w", inner), "view %s", "v")
	if err.Code != pgerrcode.UndefinedColumn || err.Message != `view v: column "x" does not exist` || err.Position != 8 || err.Hint != "look again" {
		t.Errorf("got %+v", err)
	}
	if inner.Message != `column "x" does not exist` {
		t.Errorf("the wrapped error became %q", inner.Message)
	}
}

func TestFromHidesWhatHasNoCode(t *testing.T) {
	err := From(fmt.Errorf("reading a secret path: %w", io.ErrUnexpectedEOF))
	if err.Code != pgerrcode.InternalError || err.Message != "internal error" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %+v", err)
	}
	if Code(io.EOF) != pgerrcode.InternalError {
		t.Errorf("io.EOF is sent as %s", Code(io.EOF))
	}
}

func TestPositions(t *testing.T) {
	e := New(pgerrcode.SyntaxError, "x")
	if e.At(-1).Position != 0 || e.At(0).Position != 1 || e.At(5).Position != 1 {
		t.Errorf("position %d: the first known one must stay", e.Position)
	}
}

func TestUnimplemented(t *testing.T) {
	if e := Unimplemented("LISTEN"); e.Code != pgerrcode.FeatureNotSupported || e.Message != "LISTEN is not supported yet" {
		t.Errorf("got %v", e)
	}
}
