package keeper

import (
	"bytes"
	"encoding/json"
	"testing"
)

// The files of FORMAT.md have one form: what is read is written again as the
// same bytes.
func FuzzParseRecoveries(f *testing.F) {
	f.Add([]byte(`{"v":1,"answers":[{"safe":"` + vectorSafe + `","sheet":"` + vectorSafe + `","epochs":[{"epoch":1,"sealed":"AQI="}]}]}`))
	f.Add([]byte(`{"v":1,"answers":null}`))
	f.Add([]byte(`{"v":1,"origin":"coffre-trail/0","requests":[]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if a, err := parseAnswers(raw); err == nil {
			same(t, raw, a)
		}
		var b recoveryBatch
		if err := parseRecoveries(raw, &b, func() int { return b.Version }); err == nil {
			same(t, raw, b)
		}
	})
}

func same(t *testing.T, raw []byte, parsed any) {
	t.Helper()
	if again, err := json.Marshal(parsed); err != nil || !bytes.Equal(again, raw) {
		t.Errorf("%s became %s, %v", raw, again, err)
	}
}

func TestRecoveriesHaveOneForm(t *testing.T) {
	t.Parallel()
	const answers = `{"v":1,"answers":[{"safe":"` + vectorSafe + `","sheet":"` + vectorSafe + `","epochs":[{"epoch":1,"sealed":"AQI="}]}]}`
	a, err := parseAnswers([]byte(answers))
	if err != nil || len(a.Answers) != 1 || a.Answers[0].Safe != vectorSafe || !bytes.Equal(a.Answers[0].Epochs[0].Sealed, []byte{1, 2}) {
		t.Errorf("%+v, %v", a, err)
	}
	for _, other := range []string{
		answers + "\n", " " + answers, answers + "{}", `{"answers":[],"v":1}`, `{"v":2,"answers":[]}`, `{"v":1,"answers":[],"x":1}`, `{"V":1,"answers":[]}`,
	} {
		if _, err := parseAnswers([]byte(other)); err == nil {
			t.Errorf("%.60q was read", other)
		}
	}
}
