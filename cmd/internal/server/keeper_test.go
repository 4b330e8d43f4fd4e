package server

import (
	"encoding/hex"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// How long a consent may last is the configuration's to say.
func TestTheConfigurationSaysHowLongAConsentLasts(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	master, err := seal.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	sign, err := seal.NewSigningKey()
	if err != nil {
		t.Fatal(err)
	}
	cfg := config.Config{DataDir: filepath.Join(folder, "data"), Limits: config.Limits{ConsentDays: vault.ConsentDaysLong}}
	for path, secret := range map[*string]string{
		&cfg.Secrets.MasterFile:  string(master.Text().Reveal()),
		&cfg.Secrets.SigningFile: string(sign.Text().Reveal()),
		&cfg.Secrets.PepperFile:  hex.EncodeToString(make([]byte, pepperSize)),
	} {
		file, err := os.CreateTemp(folder, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.WriteString(secret + "\n"); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		*path = file.Name()
	}
	kc, err := KeeperConfig(cfg, Stores{}, slog.New(slog.DiscardHandler))
	if err != nil || kc.ConsentDays != vault.ConsentDaysLong {
		t.Errorf("%d days, %v", kc.ConsentDays, err)
	}
}
