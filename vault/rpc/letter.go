package rpc

import (
	"context"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/prints"
	"github.com/coffre-fort/coffre/vault/texts"
)

// A letterAbout is what a letter is about: an approval that waits, or a safe whose
// recovery sheets were shown. One of the two is zero.
type letterAbout struct {
	approval vault.ApprovalID
	safe     vault.SafeID
	format   prints.Format
}

func parsePrintLetter(req *coffrev1.PrintLetterRequest) (letterAbout, error) {
	var f fields
	about := letterAbout{format: pageFormatWords.parse(&f, "format", req.GetFormat())}
	switch {
	case req.GetApproval() != "" && req.GetSafe() != "":
		f.refuse("safe", texts.RuleLetter)
	case req.GetSafe() != "":
		about.safe = f.safe(req.GetSafe())
	default:
		about.approval = parsed(&f, "approval", req.GetApproval(), texts.RuleID, vault.ParseApprovalID)
	}
	return about, f.err()
}

func (s *printService) PrintLetter(ctx context.Context, req *coffrev1.PrintLetterRequest) (*coffrev1.PrintLetterResponse, error) {
	about, err := parsePrintLetter(req)
	if err != nil {
		return nil, err
	}
	page, err := s.letter(ctx, about)
	if err != nil {
		return nil, err
	}
	answer := &coffrev1.PrintLetterResponse{}
	if err := put(answer, page, about.format); err != nil {
		return nil, err
	}
	return answer, nil
}

func (s *printService) letter(ctx context.Context, about letterAbout) (prints.Page, error) {
	if about.safe.IsZero() {
		p, err := s.vault.PrintLetter(ctx, caller(ctx), about.approval)
		return prints.Letter{
			Letterhead: letterhead(p.Structure, vault.DiscretionNormal), Asked: p.Asked, By: p.By, At: p.At, NotBefore: p.NotBefore,
		}, err
	}
	p, err := s.vault.PrintKitLetter(ctx, caller(ctx), about.safe)
	return prints.KitLetter{
		Letterhead: letterhead(p.Structure, vault.DiscretionNormal), By: p.By, Opening: p.Opening,
	}, err
}
