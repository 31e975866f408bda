package hnsw

import (
	"errors"
	"fmt"

	"vecgres/vecengine/distance"
)

// Bounds and defaults of Params, as pgvector has them.
const (
	DefaultM              = 16
	DefaultEfConstruction = 64
	MinM, MaxM            = 2, 100
	MaxEfConstruction     = 1000
	DefaultEfSearch       = 40
)

// MaxNodes is the number of rows that one graph can be built over.
const MaxNodes = 1<<31 - 2

// Errors of this package; context errors are passed on as they are.
var (
	ErrCorrupt = errors.New("hnsw: corrupt graph")
	ErrParams  = errors.New("hnsw: bad parameters")
	ErrQuery   = errors.New("hnsw: bad query")
)

// Params say what graph to build.
type Params struct {
	Metric         distance.Metric
	M              int    // links of a new node on upper layers, half the room on layer 0; 0 means DefaultM
	EfConstruction int    // beam of the searches that find links; 0 means DefaultEfConstruction
	Seed           uint64 // of levels and insertion order
}

// withDefaults fills zeros in and checks the rest.
func (p Params) withDefaults() (Params, error) {
	if p.M == 0 {
		p.M = DefaultM
	}
	if p.EfConstruction == 0 {
		p.EfConstruction = DefaultEfConstruction
	}
	if !p.Metric.Valid() {
		return p, fmt.Errorf("%w: metric %s", ErrParams, p.Metric)
	}
	if p.M < MinM || p.M > MaxM {
		return p, fmt.Errorf("%w: m %d is not between %d and %d", ErrParams, p.M, MinM, MaxM)
	}
	if p.EfConstruction < 1 || p.EfConstruction > MaxEfConstruction {
		return p, fmt.Errorf("%w: efConstruction %d is not between 1 and %d", ErrParams, p.EfConstruction, MaxEfConstruction)
	}
	p.EfConstruction = max(p.EfConstruction, p.M)
	return p, nil
}
