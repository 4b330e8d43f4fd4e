package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
)

// The exit codes are a promise to scripts: those of the page, and no others.
func TestExitCodesAreTheDocumentedOnes(t *testing.T) {
	t.Parallel()
	documented := make([]int, 0, 10)
	for _, e := range exits() {
		documented = append(documented, e.code)
	}
	if want := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 130}; !slices.Equal(documented, want) {
		t.Fatalf("documented %v, want %v", documented, want)
	}
	for code, want := range map[codes.Code]int{
		codes.OK:                 0,
		codes.Internal:           1,
		codes.InvalidArgument:    2,
		codes.PermissionDenied:   3,
		codes.FailedPrecondition: 3,
		codes.Unauthenticated:    4,
		codes.NotFound:           5,
		codes.Aborted:            6,
		codes.DeadlineExceeded:   7,
		codes.DataLoss:           8,
	} {
		t.Run(code.String(), func(t *testing.T) {
			t.Parallel()
			p := &peer{fail: status.Error(code, "x")}
			got, stdout, stderr := p.serve(t).run("", "count")
			if got != want || (code == codes.OK) != (stderr == "") || (code == codes.OK) != (stdout != "") {
				t.Errorf("exit %d, want %d; out %q, err %q", got, want, stdout, stderr)
			}
		})
	}
}

func TestTheRemainingExitCodes(t *testing.T) {
	t.Parallel()
	u := login(t, "http://127.0.0.1:1")
	if code, _, stderr := u.run("", "count"); code != 7 {
		t.Errorf("no server: exit %d, %s", code, stderr)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var problems strings.Builder
	if code := run(ctx, []string{"count"}, strings.NewReader(""), &problems, &problems, u.getenv); code != 130 {
		t.Errorf("interrupted: exit %d, %s", code, problems.String())
	}
	if code := (&app{stderr: &problems}).report(t.Context(), errors.New("unknown")); code != 1 {
		t.Errorf("an unknown error: exit %d", code)
	}
	if code, _, _ := (&peer{}).serve(t).run("", "count", "--safe", "x"); code != 2 {
		t.Errorf("bad safe: exit %d", code)
	}
}

func write(t *testing.T, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPutSendsFoldersInBatches(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i := range 2*batchSize + 3 {
		write(t, dir, fmt.Sprintf("sub/%02d.txt", i), "x")
	}
	write(t, dir, ".hidden", "x")
	write(t, dir, ".git/config", "x")
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "link.txt")); err != nil {
		t.Fatal(err)
	}
	p := &peer{}
	u := p.serve(t)
	out := u.must("", "put", dir, "--receipts", filepath.Join(u.home, "recus"))
	if !slices.Equal(p.batches, []int{batchSize, batchSize, 3}) || strings.Count(out, "\n") != 2*batchSize+3 {
		t.Errorf("batches %v, output of %d lines", p.batches, strings.Count(out, "\n"))
	}
	receipts, err := filepath.Glob(filepath.Join(u.home, "recus", "*.receipt"))
	if err != nil || len(receipts) != 2*batchSize+3 {
		t.Errorf("%d receipts, %v", len(receipts), err)
	}
}

// What was deposited before a failure is told, so that nobody deposits it twice.
func TestPutTellsWhatWasDepositedBeforeAFailure(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i := range batchSize + 5 {
		write(t, dir, fmt.Sprintf("%02d.txt", i), "x")
	}
	p := &peer{refuse: 2}
	u := p.serve(t)
	code, out, problems := u.run("", "put", "--output", "json", dir)
	var answer struct{ Receipts []json.RawMessage }
	if err := json.Unmarshal([]byte(out), &answer); err != nil || len(answer.Receipts) != batchSize {
		t.Errorf("%d receipts, %v", len(answer.Receipts), err)
	}
	if code != 5 || !strings.Contains(problems, "25 papiers déposés sur 30") || !strings.Contains(problems, "25.txt") {
		t.Errorf("exit %d: %s", code, problems)
	}
}

// One file that cannot be deposited stops all of them before anything is sent.
func TestPutLooksAtEveryFileFirst(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "a.txt", "x")
	empty := write(t, dir, "vide.pdf", "")
	large := write(t, t.TempDir(), "grand.pdf", "")
	if err := os.Truncate(large, vault.MaxDocument+1); err != nil { // sparse
		t.Fatal(err)
	}
	p := &peer{}
	u := p.serve(t)
	for name, test := range map[string]struct {
		args  []string
		stdin string
		code  int
		says  string
	}{
		"empty file":     {[]string{"put", empty}, "", 2, "vide.pdf est vide"},
		"one of several": {[]string{"put", dir}, "", 2, "vide.pdf est vide"},
		"too large":      {[]string{"put", large}, "", 2, "trop grand"},
		"empty input":    {[]string{"put", "-"}, "", 2, "est vide"},
		"no such file":   {[]string{"put", filepath.Join(dir, "no")}, "", 5, "n'existe pas"},
		"empty folder":   {[]string{"put", t.TempDir()}, "", 2, "aucun fichier"},
		"a device":       {[]string{"put", "/dev/null"}, "", 2, "ordinaire"},
		"title for two":  {[]string{"put", "--title", "T", dir + "/a.txt", dir + "/a.txt"}, "", 2, "--title"},
	} {
		code, out, problems := u.run(test.stdin, test.args...)
		if code != test.code || out != "" || !strings.Contains(problems, test.says) {
			t.Errorf("%s: exit %d, out %q, err %q", name, code, out, problems)
		}
	}
	if p.puts > 0 || len(p.batches) > 0 {
		t.Error("something was sent")
	}
	if out := u.must("from a pipe", "put", "--name", "scan.txt", "-"); !strings.Contains(out, "scan.txt") || p.puts != 1 {
		t.Errorf("input: %q", out)
	}
}

