package prints_test

import (
	"encoding/json"
	"errors"
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/coffre-fort/coffre/vault"
	. "github.com/coffre-fort/coffre/vault/prints"
)

var update = flag.Bool("update", false, "write the golden pages")

// What people take home does not change by accident.
func TestThePagesAreTheseBytes(t *testing.T) {
	t.Parallel()
	for name, p := range all(t, names(), vault.DiscretionNormal) {
		golden(t, name+".html", made(t, p))
	}
	record, err := all(t, names(), vault.DiscretionNormal)["receipt"].(Receipt).JSON()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "receipt.json", string(record))
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
		t.Errorf("%s: run with -update and look at it\n%s", name, d)
	}
}

// elements walks a page.
func elements(t *testing.T, page string) []*html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var out []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			out = append(out, n)
		}
	}
	return out
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

// L-81: language, title, one h1, headings in order, named parts, alternatives of
// pictures, heads of tables, nothing by colour alone; and nothing from elsewhere.
func TestEveryPageIsAccessibleAndAlone(t *testing.T) {
	t.Parallel()
	for _, discretion := range []vault.Discretion{vault.DiscretionNormal, vault.DiscretionDiscreet} {
		for name, p := range all(t, names(), discretion) {
			b, err := HTML(p)
			if errors.Is(err, ErrDiscreet) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			checkPage(t, name, string(b))
		}
	}
}

func checkPage(t *testing.T, name, page string) {
	t.Helper()
	if !strings.HasPrefix(page, "<!DOCTYPE html>") {
		t.Errorf("%s: no doctype", name)
	}
	allowed := strings.Fields("html head meta title style body header main footer section h1 h2 p ul ol li dl div dt dd span strong figure figcaption svg path table caption thead tbody tr th td")
	ids, count := map[string]bool{}, map[string]int{}
	var labelled []string
	for _, n := range elements(t, page) {
		count[n.Data]++
		if !slices.Contains(allowed, n.Data) {
			t.Errorf("%s: a %s", name, n.Data)
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "src" || a.Key == "href" || a.Key == "style" {
				t.Errorf("%s: %s has %s", name, n.Data, a.Key)
			}
		}
		if id := attr(n, "id"); id != "" {
			if ids[id] {
				t.Errorf("%s: id %q twice", name, id)
			}
			ids[id] = true
		}
		if by := attr(n, "aria-labelledby"); by != "" {
			labelled = append(labelled, by)
		}
		switch n.Data {
		case "html":
			if attr(n, "lang") != "fr" { // 8.3, 8.4
				t.Errorf("%s: language %q", name, attr(n, "lang"))
			}
		case "svg":
			if attr(n, "role") != "img" || attr(n, "aria-label") == "" { // 1.1
				t.Errorf("%s: a picture without an alternative", name)
			}
		case "th":
			if attr(n, "scope") == "" { // 5.7
				t.Errorf("%s: a head of nothing", name)
			}
		case "h1", "h2", "title", "dt", "li", "caption":
			if text(n) == "" { // 6.1, 8.6, 9.1
				t.Errorf("%s: an empty %s", name, n.Data)
			}
		}
	}
	for _, by := range labelled {
		if !ids[by] {
			t.Errorf("%s: labelled by %q, which is not there", name, by)
		}
	}
	if count["h1"] != 1 || count["main"] != 1 || count["title"] != 1 { // 9.1, 9.2, 8.5
		t.Errorf("%s: %v", name, count)
	}
	if count["table"] != count["caption"] { // 5.4
		t.Errorf("%s: a table without a title", name)
	}
	if strings.Contains(page, "<h2") && strings.Index(page, "<h1") > strings.Index(page, "<h2") {
		t.Errorf("%s: a part before the title", name)
	}
	style := page[strings.Index(page, "<style>"):strings.Index(page, "</style>")]
	for _, bad := range []string{"url(", "@import", "expression", "image("} {
		if strings.Contains(style, bad) {
			t.Errorf("%s: the style has %s", name, bad)
		}
	}
	for _, colour := range regexp.MustCompile(`#[0-9a-fA-F]{3,6}\b`).FindAllString(style, -1) {
		if !slices.Contains([]string{"#000", "#fff", "#767676"}, colour) { // 3.2: 21:1, and 4.5:1 for the thin lines
			t.Errorf("%s: colour %s", name, colour)
		}
	}
	for _, must := range []string{`default-src 'none'`, `charset="utf-8"`, `name="viewport"`, "size: A4"} {
		if !strings.Contains(page, must) {
			t.Errorf("%s: no %s", name, must)
		}
	}
}

