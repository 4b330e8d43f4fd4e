package seal

import (
	"errors"
	"strings"
	"testing"
)

func TestCodeIsTakenAsPeopleTypeIt(t *testing.T) {
	t.Parallel()
	want := must(ParseCode("4F70-9QXM-21RB-H6WD-PZ3C"))(t)
	for _, typed := range []string{
		"4F709QXM21RBH6WDPZ3C", "4f70 9qxm 21rb h6wd pz3c", "4f7o-9qxm-2irb-h6wd-pz3c", "4F7O.9QXM.2LRB.H6WD.PZ3C",
		"  4f70\u00a09qxm\u202f21rb\th6wd\npz3c ", "4F70–9QXM—2lRB‐H6WD‑PZ3C",
	} {
		got, err := ParseCode(typed)
		if err != nil || string(got.Printed().Reveal()) != string(want.Printed().Reveal()) {
			t.Errorf("%q: %v", typed, err)
		}
	}
	if p := string(want.Printed().Reveal()); p != "4F70-9QXM-21RB-H6WD-PZ3C" {
		t.Errorf("printed %s", p)
	}
	for _, typed := range []string{
		"", "4F70-9QXM-21RB-H6WD-PZ3", "4F70-9QXM-21RB-H6WD-PZ3CC", "4F70-9QXM-21RB-H6WD-PZ3U", "4F70-9QXM-21RB-H6WD-PZ3É",
		"4F70-9QXM-21RB-H6WD-PZ3\x00", "4F70_9QXM_21RB_H6WD_PZ3C", strings.Repeat(" ", 200), "\xff4F709QXM21RBH6WDPZ3",
	} {
		got, err := ParseCode(typed)
		if !errors.Is(err, ErrCode) || !got.IsZero() {
			t.Errorf("%q was taken", typed)
		} else if len(typed) > 1 && strings.Contains(err.Error(), typed) {
			t.Errorf("the error quotes what was typed: %v", err)
		}
	}
}

func TestCodeOpensOnItsOwnSheetOnly(t *testing.T) {
	t.Parallel()
	code, other := must(NewCode())(t), must(NewCode())(t)
	id := must(code.Identity("sheet-1"))(t)
	again := must(must(ParseCode(strings.ToLower(string(code.Printed().Reveal()))))(t).Identity("sheet-1"))(t)
	if id.Recipient() != again.Recipient() {
		t.Fatal("the same code gives another identity")
	}
	if id.Recipient() == must(code.Identity("sheet-2"))(t).Recipient() || id.Recipient() == must(other.Identity("sheet-1"))(t).Recipient() {
		t.Fatal("another sheet or code gives the same identity")
	}
	b := Bind(KindWayInner, "safe", "sheet-1")
	c := must(Seal([]byte("clé"), b, id.Recipient()))(t)
	if got := must(again.Open(c.Bytes(), b))(t); string(got.Reveal()) != "clé" {
		t.Fatal("the sheet does not open")
	}
}

func TestCodesUseTheWholeAlphabet(t *testing.T) {
	t.Parallel()
	seen := map[rune]int{}
	for range 2000 {
		for _, r := range strings.ReplaceAll(string(must(NewCode())(t).Printed().Reveal()), "-", "") {
			seen[r]++
		}
	}
	if len(seen) != 32 {
		t.Fatalf("%d characters are used", len(seen))
	}
	for r, n := range seen { // 1250 expected, standard deviation 35
		if n < 1000 || n > 1500 {
			t.Errorf("%c was drawn %d times of 40 000", r, n)
		}
	}
}

func FuzzParseCode(f *testing.F) {
	f.Add("4F70-9QXM-21RB-H6WD-PZ3C")
	f.Add("4f7o 9qxm 2irb h6wd pz3c")
	f.Add("ÜÜÜÜ")
	f.Fuzz(func(t *testing.T, typed string) {
		c, err := ParseCode(typed)
		if err != nil {
			if !errors.Is(err, ErrCode) || !c.IsZero() {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		printed := string(c.Printed().Reveal())
		again, err := ParseCode(printed)
		if err != nil || string(again.Printed().Reveal()) != printed || len(printed) != codeLength+4 {
			t.Fatalf("printed as %q, %v", printed, err)
		}
	})
}
