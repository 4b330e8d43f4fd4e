package keeper

import (
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"strings"
	"testing"
)

// FORMAT.md names every field that is stored, in the part that speaks of it, and
// every bucket of the state file: whoever reads it back without us misses none.
func TestTheFormatNamesWhateverIsStored(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	part := func(title string) string {
		_, after, found := strings.Cut(string(raw), "\n## "+title+"\n")
		if !found {
			t.Fatalf("there is no part %q", title)
		}
		text, _, _ := strings.Cut(after, "\n## ")
		return text
	}
	for title, roots := range map[string][]any{
		"Service record":                   {serviceJSON{}},
		"Plan of a handover":               {planJSON{}},
		"Secret of a memo":                 {memoJSON{}},
		"Terms of a consent":               {termsJSON{}},
		"Records of structures and agents": {structureJSON{}, agentJSON{}},
		"Details of the trail":             {detail{}},
		"Recoveries":                       {recoveryBatch{}, recoveryAnswers{}},
		"State file":                       {waitingJSON{}, helpJSON{}, relayRowJSON{}, anomalyJSON{}, limitsJSON{}, spareJSON{}},
	} {
		text := part(title)
		switch title {
		case "Plan of a handover":
			text += part("Service record") // of the PIN
		case "State file":
			text += part("Records of structures and agents") // of a notebook that waits
			for _, name := range stateBuckets() {
				if !strings.Contains(text, "`"+string(name)+"`") {
					t.Errorf("%s: nothing says what the bucket %s is", title, name)
				}
			}
		}
		for _, root := range roots {
			for field := range storedFields(reflect.TypeOf(root)) {
				if !strings.Contains(text, "`"+field+"`") {
					t.Errorf("%s: nothing says what %s is", title, field)
				}
			}
		}
	}
}

// storedFields are the names of a stored form's fields, and of those below it.
func storedFields(of reflect.Type) map[string]bool {
	for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice || of.Kind() == reflect.Map {
		of = of.Elem()
	}
	all := map[string]bool{}
	if of.Kind() != reflect.Struct || of.Implements(reflect.TypeFor[json.Marshaler]()) {
		return all
	}
	for field := range of.Fields() {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" {
			all[name] = true
		}
		maps.Copy(all, storedFields(field.Type))
	}
	return all
}
