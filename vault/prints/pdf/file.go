package pdf

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// errShape says that the library that draws writes its files another way than it
// did: its version is pinned, and a test would have told.
var errShape = errors.New("a drawn file of another shape")

// A body is the objects of a file: object n is at n-1, without its frame.
type body [][]byte

var (
	trailers = regexp.MustCompile(`trailer\n<<\n/Size (\d+)\n/Root (\d+) 0 R\n/Info (\d+) 0 R\n>>\nstartxref\n(\d+)\n%%EOF\s*$`)
	kids     = regexp.MustCompile(`/Kids \[((?:\d+ 0 R )*)\]`)
)

// parse takes the objects out of a file that we drew a moment ago.
func parse(b []byte) (objects body, root, info int, err error) {
	m := trailers.FindSubmatch(b)
	if m == nil {
		return nil, 0, 0, errShape
	}
	size, root, info, xref := number(m[1]), number(m[2]), number(m[3]), number(m[4])
	if xref >= len(b) || size < 4 || root >= size || info >= size {
		return nil, 0, 0, errShape
	}
	starts := make([]int, size)
	starts[0] = xref
	for n, entry := range bytes.SplitN(b[xref:], []byte("\n"), size+3)[3:] {
		if n+1 < size {
			starts[n+1] = number(entry[:min(10, len(entry))])
		}
	}
	for n := 1; n < size; n++ {
		o, ok := object(b, n, starts)
		if !ok {
			return nil, 0, 0, errShape
		}
		objects = append(objects, o)
	}
	return objects, root, info, nil
}

// object is what stands between the frame of an object, which ends where the next
// one in the file begins.
func object(b []byte, n int, starts []int) ([]byte, bool) {
	from, to := starts[n], starts[0]
	for _, s := range starts {
		if s > from {
			to = min(to, s)
		}
	}
	if from <= 0 || from > to {
		return nil, false
	}
	o, head := bytes.CutPrefix(b[from:to], fmt.Appendf(nil, "%d 0 obj\n", n))
	o, tail := bytes.CutSuffix(o, []byte("\nendobj\n"))
	return o, head && tail
}

func number(b []byte) int {
	n, err := strconv.Atoi(string(b))
	if err != nil {
		return 0
	}
	return n
}

// assemble adds the structure to what was drawn, and writes all of it anew.
func assemble(drawn []byte, cfg Config, root *element, pages [][]*mark) ([]byte, error) {
	objects, catalog, info, err := parse(drawn)
	if err != nil {
		return nil, err
	}
	list := kids.FindSubmatch(objects[0])
	if list == nil {
		return nil, errShape
	}
	var refs []int
	for f := range strings.SplitSeq(strings.TrimSuffix(string(list[1]), " 0 R "), " 0 R ") {
		refs = append(refs, number([]byte(f)))
	}
	if len(refs) != len(pages) {
		return nil, errShape
	}
	for i, n := range refs {
		head := []byte("<</Type /Page\n")
		if !bytes.HasPrefix(objects[n-1], head) {
			return nil, errShape
		}
		objects[n-1] = append(fmt.Appendf(nil, "%s/StructParents %d /Tabs /S\n", head, i), objects[n-1][len(head):]...)
	}
	t := newTree(len(objects)+1, refs, pages, root)
	objects = append(objects, t.objects...)
	objects[catalog-1] = fmt.Appendf(nil, "<</Type /Catalog /Pages 1 0 R /Lang %s /StructTreeRoot %d 0 R /MarkInfo <</Marked true>> /ViewerPreferences <</DisplayDocTitle true>>>>",
		text(cfg.Language), t.first)
	objects[info-1] = fmt.Appendf(nil, "<</Title %s /Producer (Coffre) /CreationDate %s>>", text(cfg.Title), date(cfg.Made))
	return objects.write(catalog, info), nil
}

// write makes a file. Its identifier is the digest of what is in it.
func (all body) write(root, info int) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	at := make([]int, len(all))
	for i, o := range all {
		at[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	id := sha256.Sum256(b.Bytes())
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(all)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d /Root %d 0 R /Info %d 0 R /ID [<%x> <%x>]>>\nstartxref\n%d\n%%%%EOF\n", len(all)+1, root, info, id[:16], id[:16], xref)
	return b.Bytes()
}

// text is a string of any characters: UTF-16 in hexadecimal digits.
func text(s string) string {
	var b strings.Builder
	b.WriteString("<FEFF")
	for _, u := range utf16.Encode([]rune(clean(s))) {
		fmt.Fprintf(&b, "%04X", u)
	}
	return b.String() + ">"
}

func date(t time.Time) string { return "(D:" + t.UTC().Format("20060102150405") + "Z)" }
