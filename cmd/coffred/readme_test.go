package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The session on the README's first screen is played again, and its two
// commands are those that CI runs.
func TestReadmeSessionIsReal(t *testing.T) {
	t.Parallel()
	text := document(t, "README.md")
	sessions := fences(text, "console")
	if len(sessions) == 0 {
		t.Fatal("the README shows no session")
	}
	where := newShell(t)
	for _, session := range sessions {
		for _, c := range commands(session) {
			if got, want := normal(where.run(t, c.line)), normal(c.printed); got != want {
				t.Errorf("$ %s\nprints\n%s\nand the README says\n%s", c.line, got, want)
			}
		}
	}
}

func TestReadmeCommandsAreWhatCIRuns(t *testing.T) {
	t.Parallel()
	first, _, _ := strings.Cut(document(t, "README.md"), "\n## ")
	ci := document(t, ".ci/run")
	for _, command := range []string{"go run ./cmd/coffred dev --once", "go test ./..."} {
		if !regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(command) + `(\s|$)`).MatchString(first) {
			t.Errorf("the first screen does not name %q", command)
		}
		if !strings.Contains(ci, `step "README: `+command+`"`) {
			t.Errorf(".ci/run has no step for %q", command)
		}
	}
	for name, body := range map[string]string{
		"test_plain": `go test( -timeout=\w+)? \./\.\.\.;`, "dev_once": `go run \./cmd/coffred dev --once;`,
	} {
		if !regexp.MustCompile(`(?m)^` + name + `\(\) \{.*\b` + body).MatchString(ci) {
			t.Errorf(".ci/run: %s runs something else", name)
		}
	}
}

// Every relative link of every page leads somewhere, headings included.
func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	pages := 0
	for _, page := range markdown(t) {
		pages++
		for _, found := range link.FindAllStringSubmatch(prose(document(t, page)), -1) {
			target, heading, _ := strings.Cut(found[1], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "NNNN") { // elsewhere, or a blank of the template
				continue
			}
			path := page
			if target != "" {
				path = filepath.Join(filepath.Dir(page), target)
			}
			if _, err := os.Stat(filepath.Join(root(t), path)); err != nil {
				t.Errorf("%s links to %s, which is not there", page, found[1])
			} else if heading != "" && !anchors(document(t, path))[heading] {
				t.Errorf("%s links to %s, which has no such heading", page, found[1])
			}
		}
	}
	if pages < 10 {
		t.Errorf("only %d pages were read", pages)
	}
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func document(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root(t), path))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// markdown lists every page of the repository, without what was installed.
func markdown(t *testing.T) (pages []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(root(t)), ".", func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && (e.Name() == "node_modules" || e.Name() == ".git"):
			return fs.SkipDir
		case strings.HasSuffix(path, ".md"):
			pages = append(pages, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

var fence = regexp.MustCompile("(?ms)^```([^\n]*)\n(.*?)^```$")

// fences are the blocks of a page with an info string.
func fences(page, info string) (blocks []string) {
	for _, found := range fence.FindAllStringSubmatch(page, -1) {
		if strings.TrimSpace(found[1]) == info {
			blocks = append(blocks, found[2])
		}
	}
	return blocks
}

// prose is a page without what is quoted in it.
func prose(page string) string {
	return regexp.MustCompile("`[^`\n]*`").ReplaceAllString(fence.ReplaceAllString(page, ""), "")
}

// anchors are the names that a page's headings have in links.
func anchors(page string) map[string]bool {
	all := map[string]bool{}
	for _, found := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(fence.ReplaceAllString(page, ""), -1) {
		name := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(found[1]), "")
		all[strings.ReplaceAll(name, " ", "-")] = true
	}
	return all
}

// A command is a line that was typed, and what was printed.
type command struct{ line, printed string }

func commands(session string) (all []command) {
	for line := range strings.Lines(session) {
		if typed, ok := strings.CutPrefix(line, "$ "); ok {
			all = append(all, command{line: strings.TrimSpace(typed)})
		} else if len(all) > 0 {
			all[len(all)-1].printed += line
		}
	}
	return all
}

// normal replaces what differs from run to run and nothing else: times (and the
// spaces that line them up), random ids, digests and their first digits, and how
// long the trail and its copies were at a moment.
func normal(printed string) string {
	for _, r := range []struct{ pattern, instead string }{
		{` +\d+ ms`, " TIME"},
		{`\b[a-z2-7]{26}\b`, "ID"},
		{`\b([0-9a-f]{64}|[0-9a-f]{16})\b`, "DIGEST"},
		{`\b(checkpoint|extends) \d+`, "$1 N"},
		{`\b\d+ lines`, "N lines"},
		{`\b\d+ objects`, "N objects"}, // the trail's copies are among them: a slow machine makes more
	} {
		printed = regexp.MustCompile(r.pattern).ReplaceAllString(printed, r.instead)
	}
	return printed
}

// A shell runs lines in an empty home, with both commands built.
type shell struct {
	dir string
	env []string
}

func newShell(t *testing.T, more ...string) shell {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no sh here")
	}
	bin, home := t.TempDir(), t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", bin+string(filepath.Separator), "./cmd/coffred", "./cmd/coffre")
	build.Dir = root(t)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	path := strings.Join(append(append([]string{bin}, more...), os.Getenv("PATH")), string(filepath.ListSeparator))
	return shell{dir: home, env: []string{"PATH=" + path, "HOME=" + home, "TMPDIR=" + t.TempDir(), "LC_ALL=C.UTF-8"}}
}

// run answers what a script prints on standard output. Its exit code is the
// last command's, as on a terminal.
func (s shell) run(t *testing.T, script string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", script)
	cmd.Dir, cmd.Env = s.dir, s.env
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s\n%v\n%s%s", script, err, out, errs.String())
	}
	return string(out)
}
