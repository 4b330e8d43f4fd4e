package s3_test

import (
	"crypto/rand"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/s3"
	"github.com/coffre-fort/coffre/storage/storagetest"
)

func open(t testing.TB, cfg s3.Config) *s3.Bucket {
	t.Helper()
	b, err := s3.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// TestContract runs the suite on a real server, each rule below a prefix of its
// own in one bucket.
func TestContract(t *testing.T) {
	t.Parallel()
	server := storagetest.Versitygw(t)
	storagetest.Run(t, func(t *testing.T) storage.Bucket {
		cfg := server.Config
		cfg.Prefix = strings.ToLower(rand.Text()) + "/"
		return open(t, cfg)
	})
}
