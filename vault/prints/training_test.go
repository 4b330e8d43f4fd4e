package prints_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/vault"
	. "github.com/coffre-fort/coffre/vault/prints"
)

// ofAnExercise is the same page of a safe for exercises.
func ofAnExercise(p Page) Page {
	v := reflect.New(reflect.TypeOf(p)).Elem()
	v.Set(reflect.ValueOf(p))
	v.FieldByName("Letterhead").FieldByName("Nature").Set(reflect.ValueOf(vault.NatureTraining))
	return v.Interface().(Page)
}

// L-74: whatever is printed of a safe for exercises says so, on screen, in the
// title and on every sheet that comes out of the printer; nothing else does.
func TestEveryPageOfAnExerciseSaysSo(t *testing.T) {
	t.Parallel()
	for name, p := range all(t, names(), vault.DiscretionNormal) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if page := made(t, p); strings.Contains(page, `class="mark"`) {
				t.Error("a person's page is marked")
			}
			exercise := ofAnExercise(p)
			page := made(t, exercise)
			if !strings.Contains(page, `<p class="mark" aria-hidden="true">FICTIF</p>`) || !strings.Contains(page, "<h1>FICTIF – ") {
				t.Error("a page without its mark")
			}
			for i, sheet := range strings.Split(strings.TrimSuffix(tool(t, document(t, exercise), "pdftotext", "-", "-"), "\f"), "\f") {
				if !strings.Contains(sheet, vault.TrainingMark) {
					t.Errorf("sheet %d has no mark", i+1)
				}
			}
		})
	}
}

// A digital passport of an exercise has no address: nothing leads to a safe that is
// about to be erased. A person's without one is not printed.
func TestAPassportOfAnExerciseHasNoAddress(t *testing.T) {
	t.Parallel()
	for name, p := range all(t, names(), vault.DiscretionNormal) {
		page, is := p.(Passport)
		if !is {
			continue
		}
		page.Address = vault.AddressID{}
		if _, err := HTML(page); err == nil {
			t.Errorf("%s: a person's copy without its address", name)
		}
		page.Nature = vault.NatureTraining
		if text := made(t, page); strings.Contains(text, "/d/") || !strings.Contains(text, vault.TrainingMark) {
			t.Errorf("%s: an exercise leads somewhere, or has no mark", name)
		}
	}
}
