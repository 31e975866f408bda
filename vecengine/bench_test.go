package vecengine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"vecgres/vecengine/column"
	"vecgres/vecengine/distance"
	"vecgres/vecengine/vfs"
)

func benchEngine(b *testing.B) *Engine {
	e, err := Open(Options{FS: vfs.OS, Dir: b.TempDir()})
	must(b, err)
	b.Cleanup(func() { e.Close() })
	must(b, e.OpenNamespace(b.Context(), testSpace))
	createTest(b, e)
	return e
}

func BenchmarkInsertCommit(b *testing.B) {
	for _, clients := range []int{1, 8} {
		b.Run(fmt.Sprint("clients=", clients), func(b *testing.B) {
			e := benchEngine(b)
			next := make(chan int64, 1000)
			go func() {
				for i := range b.N {
					next <- int64(i)
				}
				close(next)
			}()
			b.ResetTimer()
			done := make(chan bool)
			for range clients {
				go func() {
					for id := range next {
						commitRows(b, e, testRow{id, "tag", 1, 1})
					}
					done <- true
				}()
			}
			for range clients {
				<-done
			}
		})
	}
}

func BenchmarkLookupFetch(b *testing.B) {
	for _, sealed := range []bool{false, true} {
		b.Run(fmt.Sprint("sealed=", sealed), func(b *testing.B) {
			e := benchEngine(b)
			var rows []testRow
			for i := range int64(20000) {
				rows = append(rows, testRow{i, "tag", int32(i), 1})
			}
			commitRows(b, e, rows...)
			if sealed {
				must(b, e.Maintain(b.Context(), testTable))
			}
			b.ReportAllocs()
			b.ResetTimer()
			var buf [1]Loc
			for i := range b.N {
				v := e.View()
				table, err := v.Table(testTable)
				must(b, err)
				locs, err := table.Lookup(idxID, idKey(int64(i%20000)), buf[:0])
				if err != nil || len(locs) != 1 {
					b.Fatal(err, len(locs))
				}
				if _, err := table.Fetch(locs, []ColumnID{colID, colN}); err != nil {
					b.Fatal(err)
				}
				v.Close()
			}
		})
	}
}

func BenchmarkBatchInsertVectors(b *testing.B) {
	e := benchEngine(b)
	const dim, batch = 100, 1000
	tx := e.Begin(ReadCommitted)
	must(b, tx.CreateTable(testSpace, 71, Schema{
		Columns: []ColumnDef{{ID: 1, Kind: column.Int64}, {ID: 2, Kind: column.Vector, Dim: dim}},
		Indexes: []IndexDef{{ID: 1, Kind: KeyIndex, Unique: true}, {ID: 2, Kind: VectorIndex, Column: 2, Metric: distance.L2}},
	}))
	must(b, tx.Commit(b.Context()))
	rng := rand.New(rand.NewPCG(1, 2))
	id := int64(0)
	b.ResetTimer()
	for range b.N {
		ids, v, keys := column.NewBuilder(column.Int64, 0, batch), column.NewBuilder(column.Vector, dim, batch), column.NewBuilder(column.Bytes, 0, batch)
		vec := make([]float32, dim)
		for range batch {
			id++
			ids.AppendInt(id)
			keys.AppendBytes(idKey(id))
			for j := range vec {
				vec[j] = rng.Float32()
			}
			v.AppendVector(vec)
		}
		tx := e.Begin(ReadCommitted)
		_, err := tx.Insert(b.Context(), 71, Rows{Cols: []column.Column{ids.Finish(), v.Finish()}, Keys: []Keys{{Bytes: keys.Finish()}}}, InsertOptions{})
		must(b, err)
		must(b, tx.Commit(context.Background()))
	}
	b.ReportMetric(float64(b.N*batch)/b.Elapsed().Seconds(), "rows/s")
}

// The costs beside the sync: the file system is in memory.
func BenchmarkCommitCPU(b *testing.B) {
	for _, kind := range []string{"insert", "update"} {
		b.Run(kind, func(b *testing.B) {
			e, err := Open(Options{FS: vfs.NewMem(), Dir: "/data", LogBytes: 1 << 28})
			must(b, err)
			defer e.Close()
			must(b, e.OpenNamespace(b.Context(), testSpace))
			createTest(b, e)
			var rows []testRow
			for i := range int64(1000) {
				rows = append(rows, testRow{-1 - i, "tag", 1, 1})
			}
			commitRows(b, e, rows...)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				if kind == "insert" {
					commitRows(b, e, testRow{int64(i), "tag", 1, 1})
					continue
				}
				tx := e.Begin(ReadCommitted)
				must(b, update(b, tx, testRow{-1 - int64(i%1000), "tag", int32(i), 1}))
				must(b, tx.Commit(b.Context()))
			}
		})
	}
}

// BenchmarkCopyScalars is a COPY into the tests' table in one transaction.
func BenchmarkCopyScalars(b *testing.B) {
	e := benchEngine(b)
	const batch = 2000
	tx := e.Begin(ReadCommitted)
	id := int64(0)
	var made []Rows
	for range b.N {
		var rows []testRow
		for range batch {
			id++
			rows = append(rows, testRow{id, "some tag", int32(id), 1})
		}
		made = append(made, testRows(rows...))
	}
	b.ResetTimer()
	for _, rows := range made {
		_, err := tx.Insert(b.Context(), testTable, rows, InsertOptions{})
		must(b, err)
	}
	must(b, tx.Commit(b.Context()))
	b.ReportMetric(float64(b.N*batch)/b.Elapsed().Seconds(), "rows/s")
}
