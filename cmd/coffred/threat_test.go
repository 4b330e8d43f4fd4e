package main

import (
	"regexp"
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

// L-09, L-84: nowhere is this said to be certified, or a qualified trust service.
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
}
