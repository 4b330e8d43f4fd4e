package tour

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault/seal"
)

// login: the person logs in, and finds their safe locked.
func (s *story) login(ctx context.Context) (string, error) {
	var err error
	if s.owner, s.ownerLogin, err = s.logIn(ctx, s.cfg.People.Owner); err != nil {
		return "", err
	}
	for _, o := range s.ownerLogin.Opened.GetSafes() {
		if o.GetSafe() == s.safe {
			if o.GetUnlocked() {
				return "", errors.New("the safe was unlocked by a login alone")
			}
			return "the person logged in at the local provider and finds the safe, locked", nil
		}
	}
	return "", errors.New("the person's login does not own the safe")
}

// refuseLocked: what lies in a locked safe is for nobody, a login notwithstanding.
func (s *story) refuseLocked(ctx context.Context) (string, error) {
	doc := s.papers[paperPDF].id
	_, err := s.owner.GetTo(ctx, s.safe, doc, io.Discard, nil)
	if err := refused(err, client.ClassRefused, "reading in a locked safe"); err != nil {
		return "", err
	}
	s.ledger.refused("read", you)
	_, err = s.documents(ctx, s.owner, "")
	if err := refused(err, client.ClassRefused, "listing a locked safe"); err != nil {
		return "", err
	}
	s.ledger.refused("list", you)
	wrong, err := seal.NewCode()
	if err != nil {
		return "", fmt.Errorf("code: %w", err)
	}
	err = s.owner.Unlock(ctx, s.safe, string(wrong.Printed().Reveal()))
	if err := refused(err, client.ClassRefused, "a wrong code"); err != nil {
		return "", err
	}
	s.ledger.refused("unlock", you)
	_, err = s.counter.GetTo(ctx, s.safe, doc, io.Discard, nil)
	if err := refused(err, client.ClassNotFound, "reading back what one deposited"); err != nil {
		return "", err
	}
	s.ledger.refused("read", anAgent)
	_, err = s.documents(ctx, s.counter, "")
	if err := refused(err, client.ClassNotFound, "listing by the counter"); err != nil {
		return "", err
	}
	s.ledger.refused("list", anAgent)
	return "reading, listing and a wrong code were refused to the person; to the counter their own deposit no longer exists", nil
}

// unlock: the code sheet opens the safe for this session.
func (s *story) unlock(ctx context.Context) (string, error) {
	if err := s.owner.Unlock(ctx, s.safe, s.code); err != nil {
		return "", err
	}
	s.ledger.done("unlock", you)
	return "the code of the sheet unlocked the safe for this session only", nil
}

// deposit: the person puts in papers of their own, and a note from memory.
func (s *story) deposit(ctx context.Context) (string, error) {
	if err := s.put(ctx, s.owner, s.papers[paperLease:paperNote], "personne"); err != nil {
		return "", err
	}
	s.ledger.done("deposit", you)
	note := s.papers[paperNote]
	receipt, err := s.owner.Put(ctx, s.safe, note.upload(), nil)
	if err != nil {
		return "", err
	}
	s.ledger.done("deposit", you)
	if _, err := s.checkReceipt(receipt, s.safe, note); err != nil {
		return "", fmt.Errorf("receipt: %w", err)
	}
	note.id = receipt.GetDocument()
	return "the person added a lease of two pages and a note of text", nil
}

