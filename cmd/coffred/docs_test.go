package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/coffre-fort/coffre/cmd/internal/config"
)

const operations = "deploy/docs/operations.md"

// The drill and the way out without our programs are played as they are
// written; what comes out is what the depositors' receipts say.
func TestOperationsCanBeDone(t *testing.T) {
	t.Parallel()
	page := document(t, operations)
	drill, way := fences(page, "sh run"), fences(page, "sh run age")
	if len(drill) == 0 || len(way) == 0 {
		t.Fatal("the page has no blocks to run")
	}
	var tools []string
	if os.Getenv("CI") == "true" {
		tools = append(tools, filepath.Dir(buildAge(t)))
	}
	where := newShell(t, tools...)
	where.run(t, "set -eu\n"+strings.Join(drill, "\n"))
	t.Run("age", func(t *testing.T) {
		if os.Getenv("CI") != "true" {
			t.Skip("the stock age command is built in CI: set CI=true")
		}
		listed := where.run(t, "set -eu\n"+
			"safe=$(sed -n 's/^Coffre : *//p' drill/prints/feuille-de-code-*.txt)\n"+strings.Join(way, "\n"))
		safe, _, _ := sheet(t, filepath.Join(where.dir, "drill"))
		lost := digests(t, filepath.Join(where.dir, "drill"), safe)
		for line := range strings.Lines(listed) {
			path, title, _ := strings.Cut(strings.TrimSpace(line), ": ")
			if len(title) < 4 {
				t.Errorf("%s comes back without a title", path)
			}
			raw, err := os.ReadFile(filepath.Join(where.dir, path))
			if err != nil {
				t.Fatal(err)
			}
			sum := sha256.Sum256(raw)
			delete(lost, hex.EncodeToString(sum[:]))
		}
		// The tour destroys the one paper that has a receipt and cannot come back.
		if len(lost) != 1 {
			t.Errorf("%d papers with a receipt did not come back, want only the destroyed one:\n%s", len(lost), listed)
		}
	})
}

// What the page says of refusals is what the programs say, word for word, and
// the commands it names exist.
func TestOperationsSpeaksOfWhatThereIs(t *testing.T) {
	t.Parallel()
	page := document(t, operations)
	_, after, found := strings.Cut(page, "## When it refuses")
	table, _, _ := strings.Cut(after, "\n## ")
	if !found {
		t.Fatal("the page no longer explains refusals")
	}
	said := sources(t)
	rows := regexp.MustCompile(`(?m)^\| (`+"`"+`.+?) \|`).FindAllStringSubmatch(table, -1)
	if len(rows) < 10 {
		t.Errorf("only %d rows", len(rows))
	}
	for _, row := range rows {
		for _, quoted := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[1], -1) {
			for words := range strings.SplitSeq(quoted[1], "…") {
				if words = strings.Trim(words, " ,:"); !strings.Contains(said, words) {
					t.Errorf("nothing says %q", words)
				}
			}
		}
	}
	exist := map[string]bool{}
	for _, c := range newRoot(&app{}).Commands() {
		exist[c.Name()] = true
	}
	for _, name := range []string{operations, "README.md", "deploy/docs/LISEZMOI.md"} {
		for _, c := range regexp.MustCompile("(?m)(?:^|[`;] ?)coffred ([a-z-]+)").FindAllStringSubmatch(document(t, name), -1) {
			if !exist[c[1]] {
				t.Errorf("%s: there is no coffred %s", name, c[1])
			}
		}
	}
}

// sources is everything our programs are made of, where a configuration's field
// and its rule read as one text.
func sources(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	err := fs.WalkDir(os.DirFS(root(t)), ".", func(path string, e fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			all.WriteString(strings.ReplaceAll(document(t, path), `", "`, ": "))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// Under systemd everything lies in one folder: the line of the page that
// renames, the units' credentials and the configuration agree.
func TestUnitsNameWhatTheConfigurationNames(t *testing.T) {
	t.Parallel()
	if out, err := exec.CommandContext(t.Context(), "sed", "--version").Output(); err != nil || !bytes.Contains(out, []byte("GNU")) {
		t.Skip("GNU sed is missing") // systemd lives where it is
	}
	dir := filepath.Join(t.TempDir(), "etc", "coffre")
	if code := run(t.Context(), []string{"init", "--dir", dir}, io.Discard, os.Stderr); code != exitOK {
		t.Fatalf("init: exit %d", code)
	}
	rename := regexp.MustCompile(`(?m)^sed -i -E .*coffred\.yaml$`).FindString(document(t, operations))
	if rename == "" {
		t.Fatal("the page no longer renames")
	}
	newShell(t).run(t, strings.ReplaceAll(rename, "/etc/coffre", dir))
	raw, err := os.ReadFile(filepath.Join(dir, fileConfig))
	if err != nil {
		t.Fatal(err)
	}
	var c config.Config
	if err := yaml.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"coffred.yaml", "s3.txt", "anchors.txt", // the page says so
		c.TLS.CertFile, c.TLS.KeyFile, c.Secrets.MasterFile, c.Secrets.SigningFile, c.Secrets.PepperFile,
	}
	slices.Sort(want)
	for _, unit := range []string{"coffred.service", "coffred@.service"} {
		var have []string
		for _, found := range regexp.MustCompile(`(?m)^LoadCredential(?:Encrypted)?=([^:]+):`).FindAllStringSubmatch(document(t, "deploy/"+unit), -1) {
			have = append(have, found[1])
		}
		if slices.Sort(have); !slices.Equal(have, want) {
			t.Errorf("%s loads %q, the configuration names %q", unit, have, want)
		}
	}
}

// systemd understands both units.
func TestUnitsAreUnderstood(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("systemd-analyze is missing")
		}
		t.Skip("systemd-analyze is missing")
	}
	for file, as := range map[string]string{"coffred.service": "coffred.service", "coffred-keeper.service": "coffred-keeper.service", "coffred-node.service": "coffred-node.service", "coffred@.service": "coffred@verify.service"} {
		// Verified with a program that is there.
		unit := filepath.Join(t.TempDir(), as)
		write(t, unit, []byte(strings.ReplaceAll(document(t, "deploy/"+file), "=/usr/bin/coffred ", "=/bin/true ")))
		out, err := exec.CommandContext(t.Context(), "systemd-analyze", "verify", unit).CombinedOutput()
		if out = bytes.TrimSpace(out); err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%s", file, err, out)
		}
	}
}

