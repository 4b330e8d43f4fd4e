package tour

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// describe: the person sorts, renames and describes, and finds it so.
func (s *story) describe(ctx context.Context) (string, error) {
	scan := s.papers[paperScan]
	scan.title, scan.kind, scan.drawer = "Facture fictive du 7351", "facture-eau", "logement"
	if err := s.owner.Describe(ctx, s.safe, scan.id, scan.description()); err != nil {
		return "", fmt.Errorf("describe: %w", err)
	}
	s.ledger.done("describe", you)
	note := s.papers[paperNote]
	note.title = "Note fictive renommée 7351"
	if err := s.owner.Rename(ctx, s.safe, note.id, note.title); err != nil {
		return "", fmt.Errorf("rename: %w", err)
	}
	s.ledger.done("rename", you)
	note.drawer = "personnel"
	if err := s.owner.Move(ctx, s.safe, note.id, note.drawer); err != nil {
		return "", fmt.Errorf("move: %w", err)
	}
	s.ledger.done("move", you)
	if err := s.compareList(ctx); err != nil {
		return "", err
	}
	inDrawer, err := s.documents(ctx, s.owner, scan.drawer)
	if err != nil {
		return "", err
	}
	s.ledger.done("list", you)
	if len(inDrawer) != 2 || inDrawer[0].GetDocument() != scan.id || inDrawer[1].GetDocument() != s.papers[paperLease].id {
		return "", fmt.Errorf("the drawer %s does not hold the scan and the lease", scan.drawer)
	}
	return "the scan was described as a bill, the note renamed and moved to another drawer; the list says so", nil
}

// agreement is the version of the text agreed to.
const agreement = "dev-1"

// entrust: one drawer is entrusted by express agreement, and taken back.
func (s *story) entrust(ctx context.Context) (string, error) {
	const drawer = "logement"
	n, err := s.owner.Entrust(ctx, s.safe, drawer, agreement)
	if err != nil {
		return "", fmt.Errorf("entrust: %w", err)
	}
	s.ledger.done("entrust", you)
	if err := s.compareEntrusted(ctx, drawer, n); err != nil {
		return "", err
	}
	if err := s.owner.TakeBack(ctx, s.safe, drawer); err != nil {
		return "", fmt.Errorf("take back: %w", err)
	}
	s.ledger.done("take-back", you)
	if err := s.compareEntrusted(ctx, "", 0); err != nil {
		return "", err
	}
	return fmt.Sprintf("the drawer logement (%d papers) was entrusted to the service and taken back", n), nil
}

// compareEntrusted checks that the papers of that drawer are entrusted, and no
// other.
func (s *story) compareEntrusted(ctx context.Context, drawer string, n int) error {
	all, err := s.documents(ctx, s.owner, "")
	if err != nil {
		return err
	}
	s.ledger.done("list", you)
	count := 0
	for _, d := range all {
		if d.GetEntrusted() != (d.GetDescription().GetDrawer() == drawer) {
			return fmt.Errorf("paper %s: entrusted is %v", d.GetDocument(), d.GetEntrusted())
		}
		if d.GetEntrusted() {
			count++
		}
	}
	if count != n {
		return differ("entrusted papers", count, n)
	}
	return nil
}

// destroy: one paper is made unreadable for good.
func (s *story) destroy(ctx context.Context) (string, error) {
	gone := s.papers[paperLease]
	if err := s.owner.Destroy(ctx, s.safe, gone.id); err != nil {
		return "", fmt.Errorf("destroy: %w", err)
	}
	s.ledger.done("destroy", you)
	s.papers = slices.Delete(s.papers, paperLease, paperLease+1)
	if err := s.compareList(ctx); err != nil {
		return "", err
	}
	_, err := s.owner.GetTo(ctx, s.safe, gone.id, io.Discard, nil)
	if err := refused(err, client.ClassNotFound, "reading a destroyed paper"); err != nil {
		return "", err
	}
	s.ledger.refused("read", you)
	return "the lease was destroyed: it is in no list and cannot be read", nil
}

// lock: the safe is shut before the session ends.
func (s *story) lock(ctx context.Context) (string, error) {
	if err := s.owner.Lock(ctx, s.safe); err != nil {
		return "", err
	}
	_, err := s.documents(ctx, s.owner, "")
	if err := refused(err, client.ClassRefused, "listing after the lock"); err != nil {
		return "", err
	}
	return "the person locked the safe: nothing can be listed any more", nil
}

// journal: each act is there once, everybody's, with who did it (L-03, L-04,
// L-46); titles are filled in.
func (s *story) journal(ctx context.Context) (string, error) {
	have, n, titled := ledger{}, 0, 0
	for line, err := range s.owner.Journal(ctx, s.safe) {
		if err != nil {
			return "", err
		}
		n++
		d := deed{line.GetAct(), line.GetActor(), line.GetOutcome()}
		switch {
		case d.actor == "service": // a start, a sweep: not of this safe alone
		case d.act == "journal" && d.outcome == coffrev1.JournalLine_OUTCOME_OPEN: // this very reading
		case d.act == "read" && (d.outcome == coffrev1.JournalLine_OUTCOME_FAILED || d.outcome == coffrev1.JournalLine_OUTCOME_OPEN): // the line that was cut
		default:
			have[d]++
		}
		if line.GetSentence() == "" || line.GetTime().AsTime().IsZero() {
			return "", fmt.Errorf("line %d has no sentence or no time", n)
		}
		for _, doc := range line.GetDocuments() {
			if doc.GetTitle() != "" {
				titled++
			}
		}
	}
	if err := s.ledger.compare(have); err != nil {
		return "", err
	}
	if titled == 0 {
		return "", errors.New("no title is filled in for the unlocked reader")
	}
	s.ledger.done("journal", you)
	return fmt.Sprintf("%d lines: every act is there once, with who tried it and how it ended", n), nil
}
