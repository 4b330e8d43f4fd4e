package config

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// filledIn is a whole configuration as init would write it, filled in.
func filledIn(t testing.TB) string {
	t.Helper()
	key, err := seal.NewSigningKey()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := Written{
		Realm: "production", Listen: "0.0.0.0:8443", PublicURL: "https://coffre.example.fr",
		CertFile: "tls/cert.pem", KeyFile: "/etc/tls/key.pem", DataDir: "data",
		Bucket:     Place{S3: &S3{Endpoint: "https://s3.example.fr", Bucket: "coffre", Prefix: "a/", CredentialsFile: "secrets/s3.txt"}},
		Anchors:    Place{Dir: "anchors"},
		MasterFile: "secrets/master.txt", SigningFile: "secrets/signing.txt", PepperFile: "secrets/pepper.txt",
		Genesis:        key.Public().String(),
		Issuers:        []Issuer{{Name: "ccas", DisplayName: `Compte "CCAS" é`, Issuer: "https://id.example.fr/realms/ccas", ClientID: "coffre-cli", Algs: []string{"ES256", "RS256"}}},
		TrailRetention: "6y",
	}.Text()
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestWrittenConfigurationReadsBack(t *testing.T) {
	t.Parallel()
	c, err := Parse([]byte(filledIn(t)), "/etc/coffre")
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case chain.Realm(c.Realm) != chain.RealmProduction, c.TrailRetention.Months != 72, c.SingleKeeper, c.Reflection:
		t.Errorf("have %+v", c)
	case c.TLS.CertFile != "/etc/coffre/tls/cert.pem" || c.TLS.KeyFile != "/etc/tls/key.pem" || c.Bucket.S3.CredentialsFile != "/etc/coffre/secrets/s3.txt":
		t.Errorf("paths: %+v %+v", c.TLS, c.Bucket.S3)
	case c.Issuers[0].DisplayName != `Compte "CCAS" é`:
		t.Errorf("people: %+v", c.Issuers)
	case c.Limits != Limits{MaxDocumentMiB: 100, MaxSafeMiB: 10240, ConsentDays: 182, SessionIdle: 15 * time.Minute, SharedIdle: 5 * time.Minute, SessionMax: 10 * time.Hour, UnlockIdle: 15 * time.Minute}:
		t.Errorf("limits: %+v", c.Limits)
	case c.Recovery.Delay != 48*time.Hour:
		t.Errorf("recovery: %v", c.Recovery.Delay)
	}
}

