package main

import (
	"testing"

	"google.golang.org/protobuf/proto"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

func TestAMemberOfAHouseholdIsReadAsTyped(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		line     string
		relation coffrev1.Relation
		whose    string
		year     int32
	}{
		{"enfant: ma fille Ana, 2015", coffrev1.Relation_RELATION_CHILD, "ma fille Ana", 2015},
		{" Conjoint :mon conjoint Karim ", coffrev1.Relation_RELATION_PARTNER, "mon conjoint Karim", 0},
		{"autre: Ana, Zoé", coffrev1.Relation_RELATION_OTHER, "Ana, Zoé", 0},
		{"enfant: Ana, 99", coffrev1.Relation_RELATION_CHILD, "Ana", 99}, // the service says that nobody was born then
		// what says no year belongs to the name: else it was another year the next time
		{"enfant: Ana, 2015, 0", coffrev1.Relation_RELATION_CHILD, "Ana, 2015, 0", 0},
		{"enfant: Ana, 2015, +2016", coffrev1.Relation_RELATION_CHILD, "Ana, 2015, +2016", 0},
		{"enfant: Ana: Zoé", coffrev1.Relation_RELATION_CHILD, "Ana: Zoé", 0},
	} {
		m, err := parseMember(row.line)
		if err != nil || m.GetRelation() != row.relation || m.GetWhose() != row.whose || m.GetBirthYear() != row.year {
			t.Errorf("%q: %v, %v", row.line, m, err)
		}
	}
	for _, line := range []string{"", "enfant", "enfant:", "enfant: , 2015", "voisin: Ana", ": Ana", "enfant: Ana\nautre: Zoé", "enfant: \xff"} {
		if m, err := parseMember(line); err == nil {
			t.Errorf("%q: %v", line, m)
		}
	}
}

// A line that is read and written is the same member, on one line.
func FuzzParseMember(f *testing.F) {
	for _, line := range []string{"enfant: ma fille Ana, 2015", "conjoint: Karim", "autre: Ana, 2015, 0", "enfant: a\rb", "enfant:,,1"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		m, err := parseMember(line)
		if err != nil {
			return
		}
		all, err := parseMembers([]string{memberLine(m)})
		if err != nil || len(all) != 1 || !proto.Equal(all[0], m) {
			t.Fatalf("%q is %q, and that is %v, %v", line, memberLine(m), all, err)
		}
	})
}
