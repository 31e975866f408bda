package isolation

import (
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/jackc/pgproto3/v2"

	"vecgres/tests/internal/harness"
)

// TestMessages sends protocol messages, all of a step at once, and prints what comes back up to the last ReadyForQuery. A message a line:
//
//	Q sql                          Query
//	P name [types=23,25] sql       Parse; - is the unnamed statement or portal
//	B portal statement [f=1] [r=0] values…   Bind with parameter and result formats; NULL, 'a b' and \x00 in values
//	DS name, DP name               Describe
//	E portal [rows]                Execute
//	CS name, CP name               Close
//	S, H                           Sync, Flush
//	d data, c, f reason            CopyData with Go's escapes, CopyDone, CopyFail
func TestMessages(t *testing.T) {
	for _, engine := range []string{harness.Postgres, harness.Vecgres} {
		if rewriting() && engine != *rewriteEngine {
			continue
		}
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			srv := start(t, engine)
			datadriven.Walk(t, "testdata/messages", func(t *testing.T, path string) {
				c := greet(t, srv)
				datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
					if d.HasArg("only") && d.CmdArgs[0].Vals[0] != engine {
						return d.Expected
					}
					out := c.exchange(t, d.Input)
					if rewriting() && engine != harness.Postgres && !d.HasArg("only") {
						return d.Expected
					}
					return out
				})
			})
		})
	}
}

// client speaks the protocol in single messages.
type client struct {
	nc    net.Conn
	front *pgproto3.Frontend
}

