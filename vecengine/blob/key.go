package blob

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// checkKey accepts slash-separated elements that are not empty and do not begin with a dot (those are the store's own).
func checkKey(key string) error {
	if len(key) == 0 || len(key) > 1024 {
		return fmt.Errorf("%w: %d bytes long", ErrBadKey, len(key))
	}
	for e := range strings.SplitSeq(key, "/") {
		if e == "" || e[0] == '.' || len(e) > 255 || strings.ContainsRune(e, 0) {
			return fmt.Errorf("%w: %q", ErrBadKey, key)
		}
	}
	return nil
}

// tagOf makes an object's tag from its content alone, so that it survives copies and restarts.
func tagOf(data []byte) ETag {
	sum := sha256.Sum256(data)
	return ETag(hex.EncodeToString(sum[:16]))
}
