// Command vecgres serves a data directory to Postgres clients, checks one, or says its version.
//
// It is a thin door: config.go reads flags and vecgres.toml, serve.go wires the rooms (engine → catalog → sessions → wire) and drains them,
// verify.go checks a closed data directory.
package main

import (
	"errors"
	"fmt"
	"os"

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

// reported is an error that has been printed already.
var errReported = errors.New("reported")

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	var c cli
	resolver := &configFile{}
	parser, err := kong.New(&c, kong.Name("vecgres"), kong.Description("Postgres on the outside, a vector engine made for tenants inside."),
		kong.UsageOnError(), kong.Resolvers(resolver))
	if err != nil {
		fmt.Fprintln(os.Stderr, "vecgres:", err)
		return 1
	}
	if err := resolver.find(args); err != nil {
		fmt.Fprintln(os.Stderr, "vecgres:", err)
		return 1
	}
	ctx, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "vecgres:", err)
		return 2
	}
	if err := ctx.Run(); err != nil {
		if !errors.Is(err, errReported) {
			fmt.Fprintln(os.Stderr, "vecgres:", err)
		}
		return 1
	}
	return 0
}
