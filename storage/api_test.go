package storage_test

import (
	"context"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/dir"
	"github.com/coffre-fort/coffre/storage/s3"
	"github.com/coffre-fort/coffre/vault/seal"
)

// TestOnlySealedThingsCanBeWritten: of everything a bucket's methods take, only a
// Ciphertext and a Signed can hold bytes, one method takes each, and only
// vault/seal makes them. A key cannot carry more than a name.
func TestOnlySealedThingsCanBeWritten(t *testing.T) {
	t.Parallel()
	var (
		ciphertext = reflect.TypeFor[*seal.Ciphertext]()
		signed     = reflect.TypeFor[*seal.Signed]()
		harmless   = []reflect.Type{
			reflect.TypeFor[context.Context](),
			reflect.TypeFor[storage.Key](),
			reflect.TypeFor[int64](),
			reflect.TypeFor[time.Time](),
		}
		takes = map[reflect.Type][]string{}
	)
	bucket := reflect.TypeFor[storage.Bucket]()
	for m := range bucket.Methods() {
		for in := range m.Type.Ins() {
			switch {
			case in == ciphertext || in == signed:
				takes[in] = append(takes[in], m.Name)
			case !slices.Contains(harmless, in):
				t.Errorf("%s takes a %v, which could carry plaintext", m.Name, in)
			}
		}
	}
	if !slices.Equal(takes[ciphertext], []string{"Put"}) || !slices.Equal(takes[signed], []string{"Commit"}) {
		t.Errorf("ciphertexts go to %v, signed values to %v", takes[ciphertext], takes[signed])
	}
	for _, sealed := range []reflect.Type{ciphertext.Elem(), signed.Elem()} {
		for field := range sealed.Fields() {
			if field.IsExported() {
				t.Errorf("%v.%s can be set by anybody", sealed, field.Name)
			}
		}
	}
}

// TestBucketsHaveNoSideDoor: an implementation has the methods of the contract
// and no others.
func TestBucketsHaveNoSideDoor(t *testing.T) {
	t.Parallel()
	bucket := reflect.TypeFor[storage.Bucket]()
	for _, impl := range []reflect.Type{reflect.TypeFor[*dir.Bucket](), reflect.TypeFor[*s3.Bucket]()} {
		for m := range impl.Methods() {
			if _, ok := bucket.MethodByName(m.Name); !ok {
				t.Errorf("%v has a method %s beside the contract", impl, m.Name)
			}
		}
		for field := range impl.Elem().Fields() {
			if field.IsExported() {
				t.Errorf("%v has a field %s", impl, field.Name)
			}
		}
	}
}

// TestEverySignedValueFitsOneCommit: what seal signs, the contract takes.
func TestEverySignedValueFitsOneCommit(t *testing.T) {
	t.Parallel()
	if seal.MaxSigned > storage.MaxCommit {
		t.Errorf("seal signs %d bytes, a commit takes %d", seal.MaxSigned, storage.MaxCommit)
	}
	if seal.SegmentSize > storage.MaxGet {
		t.Errorf("a segment has %d bytes, a Get returns %d", seal.SegmentSize, storage.MaxGet)
	}
}
