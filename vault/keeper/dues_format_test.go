package keeper

import (
	"os"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/vault"
)

// The vector of a record with days that fall due is read and written as it stands.
func TestARecordWithDaysThatFallDue(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/dues.json")
	if err != nil {
		t.Fatal(err)
	}
	r, err := parseService(raw)
	if err != nil || len(r.dues) != 3 {
		t.Fatalf("%d days: %v", len(r.dues), err)
	}
	for i, day := range []string{"2026-12-21", "2027-02-21", "2027-02-21"} {
		if r.dues[i].day.String() != day {
			t.Errorf("the day %d is %s, want %s", i, r.dues[i].day, day)
		}
	}
	if id, err := vault.ParseDueID("mfrggzdfmztwq2lknnwg23tpoa"); err != nil || r.dues[0].id != id {
		t.Errorf("the first id is %v: %v", r.dues[0].id, err)
	}
	if again, err := r.marshal(); err != nil || string(again) != string(raw) {
		t.Errorf("it is written as %s: %v", again, err)
	}
}

// Days are kept soonest first, each with an id of its own, and as many as are kept.
func TestARecordRefusesDaysThatCannotBe(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/dues.json")
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(string(raw), `"dues":[`)
	one := func(id, day string) string { return `{"id":"` + id + `","day":"` + day + `"}` }
	const id, other = "mfrggzdfmztwq2lknnwg23tpoa", "nfrggzdfmztwq2lknnwg23tpoa"
	var many []string
	for _, first := range "abcdefghijklmnopqrstuvwxyz" {
		for _, second := range "abc" {
			many = append(many, one(string([]rune{first, second})+"rggzdfmztwq2lknnwg23tpoa", "2026-12-21"))
		}
	}
	all := func(n int) string { return strings.Join(many[:n], ",") }
	if r, err := parseService([]byte(head + `"dues":[` + all(vault.MaxDues) + "]}")); err != nil || len(r.dues) != vault.MaxDues {
		t.Errorf("as many as are kept: %v", err)
	}
	for name, days := range map[string]string{
		"one more":     all(vault.MaxDues + 1),
		"no id":        one("", "2026-12-21"),
		"no day":       one(id, ""),
		"the same id":  one(id, "2026-12-21") + "," + one(id, "2026-12-22"),
		"a later one":  one(id, "2026-12-21") + "," + one(other, "2026-12-20"),
		"no such day":  one(id, "2026-02-30"),
		"a day's time": one(id, "2026-02-20T10:00:00Z"),
		"a duty":       strings.Replace(one(id, "2026-12-21"), `"day"`, `"duty":"cni","day"`, 1),
	} {
		if r, err := parseService([]byte(head + `"dues":[` + days + "]}")); err == nil {
			t.Errorf("%s: %+v", name, r.dues)
		}
	}
}
