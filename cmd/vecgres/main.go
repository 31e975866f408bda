// Command vecgres serves a data directory to Postgres clients, checks one, or says its version.
//
// It is a thin door: config.go and settingsfile.go read flags and vecgres.toml, datadir.go opens the data directory and says what is wrong
// with it, serve.go wires the rooms (engine → catalog → sessions → wire) and drains them, verify.go checks a closed data directory.
//
// It exits with 0 when all is well, 1 when the work could not be done, 2 when it was called wrongly; an error is one line on standard error.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"
)

// version is set by the linker for releases.
var version = "0.1.0-dev"

type cli struct {
	Serve   serveCmd   `cmd:"" help:"Serve a data directory to Postgres clients."`
	Verify  verifyCmd  `cmd:"" help:"Check every file of a data directory that no server has open."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run() error {
	fmt.Println("vecgres", version)
	return nil
}

// Exit codes.
const (
	exitFailed = 1
	exitUsage  = 2
)

func main() { os.Exit(run(os.Args[1:], os.Stderr)) }

func run(args []string, stderr io.Writer) int {
	settings, err := readSettings(args)
	if err != nil {
		return failed(stderr, exitUsage, err)
	}
	var c cli
	parser, err := kong.New(&c, kong.Name("vecgres"), kong.Resolvers(settings), kong.ConfigureHelp(kong.HelpOptions{WrapUpperBound: 120}),
		kong.Description("Postgres on the outside, a vector engine made for tenants inside."))
	if err != nil {
		return failed(stderr, exitFailed, err)
	}
	switch {
	case len(args) == 0:
		args = []string{"--help"}
	case args[0] == "--version" || args[0] == "-V":
		args = []string{"version"}
	}
	ctx, err := parser.Parse(args)
	if err != nil {
		return failed(stderr, exitUsage, usageError(err))
	}
	if err := ctx.Run(); err != nil {
		return failed(stderr, exitFailed, err)
	}
	return 0
}

func failed(stderr io.Writer, code int, err error) int {
	fmt.Fprintln(stderr, "vecgres:", err)
	return code
}

// usageError is kong's complaint, with the command that explains.
func usageError(err error) error {
	help := "vecgres --help"
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context.Selected() != nil {
		help = "vecgres " + parse.Context.Selected().Name + " --help"
	}
	return fmt.Errorf("%s (see `%s`)", plain(err), help)
}

// plain is a complaint without the name of the command in front, which kong adds to what Validate says.
func plain(err error) string {
	return strings.TrimPrefix(err.Error(), "serve: ")
}
