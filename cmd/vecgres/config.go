package main

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// serveCmd is every setting of the server: each flag is a key of vecgres.toml too, with "_" or "-" between its words
// (docs/configuration.md lists them).
type serveCmd struct {
	Listen         string        `help:"Loopback address to listen on; port 0 is any free one." default:"127.0.0.1:5432"`
	Data           string        `help:"Data directory; made when it is not there." default:"./data" type:"path"`
	Config         string        `help:"Settings file (TOML). Flags win over it." placeholder:"FILE" type:"path"`
	Memory         byteSize      `help:"Memory of the whole server beside mapped files, such as 4GB; 0 is half of the machine's." default:"0"`
	LogLevel       string        `help:"Least severe level logged: debug, info, warn or error." enum:"debug,info,warn,error" default:"info"`
	LogFormat      string        `help:"Log lines on standard error as text or json." enum:"text,json" default:"text"`
	MaxConnections int           `help:"Most sessions at a time." default:"1000"`
	MaxMessage     byteSize      `help:"Longest message from a client." default:"256MB"`
	DrainTimeout   time.Duration `help:"How long running statements may finish after SIGTERM; then they are cancelled." default:"10s"`
	Pprof          string        `help:"Loopback address that serves the running program's profiles; none unless given." placeholder:"HOST:PORT"`
}

// The bounds of settings.
const (
	memoryLeast     = 64 << 20
	messageLeast    = 16 << 10
	messageMost     = 1 << 30
	connectionsMost = 1_000_000
)

// Validate refuses values that no server could work with.
func (c *serveCmd) Validate() error {
	switch {
	case c.Memory != 0 && c.Memory < memoryLeast:
		return fmt.Errorf("--memory: %s is too little; give 64MB or more, or 0 for half of the machine's", c.Memory)
	case c.MaxMessage < messageLeast || c.MaxMessage > messageMost:
		return fmt.Errorf("--max-message: %s is not between 16kB and 1GB", c.MaxMessage)
	case c.MaxConnections < 1 || c.MaxConnections > connectionsMost:
		return fmt.Errorf("--max-connections: %d is not between 1 and %d", c.MaxConnections, connectionsMost)
	case c.DrainTimeout < 0:
		return fmt.Errorf("--drain-timeout: %s is negative", c.DrainTimeout)
	case c.Data == "":
		return errors.New("--data: the name of the data directory is empty")
	}
	if err := loopbackOnly("listen", c.Listen); err != nil {
		return err
	}
	if c.Pprof != "" {
		return loopbackOnly("pprof", c.Pprof)
	}
	return nil
}

// loopbackOnly refuses addresses that others could reach: nobody proves who he is yet.
func loopbackOnly(flag, address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("--%s: %q is not host:port, such as 127.0.0.1:5432", flag, address)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n > math.MaxUint16 {
		return fmt.Errorf("--%s: %q has no port between 0 and 65535", flag, address)
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("--%s: %s can be reached from other machines, and there are no passwords yet; use 127.0.0.1, [::1] or localhost", flag, address)
}

func (c *serveCmd) logger() *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // one of the enum
	o := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, o))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, o))
}

// byteSize is a number of bytes, written with B, kB, MB, GB or TB (powers of 1024, as Postgres has them).
type byteSize int64

var sizeUnits = map[string]float64{"": 1, "b": 1, "kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30, "tb": 1 << 40}

// UnmarshalText reads a size.
func (b *byteSize) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	cut := strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	unit := ""
	if cut >= 0 {
		s, unit = s[:cut], strings.ToLower(strings.TrimSpace(s[cut:]))
	}
	v, err := strconv.ParseFloat(s, 64)
	factor, ok := sizeUnits[unit]
	if err != nil || !ok || v*factor >= math.MaxInt64 {
		return fmt.Errorf("%q is not a size such as 512MB or 4GB", string(text))
	}
	*b = byteSize(v * factor)
	return nil
}

// String writes the size with the largest unit that divides it.
func (b byteSize) String() string {
	for _, u := range []struct {
		name   string
		factor byteSize
	}{{"TB", 1 << 40}, {"GB", 1 << 30}, {"MB", 1 << 20}, {"kB", 1 << 10}} {
		if b != 0 && b%u.factor == 0 {
			return strconv.FormatInt(int64(b/u.factor), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(b), 10) + "B"
}