func TestGetWritesWholeFilesOnly(t *testing.T) {
	t.Parallel()
	p := &peer{content: []byte("un papier")}
	u, id, dir := p.serve(t), vault.NewDocumentID().String(), t.TempDir()
	u.must("", "get", id, "-o", dir)
	if b, err := os.ReadFile(filepath.Join(dir, "avis.pdf")); err != nil || string(b) != "un papier" {
		t.Errorf("%q, %v", b, err)
	}
	if out := u.must("", "get", id, "-o", "-"); out != "un papier" {
		t.Errorf("output %q", out)
	}
	for name, test := range map[string]struct {
		args []string
		code int
	}{
		"file is there":   {[]string{"get", id, "-o", filepath.Join(dir, "avis.pdf")}, 6},
		"no such folder":  {[]string{"get", id, "-o", filepath.Join(dir, "no") + "/"}, 2},
		"two to one file": {[]string{"get", id, id, "-o", filepath.Join(dir, "two")}, 2},
		"two to output":   {[]string{"get", id, id, "-o", "-"}, 2},
		"json and output": {[]string{"get", id, "--output", "json", "-o", "-"}, 2},
		"empty target":    {[]string{"get", id, "-o", ""}, 2},
	} {
		if code, _, problems := u.run("", test.args...); code != test.code {
			t.Errorf("%s: exit %d, %s", name, code, problems)
		}
	}
}

