package tour

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	"github.com/coffre-fort/coffre/vault"
)

// refuseStranger: somebody else with a good login gets one answer to everything:
// there is no such thing. Even with the code.
func (s *story) refuseStranger(ctx context.Context) (string, error) {
	var err error
	if s.stranger, _, err = s.logIn(ctx, s.cfg.People.Stranger); err != nil {
		return "", err
	}
	attempts := s.attempts()
	nowhere := vault.NewSafeID().String()
	for _, a := range attempts {
		there := a.try(ctx, s.stranger, s.safe)
		if err := refused(there, client.ClassNotFound, a.act+" by a stranger"); err != nil {
			return "", err
		}
		s.ledger.refused(a.act, other)
		// A safe that never was must be answered in the same words.
		if not := a.try(ctx, s.stranger, nowhere); !sameAnswer(there, not) {
			return "", fmt.Errorf("%s tells a stranger that the safe exists", a.act)
		}
	}
	_, err = s.stranger.OpenSafe(ctx, client.NewSafe{Information: s.informed})
	if err := refused(err, client.ClassRefused, "opening a safe without the counter function"); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d calls by somebody else, the right code among them: each answers that there is no such safe, in the words for one that never was", len(attempts)), nil
}

func sameAnswer(a, b error) bool {
	x, okX := errors.AsType[*client.Error](a)
	y, okY := errors.AsType[*client.Error](b)
	return okX && okY && x.Class == y.Class && x.Reason == y.Reason && x.Sentence == y.Sentence
}

// An attempt is one call on a safe, as a journal names it.
type attempt struct {
	act string
	try func(ctx context.Context, c *client.Client, safe string) error
}

// attempts are all the calls on a safe.
func (s *story) attempts() []attempt {
	note, doc := s.papers[len(s.papers)-1], s.papers[paperPDF].id
	return []attempt{
		{"unlock", func(ctx context.Context, c *client.Client, safe string) error { return c.Unlock(ctx, safe, s.code) }},
		{"lock", func(ctx context.Context, c *client.Client, safe string) error { return c.Lock(ctx, safe) }},
		{"deposit", func(ctx context.Context, c *client.Client, safe string) error {
			_, err := c.Put(ctx, safe, note.upload(), nil)
			return err
		}},
		{"deposit", func(ctx context.Context, c *client.Client, safe string) error {
			_, err := c.PutBatch(ctx, safe, []client.Upload{note.upload(), note.upload()}, nil)
			return err
		}},
		{"read", func(ctx context.Context, c *client.Client, safe string) error {
			_, err := c.GetTo(ctx, safe, doc, io.Discard, nil)
			return err
		}},
		{"list", func(ctx context.Context, c *client.Client, safe string) error {
			for _, err := range c.List(ctx, safe, "") {
				return err
			}
			return nil
		}},
		{"count", func(ctx context.Context, c *client.Client, safe string) error {
			_, err := c.Count(ctx, safe)
			return err
		}},
		{"technical-metadata", func(ctx context.Context, c *client.Client, safe string) error {
			_, err := c.TechnicalMetadata(ctx, safe, doc)
			return err
		}},
		{"control", func(ctx context.Context, c *client.Client, safe string) error {
			_, err := c.Control(ctx, safe, doc)
			return err
		}},
		{"describe", func(ctx context.Context, c *client.Client, safe string) error {
			return c.Describe(ctx, safe, doc, note.description())
		}},
		{"rename", func(ctx context.Context, c *client.Client, safe string) error { return c.Rename(ctx, safe, doc, "x") }},
		{"move", func(ctx context.Context, c *client.Client, safe string) error {
			return c.Move(ctx, safe, doc, "logement")
		}},
		{"destroy", func(ctx context.Context, c *client.Client, safe string) error { return c.Destroy(ctx, safe, doc) }},
		{"entrust", func(ctx context.Context, c *client.Client, safe string) error {
			_, err := c.Entrust(ctx, safe, "logement", agreement)
			return err
		}},
		{"take-back", func(ctx context.Context, c *client.Client, safe string) error {
			return c.TakeBack(ctx, safe, "logement")
		}},
		{"journal", func(ctx context.Context, c *client.Client, safe string) error {
			for _, err := range c.Journal(ctx, safe) {
				return err
			}
			return nil
		}},
		{"inclusion", func(ctx context.Context, c *client.Client, safe string) error {
			return c.CheckInclusion(ctx, safe, s.known, 0)
		}},
	}
}
