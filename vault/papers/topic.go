package papers

import (
	"errors"
	"fmt"
	"slices"
)

// A Topic is one file of the catalogue. The zero Topic is none.
type Topic string

// The topics, in the order in which they are read: each one speaks of those
// before it.
const (
	TopicKinds     Topic = "papers"
	TopicPurposes  Topic = "purposes"
	TopicIssuers   Topic = "issuers"
	TopicRetention Topic = "retention"
	TopicFreshness Topic = "freshness"
	TopicPacks     Topic = "packs"
	TopicBodies    Topic = "bodies"
	TopicCalendar  Topic = "calendar"
)

// Topics lists the topics in the order in which they are read.
func Topics() []Topic {
	return []Topic{
		TopicKinds, TopicPurposes, TopicIssuers, TopicRetention, TopicFreshness, TopicPacks, TopicBodies, TopicCalendar,
	}
}

// File is the name of the topic's file.
func (t Topic) File() string { return string(t) + ".yaml" }

// withTopics adds the topics that come with the program, past the first two.
func (c *Catalogue) withTopics(files map[Topic][]byte) (*Catalogue, error) {
	with := *c
	for _, topic := range Topics()[2:] {
		if err := with.add(topic, files[topic], false); err != nil {
			return nil, err
		}
	}
	if err := with.check(); err != nil {
		return nil, err
	}
	return &with, nil
}

// WithLocal is the catalogue with what one structure does otherwise: for each
// topic one YAML document in the form and within the bounds of that topic's own
// file, with sources and dates of its own. A row with a known code replaces that
// row, another one is added, none is taken away; each is marked Local. Drawers
// stay as they are. The whole is checked again: a row that contradicts another
// one refuses everything. Errors wrap [ErrCatalogue] and name topic and row.
func (c *Catalogue) WithLocal(files map[Topic][]byte) (*Catalogue, error) {
	if c == nil {
		return nil, fmt.Errorf("%w: no catalogue of papers", ErrCatalogue)
	}
	for topic := range files {
		if !slices.Contains(Topics(), topic) {
			return nil, fmt.Errorf("%w: no topic %q", ErrCatalogue, topic)
		}
	}
	with := *c
	for _, topic := range Topics() {
		raw, found := files[topic]
		if !found {
			continue
		}
		if err := with.add(topic, raw, true); err != nil {
			return nil, err
		}
	}
	if err := with.check(); err != nil {
		return nil, err
	}
	return &with, nil
}

// add reads one topic into c, which nobody else holds yet.
func (c *Catalogue) add(topic Topic, raw []byte, local bool) (err error) {
	switch topic {
	case TopicKinds:
		err = c.addKinds(raw)
	case TopicPurposes:
		err = c.addPurposes(raw)
	case TopicIssuers:
		c.issuers, err = into(c.issuers, raw, local, readIssuer)
	case TopicRetention:
		c.retention, err = into(c.retention, raw, local, readRetention)
	case TopicFreshness:
		c.freshness, err = into(c.freshness, raw, local, readFreshness)
	case TopicPacks:
		c.packs, err = into(c.packs, raw, local, readPack)
	case TopicBodies:
		c.bodies, err = into(c.bodies, raw, local, readBody)
	case TopicCalendar:
		c.duties, err = into(c.duties, raw, local, readDuty)
	default:
		err = fmt.Errorf("%w: unknown", ErrCatalogue)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", topic, err)
	}
	return nil
}

// check compares the topics with one another.
func (c *Catalogue) check() error {
	for _, of := range []struct {
		topic Topic
		err   error
	}{
		{TopicIssuers, c.checkIssuers()},
		{TopicRetention, c.checkRetention()},
		{TopicFreshness, c.checkFreshness()},
		{TopicPacks, c.checkPacks()},
		{TopicCalendar, c.checkDuties()},
	} {
		if of.err != nil {
			return fmt.Errorf("%w: %s: %w", ErrCatalogue, of.topic, of.err)
		}
	}
	return nil
}

// kindsOf refuses a row that names a kind nobody knows.
func (c *Catalogue) kindsOf(code string, kinds []Kind) error {
	for _, k := range kinds {
		if _, err := c.KindInfo(k); err != nil {
			return fmt.Errorf("%q: kind %q: %w", code, k, err)
		}
	}
	return nil
}

// purposesOf refuses a row that names a démarche nobody knows.
func (c *Catalogue) purposesOf(code string, purposes []Purpose) error {
	for _, p := range purposes {
		if _, err := c.Purpose(p); err != nil {
			return fmt.Errorf("%q: purpose %q: %w", code, p, err)
		}
	}
	return nil
}

var errTwice = errors.New("stands twice")
