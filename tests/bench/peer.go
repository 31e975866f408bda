package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"vecgres/tests/bench/dataset"
	"vecgres/tests/bench/measure"
	"vecgres/vecengine/distance"
)

// peer is hnswlib in a process of its own; see hnswlib/peer.cpp.
type peer struct {
	set     *dataset.Set
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	answers string // the file that it writes answers to
}

// startPeer compiles the driver if it has changed, and starts it on a set.
func (r *runner) startPeer(ctx context.Context, s *dataset.Set) (*peer, error) {
	binary, err := r.compilePeer(ctx)
	if err != nil {
		return nil, err
	}
	space := "l2"
	if s.Metric == distance.Cosine {
		space = "cosine"
	}
	p := &peer{set: s, answers: r.cache.Path(fmt.Sprintf("answers-%d", os.Getpid()))}
	p.cmd = exec.CommandContext(ctx, binary, s.TrainFile, strconv.Itoa(s.Train.Len()), strconv.Itoa(s.Train.Dim), space, s.TestFile, strconv.Itoa(s.Test.Len()))
	p.cmd.Stderr = os.Stderr
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	if _, err := p.answer("ready"); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// compilePeer builds the driver for this machine's processor.
func (r *runner) compilePeer(ctx context.Context) (string, error) {
	source := filepath.Join(r.root, "tests", "bench", "hnswlib", "peer.cpp")
	info, err := os.Stat(source)
	if err != nil {
		return "", err
	}
	return r.cache.Make(fmt.Sprintf("peer-%d", info.ModTime().Unix()), func(path string) error {
		cmd := exec.CommandContext(ctx, "g++", "-std=c++17", "-O3", "-march=native", "-DNDEBUG", "-pthread", "-o", path, source)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("g++ (it needs Debian's libhnswlib-dev): %w\n%s", err, out)
		}
		return nil
	})
}

// do sends a command and gives the numbers of its answer.
func (p *peer) do(expect, format string, args ...any) ([]float64, error) {
	if _, err := fmt.Fprintf(p.in, format+"\n", args...); err != nil {
		return nil, fmt.Errorf("peer: %w", err)
	}
	return p.answer(expect)
}

func (p *peer) answer(expect string) ([]float64, error) {
	line, err := p.out.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("peer: %w", err)
	}
	fields := strings.Fields(line)
	if len(fields) == 0 || fields[0] != expect {
		return nil, fmt.Errorf("peer: %q, not %q", strings.TrimSpace(line), expect)
	}
	out := make([]float64, 0, 2)
	for _, f := range fields[1:] {
		v, err := strconv.ParseFloat(f, 64)
		if err != nil {
			return nil, fmt.Errorf("peer: %w", err)
		}
		out = append(out, v)
	}
	return out, nil
}

func costOf(seconds []float64) (measure.Cost, error) {
	if len(seconds) != 2 {
		return measure.Cost{}, fmt.Errorf("peer: %d numbers, not wall and CPU time", len(seconds))
	}
	of := func(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
	return measure.Cost{Wall: of(seconds[0]), CPU: of(seconds[1])}, nil
}

// build builds the peer's graph anew.
func (p *peer) build() (measure.Cost, error) {
	v, err := p.do("built", "build %d %d %d", buildThreads, graphM, graphEfc)
	if err != nil {
		return measure.Cost{}, err
	}
	return costOf(v)
}

// open loads the graph from the cache, or builds and keeps it.
func (p *peer) open(r *runner) error {
	path, err := r.cache.Make(p.set.Name+".hnswlib", func(path string) error {
		cost, err := p.build()
		if err != nil {
			return err
		}
		r.say("hnswlib built %s in %.1f s (%.1f s of CPU)", p.set.Name, cost.Wall.Seconds(), cost.CPU.Seconds())
		_, err = p.do("saved", "save %s", path)
		return err
	})
	if err != nil {
		return err
	}
	_, err = p.do("loaded", "load %s", path)
	return err
}

func (p *peer) pass(_ context.Context, ef int, answers []uint32) (measure.Cost, error) {
	v, err := p.do("searched", "search %d %d %s", ef, dataset.K, p.answers)
	if err != nil {
		return measure.Cost{}, err
	}
	b, err := os.ReadFile(p.answers)
	if err != nil {
		return measure.Cost{}, err
	}
	if len(b) != 4*len(answers) {
		return measure.Cost{}, fmt.Errorf("peer: %d bytes of answers, not %d", len(b), 4*len(answers))
	}
	for i := range answers {
		answers[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return costOf(v)
}

// close ends the process.
func (p *peer) close() {
	p.in.Close()
	if err := p.cmd.Wait(); err != nil {
		fmt.Fprintln(os.Stderr, "bench: the peer ended with", err)
	}
	os.Remove(p.answers)
}
