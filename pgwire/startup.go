package pgwire

import (
	"bytes"
	"context"
	"encoding/binary"
	"net"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgproto3/v2"

	"vecgres/sql/pgerr"
)

// The codes that stand where a protocol version would.
const (
	cancelCode = 80877102
	sslCode    = 80877103
	gssCode    = 80877104

	protocolMajor = 3
	// negotiateKind is the type of NegotiateProtocolVersion, which pgproto3 does not have.
	negotiateKind = 'v'
	// requestsMax is how many encryption requests a client may make before its startup packet: one for each kind.
	requestsMax = 2
)

// startup reads packets until the startup packet, and makes the session. It returns nil without an error when there is nothing to
// serve: a cancel request, or a client that left.
func (c *conn) startup(ctx context.Context) (Session, error) {
	params, unknown, minor, err := c.startupPacket()
	if err != nil || params == nil {
		return nil, err
	}
	if minor > 0 || len(unknown) > 0 {
		if err := c.negotiate(unknown); err != nil {
			return nil, err
		}
	}
	if !c.srv.admit(c) {
		return nil, &Fatal{Err: pgerr.New(pgerrcode.TooManyConnections, "sorry, too many clients already")}
	}
	c.describePeer(params)
	method, err := c.srv.cfg.Backend.Authenticate(ctx, params)
	if err != nil {
		return nil, &Fatal{Err: err}
	}
	if _, ok := method.(Trust); !ok {
		return nil, &Fatal{Err: pgerr.Unimplemented("this authentication method")}
	}
	if err := c.w.send(&pgproto3.AuthenticationOk{}); err != nil {
		return nil, err
	}
	session, err := c.srv.cfg.Backend.NewSession(ctx, params)
	if err != nil {
		return nil, &Fatal{Err: cause(ctx, err)}
	}
	return session, c.greet(session)
}

// startupPacket answers encryption requests with 'N' and carries out a cancel request.
func (c *conn) startupPacket() (params *StartupParams, unknown []string, minor int, err error) {
	for range requestsMax + 1 {
		packet, err := c.in.startup()
		if err != nil {
			return nil, nil, 0, err
		}
		switch code := binary.BigEndian.Uint32(packet); code {
		case sslCode, gssCode:
			c.w.buf = append(c.w.buf, 'N')
			if err := c.w.flush(); err != nil {
				return nil, nil, 0, err
			}
		case cancelCode:
			if len(packet) == 12 {
				c.srv.cancel(int32(binary.BigEndian.Uint32(packet[4:])), binary.BigEndian.Uint32(packet[8:]))
			}
			return nil, nil, 0, nil
		default:
			if major := code >> 16; major != protocolMajor {
				return nil, nil, 0, &Fatal{Err: pgerr.New(pgerrcode.FeatureNotSupported,
					"unsupported frontend protocol %d.%d: server supports 3.0 to 3.0", major, code&0xffff)}
			}
			params, unknown, err = parseStartup(packet[4:])
			return params, unknown, int(code & 0xffff), err
		}
	}
	return nil, nil, 0, protocolError("too many encryption requests")
}

// parseStartup reads the pairs of a startup packet. unknown are the protocol options, which begin with _pq_.
func parseStartup(body []byte) (params *StartupParams, unknown []string, err error) {
	params = &StartupParams{Options: map[string]string{}}
	var commandLine, replication string
	for {
		name, rest, ok := cutText(body)
		if !ok {
			return nil, nil, protocolError("invalid startup packet layout: expected terminator as last byte")
		}
		if name == "" {
			if len(rest) > 0 {
				return nil, nil, protocolError("invalid startup packet layout: expected terminator as last byte")
			}
			break
		}
		value, rest, ok := cutText(rest)
		if !ok {
			return nil, nil, protocolError("invalid startup packet layout: expected terminator as last byte")
		}
		body = rest
		if !utf8.ValidString(name) || !utf8.ValidString(value) {
			return nil, nil, &Fatal{Err: pgerr.New(pgerrcode.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\" in startup packet")}
		}
		switch {
		case name == "user":
			params.User = value
		case name == "database":
			params.Database = value
		case name == "options":
			commandLine = value
		case name == "replication":
			replication = value
		case strings.HasPrefix(name, "_pq_."):
			unknown = append(unknown, name)
		default:
			params.Options[name] = value
		}
	}
	return params, unknown, finishStartup(params, commandLine, replication)
}

