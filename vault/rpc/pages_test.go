package rpc

import (
	"errors"
	"math"
	"testing"
	"time"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
)

func TestATokenLeadsToItsOwnListOnly(t *testing.T) {
	t.Parallel()
	p, safe, doc := newPages(), vault.NewSafeID(), vault.NewDocumentID()
	mine := list{name: "documents", caller: "moi", safe: safe, filter: "sante"}
	token := p.after(mine, doc)
	if got, err := p.document(mine, token); err != nil || got != doc {
		t.Fatalf("%v, %v", got, err)
	}
	if got, err := p.document(mine, ""); err != nil || !got.IsZero() {
		t.Errorf("first page: %v, %v", got, err)
	}
	for name, l := range map[string]list{
		"another caller": {name: "documents", caller: "elle", safe: safe, filter: "sante"},
		"nobody":         {name: "documents", safe: safe, filter: "sante"},
		"another safe":   {name: "documents", caller: "moi", safe: vault.NewSafeID(), filter: "sante"},
		"another drawer": {name: "documents", caller: "moi", safe: safe, filter: "banque"},
		"no drawer":      {name: "documents", caller: "moi", safe: safe},
		"another list":   {name: "journal", caller: "moi", safe: safe, filter: "sante"},
		"moved border":   {name: "document", caller: "smoi", safe: safe, filter: "sante"},
	} {
		if _, err := p.document(l, token); !errors.Is(err, vault.ErrPageToken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// After a restart the key is another one.
	if _, err := newPages().document(mine, token); !errors.Is(err, vault.ErrPageToken) {
		t.Errorf("after a restart: %v", err)
	}
	for i := range token {
		flipped := []byte(token)
		flipped[i] ^= 1
		if _, err := p.document(mine, string(flipped)); !errors.Is(err, vault.ErrPageToken) {
			t.Errorf("flipped at %d: %v", i, err)
		}
	}
	for _, bad := range []string{token + "A", token[1:], token + "=", "….", p.next(list{name: "documents", safe: safe, filter: "sante"}, place{})[:10]} {
		if _, err := p.document(mine, bad); !errors.Is(err, vault.ErrPageToken) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestPageSizes(t *testing.T) {
	t.Parallel()
	p, safe := newPages(), vault.NewSafeID().String()
	for size, want := range map[int32]int{0: 100, 1: 1, 1000: 1000, 1001: 1000, math.MaxInt32: 1000} {
		act, _, err := parseList(coffrev1.ListRequest_builder{Safe: &safe, PageSize: &size}.Build(), p, "moi")
		if err != nil || act.Limit != want {
			t.Errorf("%d: %d, %v", size, act.Limit, err)
		}
	}
	for _, size := range []int32{-1, math.MinInt32} {
		if _, _, err := parseList(coffrev1.ListRequest_builder{Safe: &safe, PageSize: &size}.Build(), p, "moi"); err == nil {
			t.Errorf("%d was accepted", size)
		}
		if _, _, _, err := parseJournal(coffrev1.ReadJournalRequest_builder{Safe: &safe, PageSize: &size}.Build(), p, "moi", time.Now()); err == nil {
			t.Errorf("%d was accepted", size)
		}
	}
}

// Reading a journal is a line of it: a walk must end all the same.
func TestAWalkThroughAJournalHasAnEnd(t *testing.T) {
	t.Parallel()
	p, safe, start := newPages(), vault.NewSafeID(), time.Now()
	l := list{name: "journal", safe: safe}
	first, err := p.place(l, "", start)
	if err != nil || first.from != 0 || first.until.Before(start) {
		t.Fatalf("%+v, %v", first, err)
	}
	second, err := p.place(l, p.next(l, place{from: 7, until: first.until}), start.Add(time.Hour))
	if err != nil || second.from != 7 || !second.until.Equal(first.until) {
		t.Errorf("%+v, %v: the end moved", second, err)
	}
}

func TestAWalkGoesOnWhileThereIsMore(t *testing.T) {
	t.Parallel()
	until := time.Now().Truncate(time.Second)
	at := place{from: 5, until: until}
	early, late := vault.Line{Time: until}, vault.Line{Time: until.Add(time.Second)}
	for _, c := range []struct {
		page []vault.Line
		from uint64
		more bool
	}{
		{[]vault.Line{early, early}, 7, true},
		{[]vault.Line{early}, 0, false},
		{nil, 0, false},
		{[]vault.Line{early, late}, 0, false},
	} {
		next, more := at.following(c.page, 2)
		if more != c.more || next.from != c.from || more && !next.until.Equal(until) {
			t.Errorf("after %d lines: %+v, %v", len(c.page), next, more)
		}
	}
}

func FuzzParsePageToken(f *testing.F) {
	p, l := newPages(), list{name: "documents"}
	f.Add("")
	f.Add(p.after(l, vault.DocumentID{1}))
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, token string) {
		doc, err := p.document(l, token)
		switch {
		case err != nil && !errors.Is(err, vault.ErrPageToken):
			t.Error(err)
		case err == nil && token == "" && !doc.IsZero():
			t.Error("the first page begins in the middle")
		case err == nil && token != "" && p.after(l, doc) != token:
			t.Errorf("%q and %q are the same token", token, p.after(l, doc))
		}
	})
}
