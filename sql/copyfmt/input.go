package copyfmt

import (
	"errors"
	"io"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// rowBytesMax is the longest line or field, as Postgres has it.
const rowBytesMax = 1<<30 - 1

// keepBytes is the room that is kept between rows.
const keepBytes = 1 << 20

// An input joins the pieces of data into one buffer, of which the current row is always whole.
type input struct {
	pull func() ([]byte, error)
	buf  []byte
	pos  int // the next byte to be read
	eof  bool
}

// more appends a piece; it is false at the end of the data. What lies before keep is forgotten, and keep's new place returned.
func (in *input) more(keep int) (newKeep int, ok bool, err error) {
	if in.eof {
		return keep, false, nil
	}
	if keep > 0 {
		n := copy(in.buf, in.buf[keep:])
		in.buf = in.buf[:n]
		in.pos -= keep
		if n == 0 && cap(in.buf) > keepBytes {
			in.buf = nil
		}
	}
	piece, err := in.pull()
	if errors.Is(err, io.EOF) {
		in.eof = true
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	if len(in.buf)+len(piece) > rowBytesMax {
		return 0, false, pgerr.New(pgerrcode.ProgramLimitExceeded, "out of memory").
			WithDetail("A row of COPY data has more than %d bytes.", rowBytesMax)
	}
	in.buf = append(in.buf, piece...)
	return 0, true, nil
}

// take gives the next n bytes, fewer only at the end of the data. They are valid until the next call of take or more.
func (in *input) take(n int) ([]byte, error) {
	for len(in.buf)-in.pos < n {
		_, ok, err := in.more(in.pos)
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
	}
	end := min(in.pos+n, len(in.buf))
	out := in.buf[in.pos:end]
	in.pos = end
	return out, nil
}

// drain reads what is left without looking at it.
func (in *input) drain() error {
	in.buf, in.pos = nil, 0
	for !in.eof {
		if _, err := in.pull(); errors.Is(err, io.EOF) {
			in.eof = true
		} else if err != nil {
			return err
		}
	}
	return nil
}
