package rpc

import (
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/vault/papers"
)

// A number on paper is read in groups; whoever types it without them types the same.
func TestALongNumberIsPrintedInGroups(t *testing.T) {
	t.Parallel()
	kinds, err := papers.Load()
	if err != nil {
		t.Fatal(err)
	}
	field := func(body papers.Body, code string) papers.FieldInfo {
		info, err := kinds.Body(body)
		if err != nil {
			t.Fatal(err)
		}
		f, err := info.Field(code)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	nir, fiscal, file := field("ameli", "identifiant"), field("impots", "numero-fiscal"), field("caf", "dossier")
	for _, tt := range []struct {
		field       papers.FieldInfo
		value, want string
	}{
		{nir, "2850799123456", "2 85 07 99 123 456"},
		{nir, "285072A123456", "2 85 07 2A 123 456"},
		{nir, "285079912345678", "2 85 07 99 123 456 78"},
		{nir, "2 85 07 99 123 456 78", "2 85 07 99 123 456 78"},
		{fiscal, "3012345678901", "30 12 345 678 901"}, // a NIR's length, and none
		{field("france-travail", "identifiant"), "12345678901", "12 345 678 901"},
		{field("france-travail", "identifiant"), "1234567A", "1234567A"},
		{file, "1234567", "1234567"},
		{papers.FieldInfo{}, "0612345678", "06 12 34 56 78"},
		{papers.FieldInfo{}, "zelie@exemple.invalid", "zelie@exemple.invalid"},
		{papers.FieldInfo{}, "", ""},
	} {
		got := legible(tt.field, tt.value)
		if got != tt.want || strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(tt.value, " ", "") {
			t.Errorf("%q is printed as %q, not %q", tt.value, got, tt.want)
		}
	}
}