// The compose file runs commands that exist, on the port of the configuration.
func TestComposeAgreesWithTheConfiguration(t *testing.T) {
	t.Parallel()
	var compose struct {
		Services map[string]struct {
			Command []string
			Ports   []string
			Volumes []string
		}
		Volumes map[string]struct{}
	}
	if err := yaml.Unmarshal([]byte(document(t, "deploy/compose.yaml")), &compose); err != nil {
		t.Fatal(err)
	}
	found := t.TempDir()
	args := slices.Clone(compose.Services["init"].Command)
	for i, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		switch name {
		case "--dir", "--data", "--anchors":
			args[i] = name + "=" + filepath.Join(found, value)
		case "--s3", "--s3-credentials": // there is no service here
			args[i] = "--output=json"
		}
	}
	if code := run(t.Context(), args, io.Discard, os.Stderr); code != exitOK {
		t.Fatalf("%q: exit %d", args, code)
	}
	text := document(t, "deploy/compose.yaml")
	raw, err := os.ReadFile(filepath.Join(found, "etc", "coffre", fileConfig))
	if err != nil {
		t.Fatal(err)
	}
	var c config.Config
	if err := yaml.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	_, port, _ := strings.Cut(c.Listen, ":")
	if want := "127.0.0.1:" + port + ":" + port; !slices.Contains(compose.Services["coffred"].Ports, want) {
		t.Errorf("ports %q, want %s", compose.Services["coffred"].Ports, want)
	}
	image := document(t, "deploy/Containerfile")
	for _, path := range []string{c.DataDir, c.Anchors.Dir} {
		path = strings.TrimPrefix(path, found)
		if !strings.Contains(text, ":"+path+"\n") || !strings.Contains(image, " "+path+"\n") {
			t.Errorf("%s is not kept in a volume of its own", path)
		}
	}
	if !strings.Contains(image, `CMD ["serve", "--config", "/etc/coffre/`+fileConfig+`"]`) {
		t.Error("the image serves another configuration")
	}
}

// The lines of the law that this part of the service has to meet or to name.
var lawLines = strings.Fields(`L-01 L-02 L-03 L-04 L-05 L-06 L-07 L-08 L-09 L-10 L-11 L-12 L-13 L-14 L-15 L-16 L-17 L-18 L-19 L-20 L-21 L-22 L-23
	L-24 L-33 L-34 L-35 L-36 L-37 L-40 L-41 L-42 L-43 L-44 L-45 L-46 L-47 L-48 L-49 L-51 L-52 L-53 L-54 L-55 L-56 L-57 L-58 L-59
	L-60 L-61 L-62 L-63 L-64 L-65 L-66 L-67 L-68 L-69 L-70 L-71 L-72 L-73 L-74 L-75 L-76 L-77 L-78 L-79 L-80 L-81 L-82 L-83 L-84 L-85
	L-86 L-87`)

// Each line of the law has one row; what is met names tests, and they exist.
func TestLawNamesTestsThatExist(t *testing.T) {
	t.Parallel()
	page := document(t, "deploy/docs/law.md")
	exist := tests(t)
	var have []string
	for _, row := range regexp.MustCompile(`(?m)^\| (L-\d\d) \|.*\| (met|open|in part) \|(.*)\|$`).FindAllStringSubmatch(page, -1) {
		have = append(have, row[1])
		named := regexp.MustCompile("`([a-z][\\w/]*)\\.((?:Test|Fuzz)\\w+)`").FindAllStringSubmatch(row[3], -1)
		if len(named) == 0 && row[2] != "open" {
			t.Errorf("%s is said to be %s and names no test", row[1], row[2])
		}
		for _, test := range named {
			if !exist[test[1]+"."+test[2]] {
				t.Errorf("%s: there is no test %s.%s", row[1], test[1], test[2])
			}
		}
	}
	if slices.Sort(have); !slices.Equal(have, lawLines) {
		t.Errorf("rows for %q\nwant     %q", have, lawLines)
	}
}

// tests are those of the whole repository, as folder.Name.
func tests(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	err := fs.WalkDir(os.DirFS(root(t)), ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, document(t, path), parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
				all[filepath.Dir(path)+"."+f.Name.Name] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
