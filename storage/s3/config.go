package s3

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault/seal"
)

// maxPrefix leaves room for the longest key in the 1024 bytes of an S3 name.
const maxPrefix = 1024 - storage.MaxKey

// Config of an S3 bucket.
type Config struct {
	// Endpoint is the server's URL: https://host[:port]. With http:// everything
	// but the secret key crosses the network in the clear, names and sizes
	// included: for a server on this machine, or behind a tunnel. There is no
	// default scheme, so that nothing is in the clear by omission. Required.
	Endpoint string

	// Bucket must exist; its lifecycle, versioning and lock settings are the
	// operator's. Required.
	Bucket string

	// Region is what requests are signed for. Empty means the one in the name of
	// an AWS endpoint, else us-east-1.
	Region string

	// Prefix goes in front of every key, to share a bucket: empty, or parts as
	// in a key, each followed by a slash, 256 bytes at most.
	Prefix string

	// AccessKey and SecretKey need leave to get, put, delete and list objects
	// and to list and abort multipart uploads. Required.
	AccessKey string
	SecretKey seal.Secret

	// CAFile holds PEM certificates that replace the system's roots, for a server
	// with a certificate of one's own.
	CAFile string
}

func (c Config) check() (*url.URL, error) {
	for _, field := range []struct {
		name  string
		empty bool
	}{
		{"endpoint", c.Endpoint == ""},
		{"bucket", c.Bucket == ""},
		{"access key", c.AccessKey == ""},
		{"secret key", c.SecretKey.IsZero()},
	} {
		if field.empty {
			return nil, fmt.Errorf("s3: %w: %s is required", storage.ErrInvalid, field.name)
		}
	}
	if c.Prefix != "" && !validPrefix(c.Prefix) {
		return nil, fmt.Errorf("s3: %w: prefix", storage.ErrInvalid)
	}
	u, err := url.Parse(c.Endpoint)
	if err != nil {
		// The text of a URL error repeats the URL, which may hold a password.
		return nil, fmt.Errorf("s3: %w: endpoint is not a URL", storage.ErrInvalid)
	}
	if u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("s3: %w: endpoint must begin with https:// or http://", storage.ErrInvalid)
	}
	if u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("s3: %w: endpoint must be a scheme and a host", storage.ErrInvalid)
	}
	return u, nil
}

func validPrefix(s string) bool {
	return len(s) <= maxPrefix && strings.HasSuffix(s, "/") && storage.Key(s).ValidPrefix()
}
