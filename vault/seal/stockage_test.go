package seal

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// stockAge builds the age command at the version pinned for tools. Where it
// cannot be built (no network, no cache) the test is skipped by name, except in
// CI.
func stockAge(t *testing.T) string {
	t.Helper()
	root := must(filepath.Abs("../.."))(t)
	bin := filepath.Join(t.TempDir(), "age")
	build := exec.CommandContext(t.Context(), "go", "build", "-modfile="+filepath.Join(root, ".tools", "go.mod"),
		"-o", bin, "filippo.io/age/cmd/age")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("building age: %v\n%s", err, out)
		}
		t.Skipf("the stock age command cannot be built here: %v", err)
	}
	return filepath.Dir(bin)
}

// openLine is the line of FORMAT.md that opens and unpads.
func openLine(t *testing.T) string {
	t.Helper()
	line := regexp.MustCompile("(?s)```sh\n(age -d .*?)\n```").FindSubmatch(must(os.ReadFile("FORMAT.md"))(t))
	if line == nil {
		t.Fatal("FORMAT.md no longer says how to open with the stock command")
	}
	return string(line[1])
}

// A stock runs a shell line in a folder that has an object and an identity, the way
// somebody would who has nothing left but the bucket and the keys.
type stock struct{ dir, bin string }

func (s stock) open(t *testing.T, line string, id *Identity, raw []byte) []byte {
	t.Helper()
	for name, b := range map[string][]byte{"identity.txt": id.Text().Reveal(), "object.age": raw} {
		if err := os.WriteFile(filepath.Join(s.dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "PATH="+s.bin+":"+os.Getenv("PATH"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
	return must(os.ReadFile(filepath.Join(s.dir, "paper")))(t)
}

func TestTheStockAgeCommandOpensEverything(t *testing.T) {
	t.Parallel()
	if out, err := exec.CommandContext(t.Context(), "sed", "--version").Output(); err != nil || !bytes.Contains(out, []byte("GNU")) {
		if os.Getenv("CI") == "true" {
			t.Fatal("GNU sed is missing")
		}
		t.Skip("GNU sed is missing")
	}
	s := stock{dir: t.TempDir(), bin: stockAge(t)}
	const plainLine = "age -d -i identity.txt object.age > paper"
	unpad := openLine(t)
	master, sheet, safe := newIdentity(t), newIdentity(t), newIdentity(t)

	for name, plain := range map[string][]byte{
		"empty": {}, "text": []byte("quittance\n"), "ends in padding": {'a', padMarker, 0, 0, '\n', padMarker, 0},
		"zeros": make([]byte, 70_000), "large": randomBytes(5<<20 + 3), "marker": {padMarker},
	} {
		o := sealObject(t, plain, safe.Recipient())
		if got := s.open(t, unpad, safe, o.raw); !bytes.Equal(got, plain) {
			t.Errorf("content (%s): %d bytes came back as %d", name, len(plain), len(got))
		}
	}
	description := must(Seal([]byte("titre: bail"), Bind(KindDescription, "safe", "document"), safe.Recipient()))(t)
	if got := s.open(t, unpad, safe, description.Bytes()); string(got) != "titre: bail" {
		t.Errorf("description: %q", got)
	}
	inline, facts, err := SealInline([]byte("CAF 1234567"), Bind(KindInline, "safe", "document"), safe.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	if got := s.open(t, unpad, safe, inline.Bytes()); string(got) != "CAF 1234567" {
		t.Errorf("inline: %q", got)
	}
	pieces := []Piece{{Document: "a", Description: []byte("b"), FileKey: facts.FileKey}}
	sealed := must(SealPieces(pieces, Bind(KindPieces, "safe", "bundle"), safe.Recipient()))(t)
	if got := s.open(t, unpad, safe, sealed.Bytes()); !bytes.Equal(got, must(marshalPieces(pieces))(t)) {
		t.Errorf("pieces: %q", got)
	}
	way := must(SealNested(safe.Text(), Bind(KindWayInner, "safe", "sheet"), sheet.Recipient(),
		Bind(KindWay, "safe", "sheet"), newIdentity(t).Recipient(), master.Recipient()))(t)
	inner := s.open(t, plainLine, master, way.Bytes())
	if got := s.open(t, plainLine, sheet, inner); !bytes.Equal(got, safe.Text().Reveal()) {
		t.Error("way in: the text of the identity came back changed")
	}
	code := must(NewCode())(t)
	derived := must(code.Identity("sheet"))(t)
	memo := must(Seal([]byte("x"), Bind(KindService, "safe"), derived.Recipient()))(t)
	if got := s.open(t, unpad, derived, memo.Bytes()); string(got) != "x" {
		t.Errorf("sealed to a code sheet: %q", got)
	}
}
