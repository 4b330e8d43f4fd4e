package prints_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/coffre-fort/coffre/vault"
	. "github.com/coffre-fort/coffre/vault/prints"
)

// tool runs a program of poppler-utils or zbar-tools on a document; without it
// the test is skipped, but not where everything has to be there.
func tool(t *testing.T, document []byte, name string, args ...string) string {
	t.Helper()
	out, err := try(t, document, name, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// try is tool for one that may fail.
func try(t *testing.T, document []byte, name string, args ...string) (string, error) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(name + " is not here")
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Stdin = bytes.NewReader(document)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w: %s", name, err, said.String())
	}
	return out.String(), nil
}

// pictures are the sheets of a document as a printer makes them, in grey.
func pictures(t *testing.T, document []byte) (all [][]byte) {
	t.Helper()
	pages := regexp.MustCompile(`(?m)^Pages: +(\d+)$`).FindStringSubmatch(tool(t, document, "pdfinfo", "-"))
	if pages == nil {
		t.Fatal("a document without pages")
	}
	n, err := strconv.Atoi(pages[1])
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		page := strconv.Itoa(i + 1)
		all = append(all, []byte(tool(t, document, "pdftoppm", "-r", "150", "-gray", "-f", page, "-l", page, "-")))
	}
	return all
}

// noSquare is how zbarimg says that it saw none.
const noSquare = 4

// squares reads the QR codes of a document as a camera does, in ascending order.
func squares(t *testing.T, document []byte) (all []string) {
	t.Helper()
	for _, picture := range pictures(t, document) {
		inked(t, picture)
		said, err := try(t, picture, "zbarimg", "--quiet", "--raw", "-")
		if failed, is := errors.AsType[*exec.ExitError](err); is && failed.ExitCode() == noSquare {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, strings.Fields(said)...)
	}
	slices.Sort(all)
	return all
}

// inked holds that something is printed on a sheet, and nothing where printers
// print nothing, within three millimetres of its edge; there a fold has its mark.
func inked(t *testing.T, picture []byte) {
	t.Helper()
	var width, height, white int
	if _, err := fmt.Sscanf(string(picture[:32]), "P5\n%d %d\n%d", &width, &height, &white); err != nil {
		t.Fatal(err)
	}
	grey, dark, edge := picture[len(picture)-width*height:], 0, 0
	margin := 150 * 3 * 10 / 254
	for i, g := range grey {
		if int(g) > white/2 {
			continue
		}
		dark++
		if x, y := i%width, i/width; x < margin || y < margin || x >= width-margin || y >= height-margin {
			edge++
		}
	}
	if dark*1000 < len(grey) || dark*3 > len(grey) {
		t.Errorf("%d of %d points of a sheet are black", dark, len(grey))
	}
	if edge > 8*margin { // two folds, each with its dashes at both ends
		t.Errorf("%d black points where no printer prints", edge)
	}
}

