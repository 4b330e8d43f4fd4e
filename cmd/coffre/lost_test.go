package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
)

// A loser answers a person who lost a sheet or a copy. What it answers of a sheet
// cannot be printed.
type loser struct {
	coffrev1.UnimplementedLockServiceServer
	coffrev1.UnimplementedRecoveryServiceServer
	coffrev1.UnimplementedPassportServiceServer

	copied []*coffrev1.CopiedMemo
	page   []byte
}

func (l *loser) serve(t *testing.T) *user {
	t.Helper()
	return (&peer{}).serve(t, func(srv *grpc.Server) {
		coffrev1.RegisterLockServiceServer(srv, l)
		coffrev1.RegisterRecoveryServiceServer(srv, l)
		coffrev1.RegisterPassportServiceServer(srv, l)
	})
}

func (*loser) AskRecovery(context.Context, *coffrev1.AskRecoveryRequest) (*coffrev1.AskRecoveryResponse, error) {
	return coffrev1.AskRecoveryResponse_builder{Sheet: new("no number"), Code: new("no code")}.Build(), nil
}

func (*loser) RenewSheet(context.Context, *coffrev1.RenewSheetRequest) (*coffrev1.RenewSheetResponse, error) {
	return coffrev1.RenewSheetResponse_builder{Sheet: new("no number"), Code: new("no code")}.Build(), nil
}

func (*loser) MakeKit(context.Context, *coffrev1.MakeKitRequest) (*coffrev1.MakeKitResponse, error) {
	answer := coffrev1.MakeKitResponse_builder{Kit: new("kit"), Delay: durationpb.New(vault.KitDelay)}
	for _, holder := range []vault.KitHolder{vault.KitPerson, vault.KitRelative, 0} {
		answer.Sheets = append(answer.Sheets, coffrev1.KitSheet_builder{
			Holder: new(coffrev1.KitHolder(holder)), Sheet: new("sheet"), Code: new("7Q4K-4F70-AAAA-BBBB-CCCC"),
		}.Build())
	}
	return answer.Build(), nil
}

func (l *loser) ListCopies(context.Context, *coffrev1.ListCopiesRequest) (*coffrev1.ListCopiesResponse, error) {
	one := coffrev1.PassportCopy_builder{Copy: new(int32(1)), Number: new("K7QM-94HT-1"), Memos: l.copied}.Build()
	return coffrev1.ListCopiesResponse_builder{Copies: []*coffrev1.PassportCopy{one}}.Build(), nil
}

func (l *loser) LoseCopy(context.Context, *coffrev1.LoseCopyRequest) (*coffrev1.LoseCopyResponse, error) {
	return coffrev1.LoseCopyResponse_builder{Number: new("K7QM-94HT-1"), Memos: l.copied, Html: l.page}.Build(), nil
}

// A sheet that could not be written says what is so: the sheets before it are void, or
// open as they did and the same command writes into the same file.
func TestASheetThatIsNotWrittenTakesNothing(t *testing.T) {
	t.Parallel()
	u := (&loser{}).serve(t)
	for name, tt := range map[string]struct {
		says, not string
		left      bool
	}{
		"lost":  {"Les autres feuilles ouvrent comme avant", "ne vaut plus", false},
		"renew": {"ne vaut plus", "comme avant", true},
	} {
		file := filepath.Join(t.TempDir(), "neuve.html")
		code, _, problems := u.run("", "sheet", name, "--sheet", file)
		if code == 0 || !strings.Contains(problems, tt.says) || strings.Contains(problems, tt.not) {
			t.Errorf("%s: exit %d, %q", name, code, problems)
		}
		if _, err := os.Stat(file); (err == nil) != tt.left {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Two recovery sheets open: when the third cannot be written none is left, and the same
// command writes all three.
func TestAKitThatIsNotWrittenLeavesNoSheet(t *testing.T) {
	t.Parallel()
	u, dir := (&loser{}).serve(t), filepath.Join(t.TempDir(), "secours")
	code, _, problems := u.run("", "kit", "make", "--into", dir, "--format", "html")
	if code == 0 || !strings.Contains(problems, "refaites-les toutes") {
		t.Errorf("exit %d, %q", code, problems)
	}
	if left, err := os.ReadDir(dir); err == nil {
		t.Errorf("left: %v", left)
	}
}

// What to change is what stood on the copy: a code beside the password too. An agent is
// not told how much stands there, nor that it is nothing.
func TestACopySaysWhatStandsOnIt(t *testing.T) {
	t.Parallel()
	memo := coffrev1.CopiedMemo_builder{
		Document: new("d"), Discloses: coffrev1.Disclosure_DISCLOSURE_SECRET.Enum(), Codes: new(true), Memo: coffrev1.Memo_builder{Body: new("caf")}.Build(),
	}.Build()
	person := (&loser{copied: []*coffrev1.CopiedMemo{memo}}).serve(t)
	if out := person.must("", "passport", "lost", "1"); !strings.Contains(out, "mot de passe et autres codes écrits : changez-les") {
		t.Errorf("it says %q", out)
	}
	file := filepath.Join(t.TempDir(), "page.html")
	if _, _, aside := person.run("", "passport", "lost", "1", "-o", file); !strings.Contains(aside, "verrouillé") {
		t.Errorf("a page that is not made: %q", aside)
	}
	if out := person.must("", "passport", "copies"); !strings.Contains(out, "1 mémo") {
		t.Errorf("it says %q", out)
	}
	open := (&loser{copied: []*coffrev1.CopiedMemo{memo}, page: []byte("<html>")}).serve(t)
	if out := open.must("", "passport", "lost", "1", "-o", "-"); out != "<html>" {
		t.Errorf("the output is %q", out)
	}
	if out := (&loser{}).serve(t).must("", "passport", "copies"); strings.Contains(out, "mémo") {
		t.Errorf("an agent is told %q", out)
	}
}

// Where the answer about a new sheet is lost, the same request is made again, or the
// person has neither sheet; where nothing was made, nothing of it is said.
func TestALostSheetIsAskedForByTheSameRequest(t *testing.T) {
	t.Parallel()
	a := &app{args: []string{"kit", "finish", "--sheet", "ma feuille.pdf"}}
	for class, lost := range map[client.Class]bool{
		client.ClassUnavailable: true, client.ClassInterrupted: true, client.ClassRefused: false, client.ClassUsage: false,
	} {
		err := a.lostSheet(&client.Error{Class: class, Sentence: "sentence"}, &step{request: "r1"})
		e, ok := errors.AsType[*client.Error](err)
		if !ok || e.Class != class || strings.Contains(e.Sentence, "coffre kit finish --sheet 'ma feuille.pdf' --request r1") != lost {
			t.Errorf("%v: %+v", class, e)
		}
	}
	e, ok := errors.AsType[*client.Error](a.lostSheet(&client.Error{Class: client.ClassUnavailable, Sentence: "sentence"}, &step{before: "ouvre comme avant"}))
	if !ok || e.Sentence != "sentence" {
		t.Errorf("the sheets before go on: %+v", e)
	}
}
