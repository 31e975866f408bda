package main

import (
	"context"
	"errors"
	"fmt"

	"vecgres/vecengine"
)

// verifyCmd checks a data directory: the commit log, manifests, segments with their indexes and graphs, and ends.
type verifyCmd struct {
	Data string `arg:"" name:"datadir" help:"Data directory." type:"path"`
}

// Run prints each fault on standard output; it is an error when there is any.
func (v *verifyCmd) Run() error {
	engine, err := openEngine(vecengine.Options{Dir: v.Data, NoBackground: true}, false)
	var bad *dataDirError
	if errors.As(err, &bad) && bad.damage != nil {
		fmt.Println(reason(bad.damage))
		return fmt.Errorf("%s cannot be opened, so this fault is the only one that is known; restore it from a backup", bad.dir)
	}
	if err != nil {
		return err
	}
	defer engine.Close()
	faults := 0
	err = engine.Verify(context.Background(), func(fault error) {
		faults++
		fmt.Println(reason(fault))
	})
	switch {
	case err != nil:
		return fmt.Errorf("%s could not be checked to the end: %w", absolute(v.Data), err)
	case faults == 1:
		return fmt.Errorf("%s has 1 fault; restore what it names from a backup", absolute(v.Data))
	case faults > 1:
		return fmt.Errorf("%s has %d faults; restore what they name from a backup", absolute(v.Data), faults)
	}
	fmt.Printf("%s: no faults\n", absolute(v.Data))
	return nil
}
