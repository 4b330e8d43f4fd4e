package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// Whoever has nothing left but a copy of the bucket, the keys and the stock age
// command gets every paper back, byte for byte.
func TestStockAgeGivesThePapersBack(t *testing.T) {
	t.Parallel()
	if os.Getenv("CI") != "true" {
		t.Skip("the stock age command is built in CI: set CI=true")
	}
	dir := t.TempDir()
	if code := run(t.Context(), []string{"dev", "--once", "--data", dir}, io.Discard, os.Stderr); code != exitOK {
		t.Fatalf("dev: exit %d", code)
	}
	safe, way, code := sheet(t, dir)
	codeFile := filepath.Join(t.TempDir(), "code.txt")
	write(t, codeFile, []byte(code))
	var chain bytes.Buffer
	if code := run(t.Context(), []string{"dev", "identities", "--data", dir, "--safe", safe, "--code-file", codeFile}, &chain, os.Stderr); code != exitOK {
		t.Fatalf("identities: exit %d", code)
	}
	keys := regexp.MustCompile(`(?m)^AGE-SECRET-KEY-PQ-1\S+$`).FindAllString(chain.String(), -1)
	if len(keys) != 3 {
		t.Fatalf("%d identities, want master, code sheet and safe", len(keys))
	}
	s := stock{dir: t.TempDir(), bin: filepath.Dir(buildAge(t))}
	stored := filepath.Join(dir, dirBucket, "v1", "s", safe)

	const plainLine = "age -d -i identity.txt object.age > paper"
	inner := s.open(t, plainLine, keys[0], only(t, filepath.Join(stored, "k", "1", way+".1")))
	if identity := s.open(t, plainLine, keys[1], inner); string(identity) != keys[2] {
		t.Error("master and code sheet do not lead to the safe's identity")
	}
	receipts := digests(t, dir, safe)
	unpad := documentedLine(t)
	objects, err := filepath.Glob(filepath.Join(stored, "o", "*"))
	if err != nil || len(objects) != 3 {
		t.Fatalf("%d objects, want the PDF, the photo and the scan: %v", len(objects), err)
	}
	for _, path := range objects {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(s.open(t, unpad, keys[2], raw))
		if !receipts[hex.EncodeToString(sum[:])] {
			t.Errorf("%s comes back with other bytes than any receipt says", filepath.Base(path))
		}
	}
}

// sheet reads what the code sheet says.
func sheet(t *testing.T, dir string) (safe, way, code string) {
	t.Helper()
	text := string(only(t, filepath.Join(dir, dirPrints, "feuille-de-code-*.txt")))
	find := func(what string) string {
		found := regexp.MustCompile(`(?m)^` + what + ` : +(\S+)$`).FindStringSubmatch(text)
		if found == nil {
			t.Fatalf("the sheet does not say %s", what)
		}
		return found[1]
	}
	return find("Coffre"), find("Feuille"), find("Code")
}

// digests are those that the printed receipts name.
func digests(t *testing.T, dir, safe string) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for _, name := range []string{"comptoir", "personne"} {
		text := only(t, filepath.Join(dir, dirPrints, "recus-"+name+"-"+safe+".txt"))
		for _, found := range regexp.MustCompile(`(?m)^sha256 ([0-9a-f]{64})$`).FindAllStringSubmatch(string(text), -1) {
			all[found[1]] = true
		}
	}
	if len(all) != 4 {
		t.Fatalf("%d receipts, want 4", len(all))
	}
	return all
}

// documentedLine is the line of vault/seal/FORMAT.md that opens and cuts the
// padding.
func documentedLine(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "vault", "seal", "FORMAT.md"))
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile("(?s)```sh\n(age -d .*?)\n```").FindSubmatch(raw)
	if line == nil {
		t.Fatal("FORMAT.md no longer says how to open with the stock command")
	}
	return string(line[1])
}

// buildAge builds the age command at the version pinned for tools.
func buildAge(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(t.TempDir(), "age")
	build := exec.CommandContext(t.Context(), "go", "build", "-modfile="+filepath.Join(root, ".tools", "go.mod"), "-o", bin, "filippo.io/age/cmd/age")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building age: %v\n%s", err, out)
	}
	return bin
}

// A stock runs a shell line in a folder that has an object and an identity.
type stock struct{ dir, bin string }

func (s stock) open(t *testing.T, line, identity string, raw []byte) []byte {
	t.Helper()
	write(t, filepath.Join(s.dir, "identity.txt"), []byte(identity))
	write(t, filepath.Join(s.dir, "object.age"), raw)
	cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "PATH="+s.bin+":"+os.Getenv("PATH"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
	opened, err := os.ReadFile(filepath.Join(s.dir, "paper"))
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

// only reads the one file that fits a pattern.
func only(t *testing.T, pattern string) []byte {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %d files, %v", pattern, len(found), err)
	}
	raw, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
