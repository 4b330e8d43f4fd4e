package client

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestASessionIsKeptForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	s := Store{Dir: filepath.Join(t.TempDir(), "state", "coffre")}
	_, err := s.Load()
	wantClass(t, err, ClassLogin)
	cred := testCredentials(t)
	saved := Saved{Address: "a:1", CAFile: "/ca.pem", Expires: time.Now().Add(time.Hour).UTC(), Safes: []string{"x", "y"}, Credentials: cred}
	for range 2 { // the second replaces the first
		if err := s.Save(saved); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]os.FileMode{s.Dir: 0o700, s.SessionFile(): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	got, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	if got.Address != "a:1" || got.CAFile != "/ca.pem" || !got.Expires.Equal(saved.Expires) || len(got.Safes) != 2 ||
		got.token != cred.token || got.key.Text() != cred.key.Text() {
		t.Error("another session came back")
	}
	if err := s.Forget(); err != nil {
		t.Fatal(err)
	}
	if err := s.Forget(); err != nil {
		t.Errorf("forgetting twice: %v", err)
	}
	_, err = s.Load()
	wantClass(t, err, ClassLogin)
}

func TestASessionFileThatCannotBeTrustedIsNotUsed(t *testing.T) {
	t.Parallel()
	good := func(t *testing.T) Store {
		s := Store{Dir: t.TempDir()}
		if err := s.Save(Saved{Address: "a:1", Expires: time.Now().Add(time.Hour), Credentials: testCredentials(t)}); err != nil {
			t.Fatal(err)
		}
		return s
	}
	for name, spoil := range map[string]func(path string) error{
		"readable by others": func(p string) error { return os.Chmod(p, 0o644) },
		"not JSON":           func(p string) error { return os.WriteFile(p, []byte("{"), 0o600) },
		"no token":           func(p string) error { return os.WriteFile(p, []byte(`{"server":"a:1"}`), 0o600) },
		"too large":          func(p string) error { return os.WriteFile(p, make([]byte, maxKept+1), 0o600) },
		"a folder": func(p string) error {
			if err := os.Remove(p); err != nil {
				return err
			}
			return os.Mkdir(p, 0o700)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := good(t)
			if err := spoil(s.SessionFile()); err != nil {
				t.Fatal(err)
			}
			_, err := s.Load()
			wantClass(t, err, ClassLogin)
		})
	}
}

func TestASessionThatRanOutStillKnowsTheService(t *testing.T) {
	t.Parallel()
	s := Store{Dir: t.TempDir()}
	if err := s.Save(Saved{Address: "a:1", Expires: time.Now(), Credentials: testCredentials(t)}); err != nil {
		t.Fatal(err)
	}
	got, err := s.Load()
	wantClass(t, err, ClassLogin)
	if got.Address != "a:1" || !got.IsZero() {
		t.Error("address missing, or credentials there")
	}
}

// Secrets never reach a formatter.
func TestASessionNeverPrints(t *testing.T) {
	t.Parallel()
	cred := testCredentials(t)
	secrets := []string{cred.token.Reveal(), cred.key.Text(), strings.TrimPrefix(cred.key.Text(), "coffre-client-key-1:")}
	for _, v := range []any{cred, &cred, Saved{Credentials: cred}, Session{Credentials: cred}, []Credentials{cred}} {
		encoded, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		all := fmt.Sprintf("%v %+v %#v %s %d %x %q ", v, v, v, v, v, v, v) + string(encoded)
		for _, secret := range secrets {
			if strings.Contains(all, secret) || strings.Contains(all, fmt.Sprintf("%x", secret)) {
				t.Errorf("%T prints a secret", v)
			}
		}
	}
}

func TestTheLastCheckpointIsKeptByService(t *testing.T) {
	t.Parallel()
	tr := newTree(t, "coffre.example/trail")
	tr.grow(t, 9, "leaf")
	s := Store{Dir: t.TempDir()}
	if cp, _, err := s.Seen("a:1"); err != nil || !cp.IsZero() {
		t.Fatalf("nothing was seen yet: %v, %v", cp, err)
	}
	if err := s.See("a:1", tr.checkpoint(t, 9)); err != nil {
		t.Fatal(err)
	}
	cp, when, err := s.Seen("a:1")
	if err != nil || cp.Size != 9 || cp.Root != tr.checkpoint(t, 9).Root || time.Since(when) > time.Minute {
		t.Errorf("%v of %v, %v", cp, when, err)
	}
	if cp, _, err := s.Seen("b:1"); err != nil || !cp.IsZero() {
		t.Errorf("another service: %v, %v", cp, err)
	}
	if err := os.WriteFile(s.seenPath("a:1"), []byte(`{}`), 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err = s.Seen("a:1")
	wantClass(t, err, ClassIntegrity) // a memory that was tampered with is not forgotten in silence
}