// Whatever is typed stays text.
func TestHostileNamesStayText(t *testing.T) {
	t.Parallel()
	for _, evil := range []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</style><svg onload=alert(1)>`, `</title><h1>x`, "a\nb\r\n<li>", `{{.Title}}`,
		`javascript:alert(1)`, `&lt;b&gt;`, "\u202eevil", strings.Repeat("W", 300), "\x00\xff",
	} {
		n := typed{evil, evil, evil, evil, evil, evil}
		for name, p := range all(t, n, vault.DiscretionNormal) {
			page := made(t, p)
			checkPage(t, name, page)
			if strings.Contains(page, "\u202e") {
				t.Errorf("%s: what turns the text around it is printed", name)
			}
			if strings.Contains(page, "<img") || strings.Contains(page, "<script") || strings.Contains(page, "ZgotmplZ") {
				t.Errorf("%s: %q became markup", name, evil)
			}
		}
	}
}

// L-60: the receipt says nothing about who the person is.
func TestAReceiptNamesNobody(t *testing.T) {
	t.Parallel()
	n := names()
	r := all(t, n, vault.DiscretionNormal)["receipt"].(Receipt)
	record, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{made(t, r), string(record)} {
		flat := strings.NewReplacer("<span>", "", "</span>", "", " ", "").Replace(page)
		for _, id := range []string{
			"Fatima", "Ana Fictive", "Omar", "interprète", "remplir la demande", "main cassée", r.Consent.Terms.Safe.String(), r.Consent.Terms.Agent.String(),
		} {
			if strings.Contains(page, id) || strings.Contains(flat, id) {
				t.Errorf("the receipt says %q", id)
			}
		}
	}
	other := r.Consent
	other.ID = vault.ConsentID{99}
	if Pseudonym(other) == Pseudonym(r.Consent) {
		t.Error("two consents of one person have one pseudonym")
	}
}

// L-59: every part of ISO/IEC TS 27560 is there, and filled in.
func TestAReceiptHasEveryPart(t *testing.T) {
	t.Parallel()
	r := all(t, names(), vault.DiscretionNormal)["receipt"].(Receipt)
	raw, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	var record map[string]any
	if err := json.Unmarshal(raw, &record); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		"record_id", "schema_version", "pii_principal_id", "purpose", "lawful_basis", "pii_categories", "pii_controller", "collection_method",
		"storage_location", "retention", "recipients", "withdrawal_method", "privacy_rights", "event_time", "valid_from", "valid_until",
		"event_state", "entity",
	} {
		if v, ok := record[part]; !ok || v == "" || v == nil {
			t.Errorf("%s is missing", part)
		}
	}
	page := made(t, r)
	for _, n := range elements(t, page) {
		if n.Data == "dd" && text(n) == "" {
			t.Error("an empty part of the record")
		}
	}
	r.Consent.State, r.Consent.Ended, r.Consent.EndedAt = vault.ConsentEnded, vault.EndedWithdrawn, day(18, 7)
	if page := made(t, r); !strings.Contains(page, "Cet accord a été retiré.") {
		t.Error("a receipt of what was withdrawn does not say so")
	}
}

// The mandate is the text that was shown, word for word, with places to sign.
func TestAMandateIsTheTextThatWasShown(t *testing.T) {
	t.Parallel()
	m := all(t, names(), vault.DiscretionNormal)["mandate"].(Mandate)
	var page strings.Builder
	for _, n := range elements(t, made(t, m)) {
		if slices.Contains([]string{"p", "li", "h1", "h2"}, n.Data) {
			page.WriteString(text(n) + "\n")
		}
	}
	for line := range strings.Lines(m.Consent.Shown.Text) {
		if line = strings.TrimPrefix(strings.TrimSpace(line), "– "); line != "" && line != "Mon accord" && !strings.Contains(page.String(), line+"\n") {
			t.Errorf("the mandate leaves out %q", line)
		}
	}
	for _, must := range []string{"Fatima Fictive", "Ana Fictive", "Omar Fictif", "Tuteur, tutrice", "Je retire mon accord", "curatelle", "1984"} { // L-69, L-87
		if !strings.Contains(page.String(), must) {
			t.Errorf("the mandate does not say %q", must)
		}
	}
	m.Consent.Terms.Posture, m.Consent.Giving.Protection, m.Consent.Giving.Witness = vault.PostureWith, vault.ProtectionNone, ""
	if page := made(t, m); strings.Contains(page, "1984") || strings.Contains(page, "Tuteur, tutrice") || !strings.Contains(page, "<h1>Mon accord</h1>") {
		t.Error("help side by side is printed as a mandate")
	}
}

// N13: the pages of a discreet safe say neither what they are nor whose.
func TestDiscreetPagesSayNothing(t *testing.T) {
	t.Parallel()
	n := names()
	for name, p := range all(t, n, vault.DiscretionDiscreet) {
		b, err := HTML(p)
		if name == "letter" || name == "kit-letter" || name == "mandate" || name == "certificate" {
			if !errors.Is(err, ErrDiscreet) {
				t.Errorf("a %s about a discreet safe: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		page := string(b)
		if !strings.Contains(page, "<h1>Document personnel</h1>") || strings.Contains(page, "<header>") {
			t.Errorf("%s shows what it is", name)
		}
		if name != "departure" && name != "destroyed" && name != "information" && name != "activation-slip" { // those are about no safe, or name none
			for _, word := range []string{n.structure, n.agent, "CCAS", "coffre.example.fr"} {
				if strings.Contains(strings.ToLower(page), strings.ToLower(word)) {
					t.Errorf("%s says %q", name, word)
				}
			}
		}
	}
}

// A QR code leads to the service over https, or is not printed.
func TestOnlyTheServicesOwnPagesArePrinted(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"http://coffre.example.fr", "javascript:alert(1)", "https://", "https://moi@coffre.example.fr", "/v"} {
		u, err := url.Parse(bad)
		if err != nil {
			t.Fatal(err)
		}
		if address, err := VerifyURL(u, pageCode()); err == nil {
			t.Errorf("%s: %s", bad, address)
		}
	}
	if _, err := VerifyURL(nil, pageCode()); err == nil {
		t.Error("no address at all")
	}
	if _, err := VerifyURL(portal(t), vault.PageCode{}); err == nil {
		t.Error("a page that leads nowhere")
	}
	if got, err := VerifyURL(portal(t), pageCode()); err != nil || got != "https://coffre.example.fr/v/"+pageCode().String() {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := HTML(CodeSheet{}); err == nil {
		t.Error("a sheet without a code")
	}
}

// What leads to the public page names neither the consent nor the safe.
func TestThePublicPageIsReachedWithoutIds(t *testing.T) {
	t.Parallel()
	pages := all(t, names(), vault.DiscretionNormal)
	c := agreed(names())
	for _, name := range []string{"mandate", "withdrawal"} {
		flat := strings.NewReplacer("<span>", "", "</span>", "", " ", "").Replace(made(t, pages[name]))
		for _, id := range []string{c.ID.String(), c.Terms.Safe.String()} {
			if strings.Contains(flat, id) {
				t.Errorf("%s bears %s", name, id)
			}
		}
		if !strings.Contains(flat, pageCode().String()) {
			t.Errorf("%s has no number", name)
		}
	}
}
