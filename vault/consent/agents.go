package consent

import (
	"time"

	"github.com/coffre-fort/coffre/vault"
)

// ready says whether somebody is an agent now. An ended agent is nobody's, like
// a stranger; who is only held up is told so, whatever they ask for.
func (s Standing) ready(u rule) Reason {
	a := s.Agent
	switch {
	case a.ID.IsZero(), a.State == vault.AgentEnded, a.State == 0:
		return Unknown
	case a.Waits && !u.naming:
		return Suspended
	case !a.Waits && !s.Now.Before(a.Until):
		return Unknown
	case !a.Waits && a.State != vault.AgentActive:
		return Suspended
	case !a.SecondFactor:
		return SecondFactor
	}
	return 0
}

// inOffice answers what concerns no safe: there is nothing to hide in it.
func (s Standing) inOffice(u rule) verdict {
	switch why := s.ready(u); {
	case why == Unknown:
		return verdict{reason: Function}
	case why != 0:
		return verdict{reason: why}
	case !s.Agent.has(u.office):
		return verdict{reason: Function}
	}
	return verdict{}
}

// has says whether a function of the agent's gives a right that no consent has
// to give.
func (a Agent) has(r right) bool {
	switch r {
	case colleague:
		return len(a.Functions.All()) > 0
	case manages:
		return a.Functions.Has(vault.FunctionAccessManager)
	case seconds:
		return a.any(columnSecond)
	case opens, vouches, vouchesOurs:
		return a.any(columnOpen)
	case deposits:
		return a.any(columnDeposit)
	case stops, halts:
		// Everybody whom people talk to: an act that ends access waits for nobody.
		return a.Functions&^vault.NewFunctionSet(vault.FunctionDPO) != 0
	case asks:
		return a.any(columnSee)
	case leads, guides:
		return a.any(columnLead)
	case runs:
		return a.has(leads) || a.has(manages)
	case relayed:
		return a.any(columnHand)
	default:
		return false
	}
}

// asAgent answers somebody who works for a structure about one safe. The order
// matters: what they are told before the safe is looked at says nothing about
// whether there is one.
func (s Standing) asAgent(u rule) verdict {
	if u.agent == nobody && !u.deposited {
		return verdict{reason: Unknown}
	}
	if why := s.ready(u); why != 0 {
		return verdict{reason: why}
	}
	if !s.Exists || s.Agent.ShutOut || s.Frozen && !u.frozen {
		return verdict{reason: Unknown}
	}
	if s.Frozen {
		s.Grants = nil // a freeze ended them
	}
	if u.deposited && s.Deposited && s.Agent.has(deposits) {
		return verdict{}
	}
	switch u.agent {
	case deposits, vouches, halts, asks, leads:
		return unless(s.Agent.has(u.agent))
	case vouchesOurs, stops:
		return unless(s.Ours && s.Agent.has(u.agent))
	case knows:
		if s.Ours && s.Agent.has(vouchesOurs) {
			return verdict{}
		}
		return s.granted(0, columnSee)
	case helps:
		return s.granted(0, columnSee)
	case helpsShared:
		if !s.Shared {
			return verdict{reason: Unknown}
		}
		return s.granted(0, columnSee)
	case sees:
		return s.granted(vault.ActionSee, columnSee)
	case reads:
		return s.granted(vault.ActionRead, columnRead)
	case reveals:
		return s.granted(vault.ActionReveal, columnReveal)
	case hands:
		return s.granted(0, columnHand)
	case relayed:
		return unless(s.Relayed && s.Agent.has(relayed))
	case guides:
		return unless(s.Guides && s.Agent.has(guides))
	case describes:
		return s.granted(vault.ActionDescribe, columnDescribe)
	default:
		return verdict{reason: Unknown}
	}
}

func unless(allowed bool) verdict {
	if allowed {
		return verdict{}
	}
	return verdict{reason: Unknown}
}

// A phase is where a grant stands at one instant.
type phase uint8

const (
	over phase = iota // and nobody is told
	endedLately
	notBegun
	live
)

// phase says where the grant stands. The zero grant is over.
func (g Grant) phase(now time.Time) phase {
	if why, at := g.end(now); why != 0 {
		if g.Consent.IsZero() || !now.Before(at.Add(vault.EndedVisible)) {
			return over
		}
		return endedLately
	}
	if now.Before(g.From) {
		return notBegun
	}
	return live
}

// allows reports whether the consent has the action. Whoever may read, reveal
// or describe a paper sees that it exists: its description is in the same piece.
func (g Grant) allows(action vault.Action) bool {
	if action == vault.ActionSee {
		return g.Actions&(vault.ActionSee|vault.ActionRead|vault.ActionReveal|vault.ActionDescribe) != 0
	}
	return g.Actions.Has(action)
}

// end answers why and when the grant ended; zero while it has not. From its
// first instant to the last before Until it is live.
func (g Grant) end(now time.Time) (vault.EndReason, time.Time) {
	switch {
	case g.Ended != 0:
		return g.Ended, g.EndedAt
	case !now.Before(g.Until):
		return vault.EndedByDate, g.Until
	default:
		return 0, time.Time{}
	}
}

// granted weighs the consents that name the agent, for one action: 0 for being
// a helper at all, which no presence is asked for. The best answer wins, and of
// equal ones the first.
func (s Standing) granted(action vault.Action, column func(Row) Leave) verdict {
	best, rank := verdict{reason: Unknown}, 0
	anyLive := false
	for _, g := range s.Grants {
		anyLive = anyLive || s.Agent.Functions.Has(g.Function) && g.phase(s.Now) == live
	}
	for _, g := range s.Grants {
		if v := s.weigh(g, action, column, anyLive); order(v.reason) > rank {
			best, rank = v, order(v.reason)
		}
	}
	return best
}

// order says which of two answers is worth more to the caller.
func order(r Reason) int {
	switch r {
	case 0:
		return 5
	case Presence:
		return 4
	case NotYet:
		return 3
	case Ended:
		return 2
	case Function:
		return 1
	default:
		return 0
	}
}

// weigh answers what one consent gives. It opens what it covers and nothing
// else; with another one still live, one that is over or to come is spoken of
// for what it covers only.
func (s Standing) weigh(g Grant, action vault.Action, column func(Row) Leave, anyLive bool) verdict {
	if g.Consent.IsZero() || !s.Agent.Functions.Has(g.Function) {
		return verdict{reason: Unknown}
	}
	leave := column(rowOf(g.Function))
	spoken := g.Covers || !anyLive
	switch g.phase(s.Now) {
	case endedLately:
		if spoken {
			return verdict{reason: Ended, grant: g}
		}
	case notBegun:
		if spoken {
			return verdict{reason: NotYet}
		}
	case live:
		switch {
		case !g.Covers:
		case leave == Never, action != 0 && !g.allows(action), action == vault.ActionReveal && !g.Names:
			return verdict{reason: Function}
		case action != 0 && !s.Present && (leave == WithPresence || g.Presence != vault.PresenceNot):
			return verdict{reason: Presence}
		default:
			return verdict{grant: g}
		}
	case over:
	}
	return verdict{reason: Unknown}
}
