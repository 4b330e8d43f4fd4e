package tour

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// openSafe: somebody at the counter opens a safe and prints its code sheet.
func (s *story) openSafe(ctx context.Context) (string, error) {
	var err error
	if s.counter, _, err = s.logIn(ctx, s.cfg.People.Counter); err != nil {
		return "", err
	}
	if s.known, err = s.counter.CheckTrail(ctx, client.Checkpoint{}); err != nil {
		return "", err
	}
	info, err := client.Repeat(ctx, s.counter, s.counter.Information.GetServiceInformation, &coffrev1.GetServiceInformationRequest{})
	if err != nil {
		return "", err
	}
	s.informed = info.GetVersion()
	opened, err := s.counter.OpenSafe(ctx, client.NewSafe{
		OwnerIssuer: s.cfg.People.Issuer, OwnerSubject: s.cfg.People.Owner.Subject, Information: s.informed,
	})
	if err != nil {
		return "", err
	}
	if _, err := vault.ParseSafeID(opened.GetSafe()); err != nil {
		return "", fmt.Errorf("safe: %w", err)
	}
	if _, err := seal.ParseCode(opened.GetCode()); err != nil {
		return "", fmt.Errorf("code sheet: %w", err)
	}
	s.safe, s.code = opened.GetSafe(), opened.GetCode()
	s.ledger.done("open-safe", anAgent)
	sheet := "feuille-de-code-" + s.safe + ".txt"
	text := fmt.Sprintf("FEUILLE DE CODE (DEV : personne fictive)\n\nCe code déverrouille le coffre. Il n'est gardé nulle part ailleurs.\n\nCode :     %s\nCoffre :   %s\nFeuille :  %s\nPersonne : %s\n",
		s.code, s.safe, opened.GetSheet(), s.cfg.People.Owner.Name)
	if err := writeNew(filepath.Join(s.cfg.Prints, sheet), []byte(text)); err != nil {
		return "", err
	}
	if err := s.codeSheet("feuille-de-code-"+s.safe, opened.GetCode(), opened.GetSheet(), opened.GetAddress()); err != nil {
		return "", err
	}
	return fmt.Sprintf("the counter opened safe %s, locked, for somebody who was not there to log in; the code sheet is in %s", s.safe, sheet), nil
}

// depositLocked: papers go in while nobody can take them out.
func (s *story) depositLocked(ctx context.Context) (string, error) {
	if err := s.put(ctx, s.counter, s.papers[:counterPapers], "comptoir"); err != nil {
		return "", err
	}
	s.ledger.done("deposit", anAgent)
	return fmt.Sprintf("the counter deposited a PDF of three pages, a photo and a scan (%s) in one act; each receipt has the digest of the file", bytesOf(s.papers[:counterPapers])), nil
}

// put deposits papers together, checks each receipt against the file and the
// service's signature, and prints them.
func (s *story) put(ctx context.Context, c *client.Client, papers []*paper, name string) error {
	return s.putFor(ctx, c, s.safe, papers, name)
}

func (s *story) putFor(ctx context.Context, c *client.Client, safe string, papers []*paper, name string) error {
	uploads := make([]client.Upload, len(papers))
	for i, p := range papers {
		uploads[i] = p.upload()
	}
	receipts, err := c.PutBatch(ctx, safe, uploads, nil)
	if err != nil {
		return err
	}
	var prints strings.Builder
	for i, r := range receipts {
		text, err := s.checkReceipt(r, safe, papers[i])
		if err != nil {
			return fmt.Errorf("receipt %d: %w", i+1, err)
		}
		papers[i].id = r.GetDocument()
		fmt.Fprintf(&prints, "REÇU DE DÉPÔT : %s\n\n%s\n", papers[i].name, text)
	}
	return writeNew(filepath.Join(s.cfg.Prints, "recus-"+name+"-"+safe+".txt"), []byte(prints.String()))
}

// checkReceipt verifies a receipt as whoever keeps it would, with the key that
// checks the trail, and answers the text that was signed (L-02).
func (s *story) checkReceipt(r *coffrev1.Receipt, safe string, p *paper) (string, error) {
	key, err := signingKey(s.known.Key)
	if err != nil {
		return "", err
	}
	signed, err := seal.VerifySigned(r.GetSigned(), seal.SignedReceipt, key)
	if err != nil {
		return "", fmt.Errorf("signature: %w", err)
	}
	text := string(signed.Payload())
	for _, line := range []string{
		"safe " + safe, "document " + r.GetDocument(),
		fmt.Sprintf("size %d", len(p.content)), fmt.Sprintf("sha256 %x", p.digest()),
	} {
		if !strings.Contains(text, "\n"+line+"\n") {
			return "", fmt.Errorf("the signed text lacks %q", line)
		}
	}
	return text, nil
}

// signingKey takes the public key out of a verifier key
// (golang.org/x/mod/sumdb/note: name, hash, algorithm byte and key).
func signingKey(verifier string) (seal.VerifyKey, error) {
	parts := strings.SplitN(verifier, "+", 3)
	raw, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(parts) != 3 || len(raw) != 1+len(seal.VerifyKey{}) {
		return seal.VerifyKey{}, errors.New("verifier key of another form")
	}
	return seal.VerifyKey(raw[1:]), nil
}

func bytesOf(papers []*paper) string {
	n := 0
	for _, p := range papers {
		n += len(p.content)
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}
