package pgwire

import (
	"io"
	"log/slog"
	"time"
)

// Config is what a Server is made of. Zero values of the limits mean their defaults.
type Config struct {
	Backend Backend
	Logger  *slog.Logger // nil: nothing is logged
	// ConnectionsMax is how many sessions there may be; one more gets 53300. Default 100.
	ConnectionsMax int
	// MessageBytesMax caps a message after authentication. Default 256 MiB.
	MessageBytesMax int
	// AuthTimeout is how long a client may take from connecting to the end of authentication. Default one minute.
	AuthTimeout time.Duration
	// WriteTimeout is how long a client may take to read what was sent before its connection ends. Default five minutes.
	WriteTimeout time.Duration
	// ClientCheck is how often the clients of long statements are looked after. Default one second.
	ClientCheck time.Duration
}

const (
	// startupBytesMax caps a startup packet, and any message before authentication.
	startupBytesMax = 16 << 10
	// smallBytesMax caps the messages that carry a name at most.
	smallBytesMax = 10_000
)

func (c Config) withDefaults() Config {
	if c.Logger == nil {
		c.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	c.ConnectionsMax = orDefault(c.ConnectionsMax, 100)
	c.MessageBytesMax = orDefault(c.MessageBytesMax, 256<<20)
	c.AuthTimeout = orDefault(c.AuthTimeout, time.Minute)
	c.WriteTimeout = orDefault(c.WriteTimeout, 5*time.Minute)
	c.ClientCheck = orDefault(c.ClientCheck, time.Second)
	return c
}

func orDefault[T int | time.Duration](v, otherwise T) T {
	if v <= 0 {
		return otherwise
	}
	return v
}
