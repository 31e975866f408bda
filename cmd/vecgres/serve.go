package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	_ "net/http/pprof" // registers Go's profiles on the default mux, served only with --pprof
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"vecgres/catalog"
	"vecgres/catalog/enginestore"
	"vecgres/catalog/infoschema"
	"vecgres/catalog/pgcatalog"
	"vecgres/pgwire"
	"vecgres/sql"
	"vecgres/vecengine"
	"vecgres/vecengine/vfs"
)

// Run serves until SIGINT or SIGTERM, then drains.
func (c *serveCmd) Run() error {
	if err := loopbackOnly(c.Listen); err != nil {
		return err
	}
	logger := c.logger()
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		if errors.Is(err, syscall.EADDRINUSE) {
			return fmt.Errorf("%s is in use by another program; stop it, or choose another address with --listen", c.Listen)
		}
		return fmt.Errorf("cannot listen on %s: %w", c.Listen, err)
	}
	defer listener.Close()
	engine, err := openEngine(c, logger)
	if err != nil {
		return err
	}
	server, err := newServer(engine, logger)
	if err != nil {
		return errors.Join(err, engine.Close())
	}
	if c.Pprof != "" {
		go func() { logger.Warn("profiles ended", "error", http.ListenAndServe(c.Pprof, nil)) }()
	}
	wire := pgwire.NewServer(pgwire.Config{Backend: backend{server}, Logger: logger, ConnectionsMax: c.MaxConnections, MessageBytesMax: int(c.MaxMessage)})
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	served := make(chan error, 1)
	go func() { served <- wire.Serve(listener) }()
	fmt.Printf("vecgres %s is ready: psql \"%s\"\n", version, connectionString(listener.Addr()))
	select {
	case err = <-served:
	case <-ctx.Done():
		stop() // a second signal ends the process at once
		logger.Info("draining", "timeout", c.DrainTimeout)
		drain, cancel := context.WithTimeout(context.Background(), c.DrainTimeout)
		err = wire.Shutdown(drain)
		cancel()
	}
	return errors.Join(err, engine.Close())
}

func connectionString(addr net.Addr) string {
	return fmt.Sprintf("postgresql://postgres@%s/postgres", addr)
}

// loopbackOnly refuses addresses that others could reach: nobody proves who he is yet.
func loopbackOnly(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("--listen %s: %w", address, err)
	}
	if host == "localhost" {
		return nil
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("--listen %s: without passwords only loopback addresses are served; use 127.0.0.1", address)
}

// openEngine opens the data directory, with one line saying what is wrong and what to do when it cannot.
func openEngine(c *serveCmd, logger *slog.Logger) (*vecengine.Engine, error) {
	engine, err := vecengine.Open(vecengine.Options{FS: vfs.OS, Dir: c.Data, Logger: logger, MemoryLimit: int64(c.Memory)})
	return engine, explainOpen(c.Data, err)
}

func explainOpen(dir string, err error) error {
	shown := dir
	if abs, e := filepath.Abs(dir); e == nil {
		shown = abs
	}
	var corrupt *vecengine.CorruptError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, vecengine.ErrLocked):
		return fmt.Errorf("data directory %s is in use by another vecgres; stop it, or choose another directory with --data", shown)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("data directory %s cannot be written (%w); give this user the right, or choose another with --data", shown, err)
	case errors.As(err, &corrupt):
		return fmt.Errorf("data directory %s is damaged: %w; run `vecgres verify %s` for the whole list, and restore what it names", shown, err, shown)
	}
	return fmt.Errorf("data directory %s cannot be opened: %w", shown, err)
}

// newServer wires engine, catalog and sessions.
func newServer(engine *vecengine.Engine, logger *slog.Logger) (*sql.Server, error) {
	ctx := context.Background()
	store, err := enginestore.Open(ctx, engine)
	if err != nil {
		return nil, err
	}
	cat := catalog.New(store)
	if err := pgcatalog.Register(cat); err != nil {
		return nil, err
	}
	if err := infoschema.Register(cat); err != nil {
		return nil, err
	}
	if err := cat.Bootstrap(ctx); err != nil {
		return nil, err
	}
	return sql.NewServer(sql.Config{
		Catalog: cat,
		Begin: func(repeatable bool) sql.Transaction {
			iso := vecengine.ReadCommitted
			if repeatable {
				iso = vecengine.RepeatableRead
			}
			return transaction{store.Begin(iso)}
		},
		Engine: engineFacts{engine},
		Maintain: func(ctx context.Context, s catalog.StorageID) error {
			return engine.Maintain(ctx, vecengine.TableID(s))
		},
		Checkpoint: engine.Checkpoint,
		Logger:     logger,
	}), nil
}

// verifyCmd checks a data directory.
type verifyCmd struct {
	Data string `arg:"" help:"Data directory." type:"existingdir"`
}

// Run prints each fault; an error when there is any.
func (v *verifyCmd) Run() error {
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	engine, err := vecengine.Open(vecengine.Options{FS: vfs.OS, Dir: v.Data, Logger: logger, NoBackground: true})
	if err := explainOpen(v.Data, err); err != nil {
		return err
	}
	defer engine.Close()
	faults := 0
	err = engine.Verify(context.Background(), func(fault error) {
		faults++
		fmt.Println(fault)
	})
	switch {
	case err != nil:
		return fmt.Errorf("verify stopped: %w", err)
	case faults > 0:
		return fmt.Errorf("%s has %d faults", v.Data, faults)
	}
	fmt.Printf("%s: no faults\n", v.Data)
	return nil
}
