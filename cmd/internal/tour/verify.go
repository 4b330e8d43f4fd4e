package tour

import (
	"context"
	"fmt"
)

// verifyBucket compares everything stored with the signed entries.
func (s *story) verifyBucket(ctx context.Context) (string, error) {
	if s.cfg.Checks.Bucket == nil {
		return "left out: only somebody with the bucket can (coffred verify)", nil
	}
	return s.cfg.Checks.Bucket(ctx, s.allMarkers())
}

// verifyTrail lets the service prove that its trail only grew and holds every
// line of the journal, and then lets the external verifier read the trail itself
// against the second place (L-57).
func (s *story) verifyTrail(ctx context.Context) (string, error) {
	var positions []uint64
	for line, err := range s.owner.Journal(ctx, s.safe) {
		if err != nil {
			return "", err
		}
		positions = append(positions, line.GetPosition())
	}
	now, err := s.owner.CheckTrail(ctx, s.known)
	if err != nil {
		return "", err
	}
	if now.Size <= s.known.Size {
		return "", differ("leaves in the trail", now.Size, fmt.Sprintf("more than %d", s.known.Size))
	}
	if err := s.owner.CheckInclusion(ctx, s.safe, now, positions...); err != nil {
		return "", err
	}
	proved := fmt.Sprintf("checkpoint %v extends %v, and %d lines of the journal stand in it", now, s.known, len(positions))
	if s.cfg.Checks.Trail == nil {
		return proved + "; the file itself only somebody with the disk can verify (coffred trail verify)", nil
	}
	found, err := s.cfg.Checks.Trail(ctx, [][]byte{s.known.Note, now.Note})
	if err != nil {
		return "", err
	}
	return proved + "; " + found, nil
}
