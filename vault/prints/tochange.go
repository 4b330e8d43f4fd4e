package prints

import (
	"errors"
	"strings"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/texts"
)

// A MemoToChange is a memo whose secret others know. The secret is not in it.
type MemoToChange struct {
	Name     string // of the body; empty where the safe was locked
	Login    string
	Notebook bool // the secret stood in an office notebook
	Lost     bool // it stands on a copy of the digital passport that is lost
	By       []vault.Exposure
}

// A ToChange is the page of passwords to change that the person takes home from a
// handover, with a place to note each as done.
type ToChange struct {
	Letterhead
	Memos []MemoToChange
	// KitEnded: the recovery sheets ended with the handover.
	KitEnded bool
}

// errUnseen: a secret that nobody else knows is on no such page.
var errUnseen = errors.New("prints: a secret to change that nobody else knows")

func (c ToChange) lay() (page, error) {
	if len(c.Memos) == 0 {
		return c.page(texts.ChangeTitle, append([]block{{Lines: plain(texts.ChangeNone)}}, c.kit()...)...), nil
	}
	t := &table{
		Caption: texts.ChangeTable, Heads: []texts.Label{texts.ChangeBody, texts.ChangeLogin, texts.ChangeSeen, texts.ChangeDone},
		parts: []float64{25, 31, 29, 15}, copied: 1,
	}
	for _, m := range c.Memos {
		if len(m.By) == 0 && !m.Notebook && !m.Lost {
			return page{}, errUnseen
		}
		name := m.Name
		if name == "" {
			name = string(texts.ChangeLocked)
		}
		t.Rows = append(t.Rows, []string{name, orDash(m.Login), c.seenBy(m), ""})
	}
	return c.page(texts.ChangeTitle, append([]block{
		{Lines: plain(texts.ChangeWhy)},
		{Class: "long", Table: t},
		{Lines: plain(texts.ChangeNoSecret)},
	}, c.kit()...)...), nil
}

// kit says that the recovery sheets that the person keeps are void, if they are.
func (c ToChange) kit() []block {
	if !c.KitEnded {
		return nil
	}
	return []block{{Heading: texts.ChangeKitTitle, Lines: plain(texts.ChangeKit, texts.ChangeKitWhy, texts.ChangeKitAgain)}}
}

// seenBy says who knows a secret; in a discreet safe's page nobody is named.
func (c ToChange) seenBy(m MemoToChange) string {
	var names, counter, all []string
	for _, e := range m.By {
		l := vault.Line{Actor: vault.ActorAgent, AgentName: e.AgentName, Structure: e.Structure}
		if c.discreet() {
			l.AgentName, l.Structure = "", ""
		}
		if e.AtCounter {
			counter = append(counter, texts.Who(l))
		} else {
			names = append(names, texts.Who(l))
		}
	}
	if len(names) > 0 {
		all = append(all, strings.Join(names, " ; ")+".")
	}
	if len(counter) > 0 {
		all = append(all, texts.ChangeCounter.With("who", strings.Join(counter, " ; ")))
	}
	if m.Notebook {
		all = append(all, string(texts.ChangeNotebook))
	}
	if m.Lost {
		all = append(all, string(texts.ChangeLost))
	}
	return orDash(strings.Join(all, " "))
}
