package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	"github.com/coffre-fort/coffre/vault/prints"
)

// A PDF file that the service could not make, for a name is in another script, is no
// reason to lose the page: the copy, or the handover, that it stands for counts.
func TestAPageForABrowserIsKept(t *testing.T) {
	t.Parallel()
	html := prints.Made{Format: prints.FormatHTML, Bytes: []byte("<p>فاطمة</p>")}
	for name, tt := range map[string]struct{ before, want string }{
		"beside":      {"", "copie.html"},
		"not replace": {"copie.html", "copie.pdf"}, // another page is there already
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if tt.before != "" {
				if err := os.WriteFile(filepath.Join(dir, tt.before), []byte("autre"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var out, aside bytes.Buffer
			a := &app{stdout: &out, stderr: &aside, output: formatText}
			to := pageTo{file: filepath.Join(dir, "copie.pdf")}
			if err := a.page(to, func() (prints.Made, error) { return html, nil }); err != nil {
				t.Fatal(err)
			}
			kept, err := os.ReadFile(filepath.Join(dir, tt.want))
			if err != nil || !bytes.Equal(kept, html.Bytes) {
				t.Errorf("%s: %q, %v", tt.want, kept, err)
			}
			if said := out.String(); !strings.Contains(said, tt.want) || !strings.Contains(said, "navigateur") || !strings.Contains(aside.String(), "lettres") {
				t.Errorf("said %q, %q", said, aside.String())
			}
			if all, err := os.ReadDir(dir); err != nil || len(all) != 1 && tt.before == "" {
				t.Errorf("%d files, %v", len(all), err)
			}
		})
	}
}

// What is typed here and cannot be set is told before anything counts.
func TestAPageIsRefusedBeforeItCounts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		to      pageTo
		typed   string
		refused bool
	}{
		{pageTo{file: "a.pdf"}, "فاطمة", true},
		{pageTo{format: "pdf"}, "தமிழ்", true},
		{pageTo{file: "a.html"}, "فاطمة", false},
		{pageTo{}, "فاطمة", false}, // made as it can be
		{pageTo{file: "a.pdf"}, "Олена Œuvrard-Ÿmare", false},
		{pageTo{file: "a.pdf"}, "", false},
	} {
		err := tt.to.sets(tt.typed)
		if failed, is := errors.AsType[*client.Error](err); (is && failed.Reason == "PAGE_SCRIPT") != tt.refused || !tt.refused && err != nil {
			t.Errorf("%+v of %q: %v", tt.to, tt.typed, err)
		}
	}
}
