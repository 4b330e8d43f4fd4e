package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// testName is a test as the pages name it: folder.Name.
var testName = regexp.MustCompile("`([a-z][\\w/]*\\.(?:Test|Fuzz)\\w+)`")

// The attacks are numbered without gaps; each says who, what stops it and what
// remains, and names tests that exist or says that there is none yet.
func TestThreatModelNamesTestsThatExist(t *testing.T) {
	t.Parallel()
	page := document(t, "deploy/docs/threat-model.md")
	exist := tests(t)
	n := 0
	for line := range strings.Lines(page) {
		if test := testName.FindStringSubmatch(line); test != nil && !strings.HasPrefix(line, "| ") {
			t.Errorf("a test is named outside the table: %s", test[1])
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if _, err := strconv.Atoi(strings.TrimSpace(cells[0])); err != nil || !strings.HasPrefix(line, "| ") {
			continue
		}
		n++
		if got := strings.TrimSpace(cells[0]); got != strconv.Itoa(n) {
			t.Fatalf("row %s comes after row %d", got, n-1)
		}
		if len(cells) != 6 {
			t.Errorf("row %d has %d cells", n, len(cells))
			continue
		}
		for i, cell := range cells {
			if strings.TrimSpace(cell) == "" {
				t.Errorf("row %d says nothing in column %d", n, i+1)
			}
		}
		named := testName.FindAllStringSubmatch(line, -1)
		if len(named) == 0 && !strings.Contains(cells[5], "*not yet*") {
			t.Errorf("row %d names no test and does not say so", n)
		}
		for _, test := range named {
			if !exist[test[1]] {
				t.Errorf("row %d: there is no test %s", n, test[1])
			}
		}
	}
	if n < 40 {
		t.Errorf("%d rows", n)
	}
}

// L-09, L-84: nowhere is this said to be certified, or a qualified trust service;
// where the words stand at all, they say that it is not.
func TestNobodyIsToldThatThisIsCertified(t *testing.T) {
	t.Parallel()
	for path, must := range map[string]string{
		"README.md":               "not a qualified trust service, and nobody has certified it",
		"deploy/docs/LISEZMOI.md": "ni un service de confiance qualifié. Personne ne l'a certifié",
	} {
		if !strings.Contains(document(t, path), must) {
			t.Errorf("%s does not say %q", path, must)
		}
	}
	claim := regexp.MustCompile(`(?i)\bcertified\b|\bcertifiée?s?\b|qualified trust|confiance qualifié`)
	denied := regexp.MustCompile(`(?i)nobody|personne ne|\bnot\b|\bno\b|n'est pas|optional|needs a certified host`)
	read := 0
	err := fs.WalkDir(os.DirFS(root(t)), ".", func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && (e.Name() == "node_modules" || e.Name() == ".git"):
			return fs.SkipDir
		}
		if !slices.Contains([]string{".md", ".go", ".html", ".tmpl", ".proto", ".yaml"}, filepath.Ext(path)) || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, ".pb.go") {
			return nil
		}
		read++
		text := document(t, path)
		if !strings.Contains(text, "ertifi") && !strings.Contains(text, "uali") {
			return nil // the expression is slow
		}
		for _, at := range claim.FindAllStringIndex(text, -1) {
			from, to := strings.LastIndexByte(text[:at[0]], '\n')+1, strings.IndexByte(text[at[1]:], '\n')
			if line := text[from : at[1]+max(to, 0)]; !denied.MatchString(line) {
				t.Errorf("%s claims %q", path, line)
			}
		}
		return nil
	})
	if err != nil || read < 500 {
		t.Errorf("%d files read, %v", read, err)
	}
}
