package keeper

import (
	"os"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/vault/workshop"
)

// The vector of a record with an earlier cycle is read and written as it stands; one
// from before there were earlier ones, which is the same without them, is read too.
func TestARecordWithAnEarlierCycle(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/cycles.json")
	if err != nil {
		t.Fatal(err)
	}
	r, err := parseService(raw)
	if err != nil || len(r.parts()) != 2 {
		t.Fatalf("%d parts: %v", len(r.parts()), err)
	}
	last, before := r.parts()[0], r.parts()[1]
	if last.part.Marks[0].Attendance != workshop.AttendanceCaughtUp || last.part.Marks[0].Elsewhere != before.cycle ||
		before.part.Left.Unix() != 1785000000 || before.part.Progress.Thrown != 7 || len(before.part.Days()) != 1 {
		t.Errorf("the last %+v, before it %+v", last, before)
	}
	if again, err := r.marshal(); err != nil || string(again) != string(raw) {
		t.Errorf("it is written as %s: %v", again, err)
	}
	old, _, _ := strings.Cut(string(raw), `,"earlier_cycles"`)
	if r, err := parseService([]byte(old + "}")); err != nil || len(r.parts()) != 1 || r.cycle.cycle != last.cycle {
		t.Errorf("the form from before: %+v, %v", r.parts(), err)
	}
}

// One cycle stands in a record once, and as many as are kept.
func TestARecordRefusesCyclesThatCannotBe(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/cycles.json")
	if err != nil {
		t.Fatal(err)
	}
	head, one, _ := strings.Cut(strings.TrimSuffix(string(raw), "]}"), `"earlier_cycles":[`)
	for name, text := range map[string]string{
		"the same twice":    head + `"earlier_cycles":[` + one + "," + one + "]}",
		"the last one":      head + `"earlier_cycles":[` + strings.ReplaceAll(one, "nfrggz", "mfrggz") + "]}",
		"a part in nothing": head + `"earlier_cycles":[{"cycle":"","since":0,"marks":[{}]}]}`,
		"more than are kept": head + `"earlier_cycles":[` + one + func() (more string) {
			for _, first := range "abcdefgh" {
				more += "," + strings.ReplaceAll(one, "nfrggz", string(first)+"frggz")
			}
			return more
		}() + "]}",
	} {
		if r, err := parseService([]byte(text)); err == nil {
			t.Errorf("%s: %+v", name, r.earlier)
		}
	}
}
