package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// newID is the key of the row that is inserted just before the kill; even, so that it is berlin's.
const newID = 1_000_000

// survive kills the server just after a commit and looks at what a new one has.
func survive(ctx context.Context, s *server, d *dataset, restart func() (*server, error)) error {
	step("kill -9 just after an INSERT was acknowledged, and a restart on the same directory")
	image := &d.test[1]
	if err := insertNew(ctx, s.url, image); err != nil {
		return err
	}
	before, err := answersOf(ctx, s.url, d)
	if err != nil {
		return err
	}
	s.kill()
	killed := time.Now()
	if s, err = restart(); err != nil {
		return err
	}
	after, err := answersOf(ctx, s.url, d)
	if err != nil {
		return err
	}
	say("first answers %s after the kill", seconds(time.Since(killed)))
	if !slices.Equal(before, after) {
		return fmt.Errorf("the answers changed:\n  before %v\n  after  %v", before, after)
	}
	if first := after[2*k]; first != newID { // of the second test image, whose vector it has
		return fmt.Errorf("the row inserted before the kill is not the first answer to its own vector: %d is", first)
	}
	say("the %d nearest to test image 0 in shop$berlin, before and after:  %v", k, after[:k])
	say("%d queries: the same rows before and after; the row inserted last (%d) is the first answer to its own vector", len(before)/k, newID)
	return nil
}

func insertNew(ctx context.Context, url string, it *item) error {
	c, err := connect(ctx, url)
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx))
	_, err = c.Exec(ctx, "INSERT INTO shop$berlin.items VALUES ($1, $2, $3, $4)", newID, it.label, it.pixelSum, vectorText(it.vector))
	return err
}

// answersOf gives the ids of a few queries, k each, without and with a filter.
func answersOf(ctx context.Context, url string, d *dataset) ([]int64, error) {
	c, err := connect(ctx, url)
	if err != nil {
		return nil, err
	}
	defer c.Close(context.WithoutCancel(ctx))
	var out []int64
	for i := range 20 {
		q := &d.test[i]
		for _, where := range []string{"", fmt.Sprintf("WHERE label = %d", q.label)} {
			rows, err := c.Query(ctx, "SELECT id FROM shop$berlin.items "+where+" ORDER BY embedding <-> $1 LIMIT 10", vectorText(q.vector))
			if err != nil {
				return nil, err
			}
			ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
			if err != nil {
				return nil, err
			}
			if len(ids) != k {
				return nil, fmt.Errorf("%d rows, not %d", len(ids), k)
			}
			out = append(out, ids...)
		}
	}
	return out, nil
}
