package segment

import (
	"encoding/binary"
	"math/bits"
)

// The bloom filter is the split-block filter of the Parquet format (apache/parquet-format, BloomFilter.md): blocks of eight
// 32-bit words; a key chooses a block by the upper half of its hash and sets one bit in each word by the lower half. The hash is
// XXH64 with seed 0. At 10.7 bits a key about one absent key in a hundred passes.
const (
	bloomBlockBytes = 32
	bloomKeysMax    = 24 // keys per block
)

var bloomSalt = [8]uint32{0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31}

// buildBloom makes the filter of a list of hashes.
func buildBloom(hashes []uint64) []byte {
	blocks := max(1, (len(hashes)+bloomKeysMax-1)/bloomKeysMax)
	out := make([]byte, blocks*bloomBlockBytes)
	for _, h := range hashes {
		b := out[bloomBlock(h, blocks)*bloomBlockBytes:]
		for i, salt := range bloomSalt {
			w := b[4*i:]
			binary.LittleEndian.PutUint32(w, binary.LittleEndian.Uint32(w)|1<<(uint32(h)*salt>>27))
		}
	}
	return out
}

func bloomBlock(h uint64, blocks int) int { return int((h >> 32) * uint64(blocks) >> 32) }

// bloomHas asks one block.
func bloomHas(block []byte, h uint64) bool {
	for i, salt := range bloomSalt {
		if binary.LittleEndian.Uint32(block[4*i:])&(1<<(uint32(h)*salt>>27)) == 0 {
			return false
		}
	}
	return true
}

const (
	xxPrime1 = 0x9E3779B185EBCA87
	xxPrime2 = 0xC2B2AE3D27D4EB4F
	xxPrime3 = 0x165667B19E3779F9
	xxPrime4 = 0x85EBCA77C2B2AE63
	xxPrime5 = 0x27D4EB2F165667C5
)

func xxRound(acc, lane uint64) uint64 {
	return bits.RotateLeft64(acc+lane*xxPrime2, 31) * xxPrime1
}

// xxh64 is the hash XXH64 with seed 0, after its specification (Cyan4973/xxHash, doc/xxhash_spec.md).
func xxh64(b []byte) uint64 {
	le := binary.LittleEndian
	n := uint64(len(b))
	h := uint64(xxPrime5)
	if n >= 32 {
		p1, p2 := uint64(xxPrime1), uint64(xxPrime2)
		acc := [4]uint64{p1 + p2, p2, 0, -p1}
		for ; len(b) >= 32; b = b[32:] {
			for i := range acc {
				acc[i] = xxRound(acc[i], le.Uint64(b[8*i:]))
			}
		}
		h = bits.RotateLeft64(acc[0], 1) + bits.RotateLeft64(acc[1], 7) + bits.RotateLeft64(acc[2], 12) + bits.RotateLeft64(acc[3], 18)
		for _, a := range acc {
			h = (h^xxRound(0, a))*xxPrime1 + xxPrime4
		}
	}
	h += n
	for ; len(b) >= 8; b = b[8:] {
		h = bits.RotateLeft64(h^xxRound(0, le.Uint64(b)), 27)*xxPrime1 + xxPrime4
	}
	if len(b) >= 4 {
		h = bits.RotateLeft64(h^uint64(le.Uint32(b))*xxPrime1, 23)*xxPrime2 + xxPrime3
		b = b[4:]
	}
	for _, c := range b {
		h = bits.RotateLeft64(h^uint64(c)*xxPrime5, 11) * xxPrime1
	}
	h = (h ^ h>>33) * xxPrime2
	h = (h ^ h>>29) * xxPrime3
	return h ^ h>>32
}
