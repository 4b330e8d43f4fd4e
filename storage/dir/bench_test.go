package dir_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
)

const benchSize = 200 << 10

// BenchmarkPut compares a durable Put of 200 KiB, sealing included, with what
// the same disk does for a bare file in the same run: written and flushed, which
// a power cut may still make nameless, and its folder flushed as well.
func BenchmarkPut(b *testing.B) {
	for _, floor := range []struct {
		name   string
		folder bool
	}{{"floor-file", false}, {"floor-file-and-folder", true}} {
		b.Run(floor.name, func(b *testing.B) {
			top, raw := b.TempDir(), bytes.Repeat([]byte{7}, benchSize)
			b.SetBytes(benchSize)
			for i := 0; b.Loop(); i++ {
				writeFlushed(b, filepath.Join(top, fmt.Sprint(i)), raw)
				if floor.folder {
					flush(b, top)
				}
			}
		})
	}
	b.Run("bucket", func(b *testing.B) {
		bucket := open(b, b.TempDir())
		b.SetBytes(benchSize)
		for i := 0; b.Loop(); i++ {
			b.StopTimer()
			c := storagetest.Content(b, benchSize).Ciphertext()
			b.StartTimer()
			if err := bucket.Put(b.Context(), storage.Key(fmt.Sprintf("v1/o/%d", i)), c); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkGet compares a Get of 200 KiB with reading the bare file.
func BenchmarkGet(b *testing.B) {
	top := b.TempDir()
	bucket := open(b, top)
	if err := bucket.Put(b.Context(), "v1/o", storagetest.Content(b, benchSize).Ciphertext()); err != nil {
		b.Fatal(err)
	}
	b.Run("floor", func(b *testing.B) {
		b.SetBytes(benchSize)
		for b.Loop() {
			if _, err := os.ReadFile(filepath.Join(top, "v1", "o")); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("bucket", func(b *testing.B) {
		b.SetBytes(benchSize)
		for b.Loop() {
			if _, err := bucket.Get(b.Context(), "v1/o", 0, -1); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func writeFlushed(b *testing.B, path string, raw []byte) {
	b.Helper()
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := f.Write(raw); err != nil {
		b.Fatal(err)
	}
	if err := f.Sync(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
}

func flush(b *testing.B, folder string) {
	b.Helper()
	f, err := os.Open(folder)
	if err != nil {
		b.Fatal(err)
	}
	if err := f.Sync(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
}