// documents lists the safe as c sees it.
func (s *story) documents(ctx context.Context, c *client.Client, drawer string) ([]*coffrev1.Document, error) {
	var all []*coffrev1.Document
	for d, err := range c.List(ctx, s.safe, drawer) {
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

// list: everything that went in is there, as it was described, and nothing else.
func (s *story) list(ctx context.Context) (string, error) {
	if err := s.compareList(ctx); err != nil {
		return "", err
	}
	n, err := s.owner.Count(ctx, s.safe)
	if err != nil {
		return "", err
	}
	s.ledger.done("count", you)
	if n != len(s.papers) {
		return "", differ("count", n, len(s.papers))
	}
	return fmt.Sprintf("%d papers, each with its title, drawer, size and digest", n), nil
}

// compareList compares the list with the papers as they must be now.
func (s *story) compareList(ctx context.Context) error {
	found, err := s.documents(ctx, s.owner, "")
	if err != nil {
		return err
	}
	s.ledger.done("list", you)
	if len(found) != len(s.papers) {
		return differ("papers in the list", len(found), len(s.papers))
	}
	for _, p := range s.papers {
		i := slices.IndexFunc(found, func(d *coffrev1.Document) bool { return d.GetDocument() == p.id })
		if i < 0 {
			return fmt.Errorf("%s is not in the list", p.name)
		}
		d := found[i]
		if d.GetDescription().GetTitle() != p.title || d.GetDescription().GetFileName() != p.name ||
			d.GetDescription().GetDrawer() != p.drawer || d.GetSize() != int64(len(p.content)) || !bytes.Equal(d.GetSha256(), p.digest()) {
			return fmt.Errorf("%s is listed as something else", p.name)
		}
	}
	return nil
}

// read: the bytes that come back are the bytes that went in (L-01).
func (s *story) read(ctx context.Context) (string, error) {
	for _, p := range s.papers {
		var back bytes.Buffer
		if _, err := s.owner.GetTo(ctx, s.safe, p.id, &back, nil); err != nil {
			return "", fmt.Errorf("%s: %w", p.name, err)
		}
		s.ledger.done("read", you)
		if !bytes.Equal(back.Bytes(), p.content) {
			return "", fmt.Errorf("%s came back with other bytes", p.name)
		}
	}
	cuts, err := s.readOverBadLine(ctx)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d papers came back byte for byte; the scan once more over a line that broke %d time(s), resumed by offset", len(s.papers), cuts), nil
}

// readOverBadLine reads the scan over a connection that is cut in the middle: the
// client goes on from the byte it has.
func (s *story) readOverBadLine(ctx context.Context) (int, error) {
	scan := s.papers[paperScan]
	line := &badLine{after: len(scan.content) / 2}
	c, err := client.New(client.Config{Address: s.cfg.Address, CAFile: s.cfg.CAFile, Dial: line.dial})
	if err != nil {
		return 0, err
	}
	defer func() { _ = c.Close() }() // everything was answered
	var back bytes.Buffer
	if _, err := c.As(s.ownerLogin.Credentials).GetTo(ctx, s.safe, scan.id, &back, nil); err != nil {
		return 0, fmt.Errorf("over a bad line: %w", err)
	}
	s.ledger.done("read", you)
	switch {
	case !bytes.Equal(back.Bytes(), scan.content):
		return 0, errors.New("over a bad line the scan came back with other bytes")
	case line.cuts() == 0:
		return 0, errors.New("the line never broke")
	}
	return line.cuts(), nil
}

// control: the six technical facts are there (L-44), and the service checks what
// it stores without opening it (L-48).
func (s *story) control(ctx context.Context) (string, error) {
	depositors := map[string]bool{}
	for _, p := range s.papers {
		facts, err := s.owner.TechnicalMetadata(ctx, s.safe, p.id)
		if err != nil {
			return "", fmt.Errorf("%s: %w", p.name, err)
		}
		s.ledger.done("technical-metadata", you)
		if facts.GetObject() == "" || facts.GetDepositor() == "" || facts.GetCreateTime().AsTime().IsZero() ||
			facts.GetDigestAlgorithm() != "SHA-256" || len(facts.GetDigest()) != len(p.digest()) {
			return "", fmt.Errorf("%s: a technical fact is missing", p.name)
		}
		depositors[facts.GetDepositor()] = true
		verdict, err := s.owner.Control(ctx, s.safe, p.id)
		if err != nil {
			return "", fmt.Errorf("%s: %w", p.name, err)
		}
		s.ledger.done("control", you)
		switch {
		case verdict.GetVerdict() != coffrev1.ControlResponse_VERDICT_INTACT:
			return "", differ(p.name, verdict.GetVerdict(), coffrev1.ControlResponse_VERDICT_INTACT)
		case !bytes.Equal(verdict.GetDigest(), facts.GetDigest()):
			return "", fmt.Errorf("%s: two digests of one stored object", p.name)
		case facts.GetStoredSize() <= int64(len(p.content)) || bytes.Equal(facts.GetDigest(), p.digest()):
			return "", fmt.Errorf("%s is not stored encrypted", p.name)
		}
	}
	if len(depositors) != 2 { // the counter and the person
		return "", differ("depositors", len(depositors), 2)
	}
	return fmt.Sprintf("%d stored objects are the ones the signed entries name; nothing was opened", len(s.papers)), nil
}