// document makes the PDF of a page; none of one that is not made.
func document(t *testing.T, p Page) []byte {
	t.Helper()
	b, err := PDF(p)
	if errors.Is(err, ErrDiscreet) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

var quoted = regexp.MustCompile(`(?m)^ *"(.*)"$`)

// heard is what a screen reader says of a document, in its order.
func heard(t *testing.T, b []byte) string {
	t.Helper()
	var out strings.Builder
	for _, m := range quoted.FindAllStringSubmatch(tool(t, b, "pdfinfo", "-struct-text", "-"), -1) {
		out.WriteString(m[1])
	}
	return out.String()
}

// shown is the same of the page for a browser.
func shown(t *testing.T, page string) string {
	t.Helper()
	var out strings.Builder
	for _, n := range elements(t, page) {
		switch n.Data {
		case "h1", "h2", "p", "dt", "dd", "figcaption", "caption", "th", "td":
			out.WriteString(text(n))
		case "li":
			out.WriteString("•" + text(n))
		}
	}
	return out.String()
}

var ordered = regexp.MustCompile(`(?s)<ol>.*?</ol>`)

// L-81: what is heard of a document is what the page says, word for word, in the
// same order; it says its language, and which parts are titles.
func TestADocumentIsHeardAsThePageIsRead(t *testing.T) {
	t.Parallel()
	for _, d := range []vault.Discretion{vault.DiscretionNormal, vault.DiscretionDiscreet} {
		for name, p := range all(t, names(), d) {
			b := document(t, p)
			if b == nil {
				continue
			}
			page := made(t, p)
			for _, steps := range ordered.FindAllString(page, -1) { // their numbers are heard
				n := 0
				page = strings.Replace(page, steps, regexp.MustCompile(`<li>`).ReplaceAllStringFunc(steps, func(string) string {
					n++
					return "<p>" + string(rune('0'+n)) + "."
				}), 1)
			}
			got, want := letters(heard(t, b)), letters(shown(t, page))
			_, got, _ = strings.Cut(got, "2026") // above the title: who and when
			want, _, _ = strings.Cut(strings.TrimPrefix(want, letters("Structure : CCAS de Ville-Fictive")), letters("Imprimé le 22"))
			if got != want {
				t.Errorf("%s:\n got %s\nwant %s", name, got, want)
			}
		}
	}
}

func TestADocumentSaysWhatItIs(t *testing.T) {
	t.Parallel()
	for _, d := range []vault.Discretion{vault.DiscretionNormal, vault.DiscretionDiscreet} {
		for name, p := range all(t, names(), d) {
			b := document(t, p)
			if b == nil {
				continue
			}
			info := tool(t, b, "pdfinfo", "-")
			for _, must := range []string{"Tagged:          yes", " pts (A4)", "Producer:        Coffre"} {
				if !strings.Contains(info, must) {
					t.Errorf("%s: not %q in\n%s", name, must, info)
				}
			}
			if d == vault.DiscretionDiscreet && !strings.Contains(info, "Title:           Document personnel") {
				t.Errorf("%s: %s", name, info)
			}
			if strings.Contains(info, "Fictive") || strings.Contains(info, "Author") {
				t.Errorf("%s names somebody: %s", name, info)
			}
			if len(b) > 300<<10 {
				t.Errorf("%s: %d bytes", name, len(b))
			}
			fonts := strings.Split(strings.TrimSpace(tool(t, b, "pdffonts", "-")), "\n")[2:]
			for _, line := range fonts {
				if f := strings.Fields(line); len(f) < 7 || f[4] != "yes" || f[6] != "yes" {
					t.Errorf("%s: a font that is not embedded, or without its characters: %s", name, line)
				}
			}
			if len(fonts) == 0 {
				t.Errorf("%s: no font", name)
			}
		}
	}
}

// Each kind of page is printed in grey, and a camera reads from the paper what the
// document means: the code itself on a code sheet and on its card, the service's
// own address elsewhere, and nothing where there is nothing to lead to.
func TestACameraReadsTheSquares(t *testing.T) {
	t.Parallel()
	wanted := map[string][]string{
		"code-sheet":       {"7Q4K-M2ZP-0H3W-XR8D-5T1B", "7Q4K-M2ZP-0H3W-XR8D-5T1B"},
		"receipt":          {"https://coffre.example.fr/v/" + pageCode().String()},
		"withdrawal":       {pageCode().String()},
		"passport-folded":  {"https://coffre.example.fr/d/" + vault.AddressID{8, 8}.String()},
		"passport-booklet": {"https://coffre.example.fr/d/" + vault.AddressID{8, 8}.String()},
		"passport-cards":   {"https://coffre.example.fr/d/" + vault.AddressID{8, 8}.String()},
		"kit-person":       {"4F70-9QXM-21RB-H6WD-PZ3C"},
		"kit-relative":     {"4F70-9QXM-21RB-H6WD-PZ3C"},
		"kit-envelope":     {"4F70-9QXM-21RB-H6WD-PZ3C"},
		"address":          {"https://coffre.example.fr/d/" + vault.AddressID{8, 8}.String()},
		"activation-slip":  {"https://coffre.example.fr/activer/" + vault.SafeID{4, 5, 6}.String()},
		"mandate":          {"https://coffre.example.fr/v/" + pageCode().String(), pageCode().String()},
		"bring":            nil, "certificate": nil, "copy-lost": nil, "departure": nil, "destroyed": nil, "information": nil, "journal": nil, "kit-letter": nil, "letter": nil, "summary": nil, "to-change": nil,
	}
	for name, p := range all(t, names(), vault.DiscretionNormal) {
		want, known := wanted[name]
		if !known {
			t.Errorf("%s: nobody says what a camera reads on it", name)
		}
		if got := squares(t, document(t, p)); !slices.Equal(got, want) {
			t.Errorf("%s: %q, not %q", name, got, want)
		}
	}
}

// A name in another script goes to the browser, and nothing is replaced by a
// question mark.
func TestOtherScriptsAreForTheBrowser(t *testing.T) {
	t.Parallel()
	n := names()
	n.person = "فاطمة"
	p := all(t, n, vault.DiscretionNormal)["mandate"]
	if _, err := PDF(p); !errors.Is(err, ErrScript) {
		t.Errorf("a document in Arabic: %v", err)
	}
	m, err := Make(p, FormatAny)
	if err != nil || m.Format != FormatHTML || !bytes.Contains(m.Bytes, []byte(n.person)) {
		t.Errorf("%v, %v", m.Format, err)
	}
	n.person = "Олена Łódź-Şırnak"
	if m, err = Make(all(t, n, vault.DiscretionNormal)["mandate"], FormatAny); err != nil || m.Format != FormatPDF {
		t.Errorf("%v, %v", m.Format, err)
	}
	if _, err := Make(p, FormatHTML+1); err == nil {
		t.Error("a format that there is not")
	}
}

// Whatever is typed, a document is made or goes to the browser.
func TestHostileNamesArePrinted(t *testing.T) {
	t.Parallel()
	for _, evil := range []string{"", "(a) Tj ET Q \\)\\( <</Type /Page\nendobj\x00\xff", strings.Repeat("W", 300)} {
		for name, p := range all(t, typed{evil, evil, evil, evil, evil, evil}, vault.DiscretionNormal) {
			m, err := Make(p, FormatAny)
			if err != nil || m.Format != FormatPDF {
				t.Errorf("%s: %q: %v, %v", name, evil, m.Format, err)
			}
		}
	}
}

// L-81: a value in a script that is written from the right says so, in a page that is
// French; what joins its letters stays.
func TestAnotherScriptHasItsDirection(t *testing.T) {
	t.Parallel()
	n := names()
	n.person = "نر\u200cگس \u2067فاطمة\u2069"
	page := made(t, all(t, n, vault.DiscretionNormal)["certificate"])
	for _, e := range elements(t, page) {
		if text(e) == "نر\u200cگس فاطمة" && e.Data == "dd" && attr(e, "dir") == "auto" {
			return
		}
	}
	t.Errorf("the name has no direction, or other letters: %s", page)
}
