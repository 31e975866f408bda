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
	"runtime"
	"runtime/debug"
	"syscall"

	"vecgres/catalog"
	"vecgres/catalog/enginestore"
	"vecgres/catalog/infoschema"
	"vecgres/catalog/pgcatalog"
	"vecgres/pgwire"
	"vecgres/sql"
	"vecgres/vecengine"
)

// Run serves until SIGINT or SIGTERM, then drains.
func (c *serveCmd) Run() error {
	logger := c.logger()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	listener, err := listen("listen", c.Listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	if err := c.serveProfiles(logger); err != nil {
		return err
	}
	keepHeapRoom(heapRoom)
	cores := runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(2 * cores) // background work holds as many at most, on threads of low priority: package lowprio
	engine, err := openEngine(vecengine.Options{Dir: c.Data, Logger: logger, MemoryLimit: int64(c.Memory), BuildWorkers: cores}, true)
	if err != nil {
		return err
	}
	limitHeap(engine.Memory().Limit())
	server, err := newServer(engine, logger)
	if err != nil {
		return errors.Join(explainOpen(c.Data, err), engine.Close())
	}
	wire := pgwire.NewServer(pgwire.Config{Backend: backend{server}, Logger: logger, ConnectionsMax: c.MaxConnections, MessageBytesMax: int(c.MaxMessage)})
	resumed := make(chan struct{})
	go func() {
		defer close(resumed)
		server.ResumeBuilds(ctx)
	}()
	served := make(chan error, 1)
	go func() { served <- wire.Serve(listener) }()
	fmt.Printf("vecgres %s is ready: psql \"%s\"\n", version, connectionString(listener.Addr()))
	select {
	case err = <-served:
	case <-ctx.Done():
		stop() // a second signal ends the process at once
		c.drain(wire, logger)
	}
	stop()
	<-resumed
	return errors.Join(err, engine.Close())
}

// drain lets running statements finish; what does not in time is cancelled, and told as a warning.
func (c *serveCmd) drain(wire *pgwire.Server, logger *slog.Logger) {
	logger.Info("draining: running statements may finish", "timeout", c.DrainTimeout, "sessions", wire.Sessions())
	ctx, cancel := context.WithTimeout(context.Background(), c.DrainTimeout)
	defer cancel()
	if err := wire.Shutdown(ctx); err != nil {
		logger.Warn("statements were cancelled: they ran longer than the drain timeout", "timeout", c.DrainTimeout)
		return
	}
	logger.Info("stopped")
}

// limitHeap lets Go's collector work harder before the heap grows past the budget and what it does not count: catalog, buffers, plans.
// GOMEMLIMIT, where it is set, wins.
func limitHeap(budget int64) {
	const beside = 256 << 20
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(budget + max(beside, budget/8))
	}
}

// listen opens a port, with one line saying what is wrong and what to do when it cannot.
func listen(flag, address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is in use by another program; stop it, or choose another address with --%s", address, flag)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("this user may not listen on %s; choose a port above 1023 with --%s", address, flag)
	case err != nil:
		return nil, fmt.Errorf("cannot listen on %s: %w; choose another address with --%s", address, err, flag)
	}
	return l, nil
}

// serveProfiles serves Go's profiles where --pprof says.
func (c *serveCmd) serveProfiles(logger *slog.Logger) error {
	if c.Pprof == "" {
		return nil
	}
	l, err := listen("pprof", c.Pprof)
	if err != nil {
		return err
	}
	go func() { logger.Warn("profiles ended", "error", http.Serve(l, nil)) }()
	return nil
}

func connectionString(addr net.Addr) string {
	return fmt.Sprintf("postgresql://postgres@%s/postgres", addr)
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
		Begin:   func(repeatable bool) sql.Transaction { return transaction{store.Begin(isolation(repeatable))} },
		Connect: func(pid int32) sql.Connection { return connection{engine.NewSession(uint64(pid)), store} },
		Engine:  engineFacts{engine},
		Maintain: func(ctx context.Context, s catalog.StorageID, bytes int64) error {
			return engine.MaintainWithin(ctx, vecengine.TableID(s), bytes)
		},
		Memory:     engine.Memory(),
		Checkpoint: engine.Checkpoint,
		Logger:     logger,
	}), nil
}
