package rpc

import (
	"sync"
	"testing"

	"google.golang.org/protobuf/proto"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault/papers"
)

// Anybody may ask for the catalogue, as often as they like: it is made once, for
// all who ask at once too, and read by them at once.
func TestTheCatalogueIsMadeOnce(t *testing.T) {
	t.Parallel()
	kinds, err := papers.Load()
	if err != nil {
		t.Fatal(err)
	}
	s := papersOf(Config{Kinds: kinds}, nil)
	answers := make([]*coffrev1.GetCatalogueResponse, 8)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() {
			var err error
			if answers[i], err = s.GetCatalogue(t.Context(), nil); err != nil {
				t.Error(err)
				return
			}
			if _, err := proto.Marshal(answers[i]); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, a := range answers {
		if a != answers[0] || len(a.GetKinds()) == 0 {
			t.Fatal("the catalogue was made again")
		}
	}
	health := papersOf(Config{Kinds: kinds, HealthPapers: true}, nil)
	if a, err := health.GetCatalogue(t.Context(), nil); err != nil || proto.Equal(a, answers[0]) {
		t.Errorf("another configuration has the same answer: %v", err)
	}
}
