// Package wire gives the real server what it should not like: bad input, broken COPYs, malformed and oversized messages,
// a taken port, a damaged directory. Each must be a clear error with Postgres' own code, and nothing that was there before
// may be lost.
package wire