// A field that breaks a rule is named, and its value is not repeated.
func TestEachRuleNamesItsField(t *testing.T) {
	t.Parallel()
	good := filledIn(t)
	for _, tt := range []struct{ from, to, field string }{
		{`realm: production`, `realm: zzvaluezz`, "realm"},
		{`listen: "0.0.0.0:8443"`, `listen: "zzvaluezz"`, "listen"},
		{`listen: "0.0.0.0:8443"`, `listen: ""`, "listen"},
		{`public_url: "https://coffre.example.fr"`, `public_url: "http://zzvaluezz.fr"`, "public_url"},
		{`cert_file: "tls/cert.pem"`, `cert_file: ""`, "tls.cert_file"},
		{`key_file: "/etc/tls/key.pem"`, ``, "tls.key_file"},
		{`data_dir: "data"`, ``, "data_dir"},
		{`endpoint: "https://s3.example.fr"`, `endpoint: "ftp://zzvaluezz"`, "bucket.s3.endpoint"},
		{`endpoint: "https://s3.example.fr"`, `endpoint: "https://user:zzvaluezz@s3.fr"`, "bucket.s3.endpoint"},
		{`    bucket: "coffre"`, ``, "bucket.s3.bucket"},
		{`credentials_file: "secrets/s3.txt"`, ``, "bucket.s3.credentials_file"},
		{`  dir: "anchors"`, `  dir: ""`, "anchors"},
		{`master_file: "secrets/master.txt"`, ``, "secrets.master_file"},
		{`master_epoch: 1`, `master_epoch: 0`, "secrets.master_epoch"},
		{`master_epoch: 1`, "master_epoch: 1\n  former_masters: [{epoch: 1, file: zzvaluezz}]", "secrets.former_masters[0].epoch"},
		{`master_epoch: 1`, "master_epoch: 3\n  former_masters: [{epoch: 2, file: a}, {epoch: 2, file: b}]", "secrets.former_masters[1].epoch"},
		{`master_epoch: 1`, "master_epoch: 2\n  former_masters: [{epoch: 1}]", "secrets.former_masters[0].file"},
		{`master_epoch: 1`, "master_epoch: 2\n  former_masters: [{epoch: 1, file: secrets/master.txt}]", "secrets.former_masters[0].file"},
		{`signing_file: "secrets/signing.txt"`, ``, "secrets.signing_file"},
		{`pepper_file: "secrets/pepper.txt"`, ``, "secrets.pepper_file"},
		{`genesis: coffre`, `genesis: zzvaluezz`, "genesis"},
		{`client_id: "coffre-cli"`, `client_id: ""`, "issuers[0].client_id"},
		{`    issuer: "https://id.example.fr/realms/ccas"`, `    issuer: "http://id.zzvaluezz.fr"`, "issuers[0].issuer"},
		{`algs: [ES256, RS256]`, `algs: [zzvaluezz]`, "issuers[0].algs"},
		{`algs: [ES256, RS256]`, `strong_acrs: [""]`, "issuers[0].strong_acrs"},
		{`algs: [ES256, RS256]`, `strong_amrs: [otp, ""]`, "issuers[0].strong_amrs"},
		{`algs: [ES256, RS256]`, `siret_claim: email`, "issuers[0].siret_claim"},
		{`max_document_mib: 100`, `max_document_mib: 101`, "limits.max_document_mib"},
		{`max_safe_mib: 10240`, `max_safe_mib: 99`, "limits.max_safe_mib"},
		{`consent_days: 182`, `consent_days: 366`, "limits.consent_days"},
		{`consent_days: 182`, `consent_days: 181`, "limits.consent_days"}, // the shorter half is each person's to choose
		{`max_document_mib: 100`, `max_document_mib: zzvaluezz`, "line "},
		{`session_idle: 15m`, `session_idle: 1500ms`, "limits.session_idle"},
		{`delay: 48h`, `delay: 23h59m59s`, "recovery.delay"}, // security: the person has a day at least
		{`delay: 48h`, `delay: 1000h`, "recovery.delay"},
		{`unlock_idle: 15m`, `unlock_idle: 11h`, "limits.unlock_idle"},
		{`trail_retention: 6y`, ``, "trail_retention"}, // L-19
		{`trail_retention: 6y`, `trail_retention: 06y`, "trail_retention"},
		{`trail_retention: 6y`, `trail_retention: 0m`, "trail_retention"},
		{`trail_retention: 6y`, `trail_retention: 101y`, "trail_retention"},
		{`log: info`, `log: zzvaluezz`, "log"},
	} {
		text := strings.Replace(good, tt.from, tt.to, 1)
		if text == good {
			t.Fatalf("%q is not in the template", tt.from)
		}
		_, err := Parse([]byte(text), "/etc/coffre")
		if !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), tt.field) {
			t.Errorf("%s: %v", tt.to, err)
		} else if strings.Contains(err.Error(), "zzvaluezz") {
			t.Errorf("%s: the value is repeated: %v", tt.to, err)
		}
	}
}

func TestUnknownFieldIsNamedWithItsLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		filledIn(t) + "\nsecret_key: abc\n":                    "field secret_key is not known",
		"listen: [1, 2]\n":                                     "line 1",
		"listen: a\nlisten: b\n":                               "line 2",
		filledIn(t) + "\n---\nlisten: x\n":                     "more than one document",
		"\tlisten: x":                                          "cannot start any token",
		strings.Repeat("# much too long\n", maxFile/16+1) + "": "more than",
	} {
		_, err := Parse([]byte(text), "/")
		if !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "config.") {
			t.Errorf("want %q, have %v", want, err)
		}
	}
	if _, err := Parse(nil, "/"); err == nil || !strings.Contains(err.Error(), "trail_retention") || !strings.Contains(err.Error(), "listen") {
		t.Errorf("an empty file: %v", err)
	}
}

