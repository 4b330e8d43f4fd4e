package rpc

import (
	"slices"
	"strings"

	"github.com/coffre-fort/coffre/vault/papers"
)

// corsican is the form that of all numbers a NIR alone can have.
const corsican = "999999A999999"

// taxFirst are the characters that of all numbers a tax number alone starts with.
const taxFirst = "0123"

// legible parts a long number into groups, as it stands on cards and letters, so that
// nobody loses their place in it. What has another form, or was parted by whoever
// wrote it, stays as it is; a password is never given to it.
func legible(f papers.FieldInfo, value string) string {
	if _, err := papers.ParseNIR(value); err == nil && (f.Key == papers.KeyNIR || slices.Contains(f.Masks, corsican)) && !strings.Contains(value, " ") {
		return grouped(value, 1, 2, 2, 2, 3, 3, 2)
	}
	if strings.Trim(value, "0123456789") != "" {
		return value
	}
	switch n := len(value); {
	case n == 13 && f.First == taxFirst:
		return grouped(value, 2, 2, 3) // as on a tax notice
	case n == 10 && value[0] == '0': // a telephone
		return grouped(value, 2, 2, 2, 2, 2)
	case n > 8:
		return grouped(value, n-(n-1)/3*3, 3) // thousands
	default:
		return value
	}
}

// grouped parts digits into groups of these lengths; the last one is repeated.
func grouped(digits string, lengths ...int) string {
	var out []string
	for i := 0; digits != ""; i++ {
		n := min(lengths[min(i, len(lengths)-1)], len(digits))
		out, digits = append(out, digits[:n]), digits[n:]
	}
	return strings.Join(out, " ")
}
