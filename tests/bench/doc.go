// Command bench measures the engine against its bars (docs/performance.md): recall and speed against hnswlib on the same data in the same run,
// builds, scans, filters, growth, memory, and what the server adds around a search.
//
//	dataset ──► hnsw.Index (cached graph)      in this process       search, codes, build, growth
//	   │   ├──► vecengine table (cached dir)   in this process       search, filter, wire
//	   │   ├──► hnswlib/peer.cpp               a process beside      search, build
//	   │   └──► bin/vecgres serve              a process beside      insert, mixed, memory, updates, wire
//	   └──► membw                              the machine's yardstick, for scan
//
// Both sides of a ratio take turns, round after round, so that noise of the machine hits both; a result is the median over rounds with the
// least and the greatest. CPU time is the measure wherever one thread works, wall time is shown beside it.
//
// Graphs and tables in the cache are named by a hash of the engine's sources: a change builds them anew.
package main