// The second place is none when it is the first.
func TestAnchorsLieApart(t *testing.T) {
	t.Parallel()
	good := strings.Replace(filledIn(t), "  s3:\n", "  dir: bucket\n  xs3:\n", 1)
	i := strings.Index(good, "  xs3:")
	good = good[:i] + good[strings.Index(good, "# The second place"):]
	if _, err := Parse([]byte(good), "/etc/coffre"); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"bucket", "bucket/below", ".", "other/../bucket"} {
		_, err := Parse([]byte(strings.Replace(good, `dir: "anchors"`, `dir: "`+dir+`"`, 1)), "/etc/coffre")
		if err == nil || !strings.Contains(err.Error(), "anchors.dir") {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

func TestSecretFilesAreForTheirOwnerOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "secret")
	if err := os.WriteFile(path, []byte("# what it is\n\n  abc  \n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		mode        os.FileMode
		credentials string
		refused     bool
	}{
		{0o600, "", false}, {0o400, "", false},
		{0o640, "", true}, {0o604, "", true}, {0o660, "", true}, {0o610, "", true},
		{0o440, dir, false}, // what systemd leaves beside an access list
		{0o444, dir, true}, {0o460, dir, true}, {0o440, filepath.Dir(dir), true},
	} {
		if err := os.Chmod(path, tt.mode); err != nil {
			t.Fatal(err)
		}
		s, err := ReadSecret(path, tt.credentials)
		if tt.refused != errors.Is(err, ErrExposed) || (!tt.refused && string(s.Reveal()) != "abc") {
			t.Errorf("%04o below %q: %v", tt.mode, tt.credentials, err)
		}
		if err != nil && strings.Contains(err.Error(), "abc") {
			t.Errorf("the content is repeated: %v", err)
		}
	}
}

func TestSecretFilesHoldWhatIsWantedAndNoMore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, tt := range map[string]struct {
		content   string
		one, pair bool
	}{
		"empty": {"", false, false}, "one": {"abc\n", true, false}, "two": {"key\n# and\nsecret", false, true},
		"three": {"a\nb\nc\n", false, false}, "long": {strings.Repeat("a", maxSecret+1), false, false},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadSecret(path, ""); (err == nil) != tt.one {
			t.Errorf("%s as one: %v", name, err)
		}
		access, secret, err := ReadCredentials(path, "")
		if (err == nil) != tt.pair || (err == nil && (access != "key" || string(secret.Reveal()) != "secret")) {
			t.Errorf("%s as two: %v", name, err)
		}
	}
	if _, err := ReadSecret(dir, ""); err == nil {
		t.Error("a folder is read")
	}
	if _, err := ReadSecret(filepath.Join(dir, "none"), ""); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(filledIn(f)))
	f.Add([]byte("realm: dev\nlimits: {session_idle: 1s}\n"))
	f.Add([]byte("a: &a [*a]\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := Parse(raw, "/etc/coffre")
		if err != nil {
			return
		}
		// Whatever passed is safe to start with.
		if c.TrailRetention.Months < 1 || c.Genesis.IsZero() || len(c.Issuers) == 0 || c.Secrets.MasterEpoch == 0 ||
			!filepath.IsAbs(c.DataDir) || !filepath.IsAbs(c.Secrets.MasterFile) || (c.Bucket.S3 == nil) == (c.Bucket.Dir == "") {
			t.Errorf("passed: %+v", c)
		}
	})
}

func FuzzRetention(f *testing.F) {
	for _, s := range []string{"6y", "18m", "y", "-1y", "1e1m", "9999999999y"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := parseRetention(s); err == nil && (n < 1 || n > maxRetention) {
			t.Errorf("%q is %d months", s, n)
		}
	})
}

// The commands that replace the master change their lines and no other, read the
// result back, and refuse a file that they could only guess at.
func TestReplacingTheMasterChangesItsLinesOnly(t *testing.T) {
	t.Parallel()
	good := filledIn(t)
	two, err := ReplaceMaster([]byte(good), "/etc/coffre")
	if err != nil {
		t.Fatal(err)
	}
	three, err := ReplaceMaster(two, "/etc/coffre")
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse(three, "/etc/coffre")
	if err != nil {
		t.Fatal(err)
	}
	want := []FormerMaster{{1, "/etc/coffre/secrets/master.txt"}, {2, "/etc/coffre/secrets/master-2.txt"}}
	if c.Secrets.MasterFile != "/etc/coffre/secrets/master-3.txt" || c.Secrets.MasterEpoch != 3 || !slices.Equal(c.Secrets.FormerMasters, want) {
		t.Errorf("%+v", c.Secrets)
	}
	if next := c.NextMaster(); next != "/etc/coffre/secrets/master-4.txt" {
		t.Errorf("next: %s", next)
	}
	first, err := DropMaster(three, "/etc/coffre", 1)
	if err != nil {
		t.Fatal(err)
	}
	both, err := DropMaster(first, "/etc/coffre", 2)
	if err != nil {
		t.Fatal(err)
	}
	undone := strings.NewReplacer("master-3.txt", "master.txt", "master_epoch: 3", "master_epoch: 1").Replace(string(both))
	if undone != good {
		t.Errorf("other lines changed:\n%s", undone)
	}
	for name, text := range map[string]string{
		"given as a block":   strings.Replace(good, `master_file: "secrets/master.txt"`, "master_file: |-\n    secrets/master.txt", 1),
		"on one line":        regexp.MustCompile(`(?s)secrets:\n.*?\n\n`).ReplaceAllString(good, "secrets: {master_file: a, master_epoch: 1, signing_file: b, pepper_file: c}\n\n"),
		"not a whole config": "secrets:\n  master_file: a\n  master_epoch: 1\n",
		"with an escape":     strings.Replace(good, `"secrets/master.txt"`, `"secrets/\u006daster.txt"`, 1),
	} {
		if text == good {
			t.Fatalf("%s: nothing was replaced", name)
		}
		if made, err := ReplaceMaster([]byte(text), "/etc/coffre"); err == nil {
			t.Errorf("%s: %s", name, made)
		}
	}
}
