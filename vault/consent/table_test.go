package consent_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/vault"
	. "github.com/coffre-fort/coffre/vault/consent"
)

// What a function may do, as it was asked for: the code is compared with this
// table, and not this table with the code.
const asked = `
| function | open | deposit | see | read | reveal | lead | second |
| social-worker   | yes | yes        | C   | C   | C | yes | yes |
| workshop-leader | yes | yes        | C   | C   | C | yes | yes |
| reception       | yes | yes        | C   | –   | – | –   | yes |
| civic-service   | –   | yes        | C+P | C+P | – | –   | –   |
| volunteer       | –   | –          | C+P | –   | – | –   | –   |
| access-manager  | –   | –          | –   | –   | – | –   | yes |
| dpo             | –   | –          | –   | –   | – | –   | –   |
| operator        | –   | –          | –   | –   | – | –   | –   |
| partner         | –   | at address | –   | –   | – | –   | –   |
`

// cells reads a Markdown table: row by first cell, then by heading.
func cells(t *testing.T, table string) map[string]map[string]string {
	t.Helper()
	rows := map[string]map[string]string{}
	var heads []string
	for line := range strings.Lines(table) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|--") {
			continue
		}
		parts := strings.Split(strings.Trim(line, "|"), "|")
		for i := range parts {
			parts[i] = strings.TrimSpace(parts[i])
		}
		if heads == nil {
			heads = parts
			continue
		}
		row := map[string]string{}
		for i, head := range heads {
			row[head] = parts[i]
		}
		rows[parts[0]] = row
	}
	return rows
}

func cellOf(l Leave) string {
	return map[Leave]string{Never: "–", Always: "yes", WithConsent: "C", WithPresence: "C+P", AtAddress: "at address"}[l]
}

func columns(r Row) map[string]string {
	return map[string]string{
		"open": cellOf(r.Open), "deposit": cellOf(r.Deposit), "see": cellOf(r.See), "read": cellOf(r.Read),
		"reveal": cellOf(r.Reveal), "lead": cellOf(r.Lead), "second": cellOf(r.Second),
	}
}

func allRows() map[string]Row {
	rows := map[string]Row{"operator": Operator(), "partner": Partner()}
	for _, r := range Functions() {
		rows[r.Function.String()] = r
	}
	return rows
}

// L-06: every function has its row, and it is the one that was asked for.
func TestTheFunctionsTableIsTheOneAskedFor(t *testing.T) {
	t.Parallel()
	want := cells(t, asked)
	rows := allRows()
	if len(rows) != len(want) || len(Functions()) != len(vault.Functions()) {
		t.Fatalf("%d rows, want %d", len(rows), len(want))
	}
	for name, r := range rows {
		for column, cell := range columns(r) {
			if cell != want[name][column] {
				t.Errorf("%s, %s: %q, want %q", name, column, cell, want[name][column])
			}
		}
	}
}

// The page that access managers and the DPO read is the same table.
func TestThePageIsTheFunctionsTable(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../deploy/docs/functions.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "<!-- functions -->")
	table, _, found := strings.Cut(table, "<!-- end -->")
	if !found {
		t.Fatal("the page has no table between its marks")
	}
	french := map[string]string{"oui": "yes", "A": "C", "A+P": "C+P", "–": "–", "à une adresse": "at address"}
	rows := cells(t, table)
	if len(rows) != len(allRows()) {
		t.Errorf("%d rows, want %d", len(rows), len(allRows()))
	}
	for name, r := range allRows() {
		row := rows["`"+name+"`"]
		for column, cell := range columns(r) {
			i := slices.IndexFunc(keys(row), func(head string) bool { return strings.HasSuffix(head, "("+column+")") })
			if i < 0 {
				t.Fatalf("%s: no column for %q", name, column)
			}
			if got := french[row[keys(row)[i]]]; got != cell {
				t.Errorf("%s, %s: the page says %q, want %q", name, column, got, cell)
			}
		}
	}
}

func keys(m map[string]string) (all []string) {
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}