func greet(t *testing.T, srv *harness.Server) *client {
	nc, err := net.Dial("tcp", srv.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	c := &client{nc: nc, front: pgproto3.NewFrontend(pgproto3.NewChunkReader(nc), nc)}
	c.send(t, &pgproto3.StartupMessage{ProtocolVersion: 196608, Parameters: map[string]string{
		"user": "postgres", "database": "postgres", "search_path": "messages"}})
	c.until(t, 1)
	c.exchange(t, "Q SET client_min_messages = error; DROP SCHEMA IF EXISTS messages CASCADE; CREATE SCHEMA messages; RESET client_min_messages")
	return c
}

func (c *client) send(t *testing.T, msg pgproto3.FrontendMessage) {
	t.Helper()
	if err := c.front.Send(msg); err != nil {
		t.Fatal(err)
	}
}

// exchange sends the messages of a step.
func (c *client) exchange(t *testing.T, input string) string {
	ready := 0
	for line := range strings.Lines(input) {
		msg := parseMessage(t, strings.TrimRight(line, "\n"))
		c.send(t, msg)
		switch msg.(type) {
		case *pgproto3.Query, *pgproto3.Sync:
			ready++
		}
	}
	return c.until(t, ready)
}

// until prints messages up to so many ReadyForQuery, or the end of the connection.
func (c *client) until(t *testing.T, ready int) string {
	var out strings.Builder
	for ready > 0 {
		_ = c.nc.SetReadDeadline(time.Now().Add(patience))
		msg, err := c.front.Receive()
		if err != nil {
			return out.String() + "connection lost\n"
		}
		if _, ok := msg.(*pgproto3.ReadyForQuery); ok {
			ready--
		}
		out.WriteString(printMessage(msg) + "\n")
	}
	return out.String()
}

func parseMessage(t *testing.T, line string) pgproto3.FrontendMessage {
	kind, rest, _ := strings.Cut(line, " ")
	word := func() string {
		var w string
		w, rest, _ = strings.Cut(rest, " ")
		if w == "-" {
			return ""
		}
		return w
	}
	switch kind {
	case "Q":
		return &pgproto3.Query{String: rest}
	case "P":
		msg := &pgproto3.Parse{Name: word()}
		if list, ok := strings.CutPrefix(rest, "types="); ok {
			rest = list
			for _, oid := range strings.Split(word(), ",") {
				n, err := strconv.ParseUint(oid, 10, 32)
				if err != nil {
					t.Fatal(err)
				}
				msg.ParameterOIDs = append(msg.ParameterOIDs, uint32(n))
			}
		}
		msg.Query = rest
		return msg
	case "B":
		return parseBind(word(), word(), rest)
	case "DS", "DP":
		return &pgproto3.Describe{ObjectType: kind[1], Name: word()}
	case "E":
		msg := &pgproto3.Execute{Portal: word()}
		n, _ := strconv.ParseUint(rest, 10, 32)
		msg.MaxRows = uint32(n)
		return msg
	case "CS", "CP":
		return &pgproto3.Close{ObjectType: kind[1], Name: word()}
	case "S":
		return &pgproto3.Sync{}
	case "H":
		return &pgproto3.Flush{}
	case "d":
		return &pgproto3.CopyData{Data: unescape(rest)}
	case "c":
		return &pgproto3.CopyDone{}
	case "f":
		return &pgproto3.CopyFail{Message: rest}
	}
	t.Fatalf("no message: %s", line)
	return nil
}

var bindValue = regexp.MustCompile(`'([^']*)'|(\S+)`)

func parseBind(portal, statement, rest string) *pgproto3.Bind {
	msg := &pgproto3.Bind{DestinationPortal: portal, PreparedStatement: statement}
	for _, m := range bindValue.FindAllStringSubmatch(rest, -1) {
		switch {
		case m[2] == "NULL":
			msg.Parameters = append(msg.Parameters, nil)
		case strings.HasPrefix(m[2], "f="):
			msg.ParameterFormatCodes = append(msg.ParameterFormatCodes, int16(m[2][2]-'0'))
		case strings.HasPrefix(m[2], "r="):
			msg.ResultFormatCodes = append(msg.ResultFormatCodes, int16(m[2][2]-'0'))
		case m[2] != "":
			msg.Parameters = append(msg.Parameters, unescape(m[2]))
		default:
			msg.Parameters = append(msg.Parameters, unescape(m[1]))
		}
	}
	return msg
}

func unescape(text string) []byte {
	s, err := strconv.Unquote(`"` + strings.ReplaceAll(text, `"`, `\"`) + `"`)
	if err != nil {
		return []byte(text)
	}
	return []byte(s)
}

// printMessage prints what both servers must agree on.
func printMessage(msg pgproto3.BackendMessage) string {
	switch m := msg.(type) {
	case *pgproto3.ErrorResponse:
		return "ErrorResponse " + fault(m)
	case *pgproto3.NoticeResponse:
		return "NoticeResponse " + fault((*pgproto3.ErrorResponse)(m))
	case *pgproto3.CopyData:
		return fmt.Sprintf("CopyData %q", m.Data)
	case *pgproto3.CopyInResponse:
		return fmt.Sprintf("CopyInResponse %d %v", m.OverallFormat, m.ColumnFormatCodes)
	case *pgproto3.CopyOutResponse:
		return fmt.Sprintf("CopyOutResponse %d %v", m.OverallFormat, m.ColumnFormatCodes)
	case *pgproto3.RowDescription:
		var out strings.Builder
		for _, f := range m.Fields {
			table := ""
			if f.TableOID >= 16384 {
				table = fmt.Sprintf(" of column %d", f.TableAttributeNumber)
			}
			fmt.Fprintf(&out, " (%s type %d size %d mod %d format %d%s)", f.Name, f.DataTypeOID, f.DataTypeSize, f.TypeModifier, f.Format, table)
		}
		return "RowDescription" + out.String()
	case *pgproto3.DataRow:
		out := "DataRow"
		for _, v := range m.Values {
			if v == nil {
				out += " NULL"
			} else {
				out += fmt.Sprintf(" %q", v)
			}
		}
		return out
	case *pgproto3.ReadyForQuery:
		return "ReadyForQuery " + string(m.TxStatus)
	case *pgproto3.CommandComplete:
		return "CommandComplete " + string(m.CommandTag)
	case *pgproto3.ParameterStatus:
		return "ParameterStatus " + m.Name + "=" + m.Value
	case *pgproto3.ParameterDescription:
		return fmt.Sprintf("ParameterDescription %v", m.ParameterOIDs)
	}
	return strings.TrimPrefix(fmt.Sprintf("%T", msg), "*pgproto3.")
}

// fault prints an error or a notice: all that a client may show.
func fault(m *pgproto3.ErrorResponse) string {
	out := fmt.Sprintf("%s %s %s", m.Severity, m.Code, m.Message)
	if m.Position != 0 {
		out += fmt.Sprintf(" | at %d", m.Position)
	}
	for _, f := range [][2]string{{"detail", m.Detail}, {"hint", m.Hint}, {"where", m.Where}} {
		if f[1] != "" {
			out += " | " + f[0] + ": " + strings.ReplaceAll(f[1], "\n", " / ")
		}
	}
	return out
}