// cutText cuts a string with its end off b.
func cutText(b []byte) (s string, rest []byte, ok bool) {
	i := bytes.IndexByte(b, 0)
	if i < 0 {
		return "", nil, false
	}
	return string(b[:i]), b[i+1:], true
}

func finishStartup(params *StartupParams, commandLine, replication string) error {
	if params.User == "" {
		return &Fatal{Err: pgerr.New(pgerrcode.InvalidAuthorizationSpecification, "no PostgreSQL user name specified in startup packet")}
	}
	if params.Database == "" {
		params.Database = params.User
	}
	switch strings.ToLower(replication) {
	case "", "false", "off", "no", "0":
	default:
		return &Fatal{Err: pgerr.Unimplemented("replication")}
	}
	return commandLineOptions(commandLine, params.Options)
}

// commandLineOptions reads "-c name=value" and "--name=value"; a backslash keeps the next character, as in -c x=a\ b. The packet's own
// pairs win.
func commandLineOptions(line string, into map[string]string) error {
	args := splitCommandLine(line)
	for i := 0; i < len(args); i++ {
		setting := ""
		switch arg := args[i]; {
		case strings.HasPrefix(arg, "--"):
			setting = arg[2:]
		case arg == "-c" && i+1 < len(args):
			i++
			setting = args[i]
		case strings.HasPrefix(arg, "-c") && len(arg) > 2:
			setting = arg[2:]
		}
		name, value, ok := strings.Cut(setting, "=")
		if !ok || name == "" {
			return &Fatal{Err: pgerr.New(pgerrcode.SyntaxError, "invalid command-line argument for server process: %s", args[i])}
		}
		name = strings.ReplaceAll(name, "-", "_")
		if _, given := into[name]; !given {
			into[name] = value
		}
	}
	return nil
}

func splitCommandLine(line string) []string {
	var args []string
	var arg []byte
	started := false
	for i := 0; i < len(line); i++ {
		switch ch := line[i]; {
		case ch == '\\' && i+1 < len(line):
			i++
			arg, started = append(arg, line[i]), true
		case ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r' || ch == '\v' || ch == '\f':
			if started {
				args, arg, started = append(args, string(arg)), arg[:0], false
			}
		default:
			arg, started = append(arg, ch), true
		}
	}
	if started {
		args = append(args, string(arg))
	}
	return args
}

// negotiate tells a client of a newer minor version, or with protocol options, what there is: 3.0, and none of the options.
func (c *conn) negotiate(unknown []string) error {
	mark := c.w.begin(negotiateKind)
	c.w.int32(protocolMajor << 16)
	c.w.int32(int32(len(unknown)))
	for _, option := range unknown {
		c.w.text(option)
	}
	return c.w.end(mark)
}

// describePeer tells the session who it talks to, and gives it its key and its ways to end itself.
func (c *conn) describePeer(params *StartupParams) {
	params.PID = c.pid
	params.Cancel = func() { c.interrupt(errCancelled) }
	params.Terminate = c.terminate
	switch addr := c.nc.RemoteAddr().(type) {
	case *net.TCPAddr:
		params.RemoteAddr, params.RemotePort, params.Loopback = addr.IP.String(), addr.Port, addr.IP.IsLoopback()
	case *net.UnixAddr:
		params.Loopback = true
	default: // a pipe within the process
		params.Loopback = true
	}
}

// greet sends what follows authentication.
func (c *conn) greet(session Session) error {
	for _, pair := range session.Settings() {
		c.parameterStatus(pair[0], pair[1])
	}
	if err := c.w.send(&pgproto3.BackendKeyData{ProcessID: uint32(c.pid), SecretKey: c.secret}); err != nil {
		return err
	}
	return c.readyForQuery(session)
}

func (c *conn) parameterStatus(name, value string) {
	mark := c.w.begin('S')
	c.w.text(name)
	c.w.text(value)
	_ = c.w.end(mark) // a writer's error stays in it
}

// readyForQuery ends a query cycle and sends all that was collected.
func (c *conn) readyForQuery(session Session) error {
	for _, pair := range c.changed {
		c.parameterStatus(pair[0], pair[1])
	}
	c.changed = c.changed[:0]
	mark := c.w.begin('Z')
	c.w.buf = append(c.w.buf, session.TxStatus())
	if err := c.w.end(mark); err != nil {
		return err
	}
	return c.w.flush()
}
