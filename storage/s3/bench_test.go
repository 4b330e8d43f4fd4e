package s3_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/s3"
	"github.com/coffre-fort/coffre/storage/storagetest"
)

const benchSize = 200 << 10

// raw is the bare library on the same server, without a condition.
func raw(b *testing.B, cfg s3.Config) *minio.Client {
	b.Helper()
	client, err := minio.New(strings.TrimPrefix(cfg.Endpoint, "http://"), &minio.Options{
		Creds:  credentials.NewStaticV4(cfg.AccessKey, string(cfg.SecretKey.Reveal()), ""),
		Region: "us-east-1",
	})
	if err != nil {
		b.Fatal(err)
	}
	return client
}

// BenchmarkPut compares a Put of 200 KiB, sealing included, with a bare PUT of
// the same size in the same run.
func BenchmarkPut(b *testing.B) {
	server := storagetest.Versitygw(b)
	b.Run("floor", func(b *testing.B) {
		client, body := raw(b, server.Config), bytes.Repeat([]byte{7}, benchSize)
		b.SetBytes(benchSize)
		for i := 0; b.Loop(); i++ {
			_, err := client.PutObject(b.Context(), server.Config.Bucket, fmt.Sprintf("floor/%d", i),
				bytes.NewReader(body), benchSize, minio.PutObjectOptions{})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("bucket", func(b *testing.B) {
		bucket, folder := open(b, server.Config), storagetest.Key(b, "o")
		b.SetBytes(benchSize)
		for i := 0; b.Loop(); i++ {
			b.StopTimer()
			c := storagetest.Content(b, benchSize).Ciphertext()
			b.StartTimer()
			if err := bucket.Put(b.Context(), storage.Key(fmt.Sprintf("%s/%d", folder, i)), c); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkGet compares a Get of 200 KiB with a bare GET in the same run.
func BenchmarkGet(b *testing.B) {
	server := storagetest.Versitygw(b)
	bucket, k := open(b, server.Config), storagetest.Key(b, "o")
	if err := bucket.Put(b.Context(), k, storagetest.Content(b, benchSize).Ciphertext()); err != nil {
		b.Fatal(err)
	}
	b.Run("floor", func(b *testing.B) {
		client := raw(b, server.Config)
		b.SetBytes(benchSize)
		for b.Loop() {
			o, err := client.GetObject(b.Context(), server.Config.Bucket, string(k), minio.GetObjectOptions{})
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, o); err != nil {
				b.Fatal(err)
			}
			if err := o.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("bucket", func(b *testing.B) {
		b.SetBytes(benchSize)
		for b.Loop() {
			if _, err := bucket.Get(b.Context(), k, 0, -1); err != nil {
				b.Fatal(err)
			}
		}
	})
}