// A full disk leaves nothing behind. The limit on the size of files stands for
// the disk: the kernel answers EFBIG instead of ENOSPC.
func TestGetOntoAFullDiskLeavesNothing(t *testing.T) {
	t.Parallel()
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("needs sh")
	}
	self, err := exec.LookPath("coffre") // put there by testscript.Main
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{content: make([]byte, 1<<20)}
	u, id, dir := p.serve(t), vault.NewDocumentID().String(), t.TempDir()
	for script, says := range map[string]string{
		`ulimit -f 64; trap "" XFSZ; exec "$0" get "$1" -o "$2"`: "plus assez de place",
		`exec "$0" get "$1" -o - > /dev/full`:                    "plus assez de place",
		`exec "$0" ls --help > /dev/full`:                        "plus assez de place",
	} {
		cmd := exec.CommandContext(t.Context(), shell, "-c", script, self, id, dir)
		cmd.Env = append(os.Environ(), "HOME="+u.home, "XDG_STATE_HOME=")
		out, err := cmd.CombinedOutput()
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok || exit.ExitCode() != int(client.ClassFailed) || !strings.Contains(string(out), says) || strings.Count(string(out), "\n") != 1 {
			t.Errorf("%s: %v: %s", script, err, out)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func document(id, title string) *coffrev1.Document {
	size, drawer, kind, file := int64(2048), "logement", "quittance-loyer", "q.pdf"
	return coffrev1.Document_builder{Document: &id, Size: &size, Description: coffrev1.Description_builder{
		Title: &title, Drawer: &drawer, Kind: &kind, FileName: &file,
	}.Build()}.Build()
}

func TestListShowsEveryPage(t *testing.T) {
	t.Parallel()
	a, b := vault.NewDocumentID().String(), vault.NewDocumentID().String()
	p := &peer{pages: [][]*coffrev1.Document{{document(a, "Loyer d'août")}, {document(b, "Loyer\x1b]0;x\a")}}}
	u := p.serve(t)
	if out := u.must("", "ls"); !strings.Contains(out, "Loyer d'août") || !strings.Contains(out, b) || strings.Contains(out, "\x1b") {
		t.Errorf("text %q", out)
	}
	var answer struct {
		Documents []struct {
			Document    string
			Size        string
			Entrusted   *bool
			Description struct{ Title string }
		}
		NextPageToken *string
	}
	if err := json.Unmarshal([]byte(u.must("", "ls", "--output", "json")), &answer); err != nil {
		t.Fatal(err)
	}
	if len(answer.Documents) != 2 || answer.Documents[0].Size != "2048" || answer.Documents[1].Document != b || answer.Documents[0].Entrusted == nil {
		t.Errorf("json %+v", answer)
	}
}

func TestDescribeChangesWhatWasGivenOnly(t *testing.T) {
	t.Parallel()
	id := vault.NewDocumentID().String()
	p := &peer{pages: [][]*coffrev1.Document{{document(id, "Loyer")}}}
	u := p.serve(t)
	u.must("", "describe", id, "--whose", "ma fille")
	d := p.describe
	if d.GetTitle() != "Loyer" || d.GetWhose() != "ma fille" || d.GetKind() != "quittance-loyer" || d.GetDrawer() != "" {
		t.Errorf("described as %v", d)
	}
	if code, _, _ := u.run("", "describe", vault.NewDocumentID().String(), "--whose", "x"); code != 5 {
		t.Errorf("unknown document: exit %d", code)
	}
}

func TestRemoveAsksFirst(t *testing.T) {
	t.Parallel()
	u := (&peer{}).serve(t)
	code, _, problems := u.run("oui\n", "rm", vault.NewDocumentID().String())
	if code != 2 || !strings.Contains(problems, "--yes") {
		t.Errorf("exit %d: %s", code, problems)
	}
}

// The code leaves the service once: it goes into a new file, and nowhere else.
func TestOpenWritesTheSheetOnce(t *testing.T) {
	t.Parallel()
	const code = "ABCD-EFGH-JKMN-PQRS-TVWX"
	p := &peer{code: code}
	u := p.serve(t)
	sheet := filepath.Join(t.TempDir(), "feuille.txt")
	for range 2 {
		out := ""
		if _, err := os.Stat(sheet); err != nil {
			out = u.must("", "open", "--sheet", sheet, "--information", "1")
		} else if code, _, _ := u.run("", "open", "--sheet", sheet, "--information", "1"); code != 6 {
			t.Errorf("a sheet that is there: exit %d", code)
		}
		if strings.Contains(out, code) {
			t.Error("the code was shown")
		}
	}
	text, err := os.ReadFile(sheet)
	if err != nil || !strings.Contains(string(text), code) || strings.HasSuffix(string(text), " ") {
		t.Errorf("sheet %q, %v", text, err)
	}
	if info, err := os.Stat(sheet); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if out := u.must("", "open", "--sheet", sheet+"2", "--information", "1", "--output", "json"); strings.Contains(out, code) || !strings.Contains(out, `"safe": "s"`) {
		t.Errorf("json %q", out)
	}
	p.fail = status.Error(codes.PermissionDenied, "x")
	if code, _, _ := u.run("", "open", "--sheet", sheet+"3", "--information", "1"); code != 3 {
		t.Errorf("refused: exit %d", code)
	}
	if _, err := os.Stat(sheet + "3"); err == nil {
		t.Error("a sheet without a safe was left")
	}
}

func TestUnlockTakesTheCodeFromAFile(t *testing.T) {
	t.Parallel()
	p := &peer{}
	u := p.serve(t)
	file := write(t, t.TempDir(), "code", " abcd-efgh\n")
	u.must("", "unlock", "--code-file", file)
	if p.code != "abcd-efgh" {
		t.Errorf("code %q", p.code)
	}
	u.must("from-input\n", "unlock", "--code-file", "-")
	if p.code != "from-input" {
		t.Errorf("code %q", p.code)
	}
	for name, test := range map[string]struct {
		stdin string
		args  []string
		code  int
	}{
		"no keyboard": {"x\n", []string{"unlock"}, 2},
		"empty":       {"\n", []string{"unlock", "--code-file", "-"}, 2},
		"too long":    {strings.Repeat("x", maxCode+1), []string{"unlock", "--code-file", "-"}, 2},
		"no file":     {"", []string{"unlock", "--code-file", file + "x"}, 5},
		"in argv":     {"", []string{"unlock", "abcd"}, 2},
	} {
		if code, _, problems := u.run(test.stdin, test.args...); code != test.code || strings.Contains(problems, "abcd") {
			t.Errorf("%s: exit %d, %s", name, code, problems)
		}
	}
}

func TestCheckTellsWhatIsNotIntact(t *testing.T) {
	t.Parallel()
	id := vault.NewDocumentID().String()
	for _, found := range []coffrev1.ControlResponse_Verdict{
		coffrev1.ControlResponse_VERDICT_ALTERED,
		coffrev1.ControlResponse_VERDICT_MISSING,
		coffrev1.ControlResponse_VERDICT_UNSPECIFIED,
	} {
		p := &peer{verdict: found, pages: [][]*coffrev1.Document{{document(id, "Loyer")}}}
		u := p.serve(t)
		code, out, problems := u.run("", "check")
		if code != 8 || !strings.Contains(out, id+"  "+verdict(found)) || !strings.Contains(problems, "1 papier n'est plus intact") {
			t.Errorf("%v: exit %d, out %q, err %q", found, code, out, problems)
		}
		var answer struct {
			OK        *bool
			Documents []struct{ Verdict string }
		}
		_, out, _ = u.run("", "check", "--output", "json", id)
		if err := json.Unmarshal([]byte(out), &answer); err != nil || answer.OK == nil || *answer.OK || answer.Documents[0].Verdict != found.String() {
			t.Errorf("json %s, %v", out, err)
		}
	}
}
