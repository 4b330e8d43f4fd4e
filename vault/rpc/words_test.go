package rpc

import (
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
)

type enum interface {
	comparable
	Descriptor() protoreflect.EnumDescriptor
	Number() protoreflect.EnumNumber
}

// holds checks a list of words: every word of the API but the unspecified one is
// there, each goes in and out the same, the domain's last word is there too, and
// its zero only where the narrow one need not be said.
func holds[W enum, D ~uint8](t *testing.T, ws words[W, D], last D, flags bool) {
	t.Helper()
	var w W
	name := w.Descriptor().Name()
	heard := map[protoreflect.EnumNumber]bool{}
	for _, p := range ws {
		heard[p.wire.Number()] = true
		var f fields
		if d := ws.parse(&f, "field", p.wire); d != p.domain || f.err() != nil {
			t.Errorf("%s %d is read as %d: %v", name, p.wire.Number(), d, f.err())
		}
		if p.wire.Number() != 0 && ws.of(p.domain) != p.wire {
			t.Errorf("%s: %d is answered as %d", name, p.domain, ws.of(p.domain).Number())
		}
	}
	for i := range w.Descriptor().Values().Len() {
		if v := w.Descriptor().Values().Get(i); v.Number() != 0 && !heard[v.Number()] {
			t.Errorf("nobody understands %s", v.Name())
		}
	}
	for d := D(1); ; d++ {
		if known := ws.of(d) != w; known != (d <= last && (!flags || d&(d-1) == 0)) {
			t.Errorf("%s: the domain's %d is known: %v", name, d, known)
		}
		if d > last {
			break
		}
	}
	var f fields
	if ws.parse(&f, "field", w); (f.err() == nil) != heard[0] {
		t.Errorf("%s: nothing said is %v", name, f.err())
	}
}

func TestEveryWordHasItsMeaning(t *testing.T) {
	t.Parallel()
	holds(t, actionWords, vault.ActionDescribe, true)
	holds(t, postureWords, vault.PostureInStead, false)
	holds(t, arrivalsWords, vault.ArrivalsToo, false)
	holds(t, presenceWords, vault.PresenceNot, false)
	holds(t, replacementWords, vault.ReplacementSuccessor, false)
	holds(t, methodWords, vault.MethodPictogram, false)
	holds(t, companyWords, vault.CompanyWanted, false)
	holds(t, protectionWords, vault.ProtectionRepresented, false)
	holds(t, pieceStateWords, papers.Doubtful, false)
	holds(t, adviceWords, papers.AskFirst, false)
	holds(t, answerWords, papers.Yes, false)
	holds(t, phaseWords, papers.Overdue, false)
	holds(t, discretionWords, vault.DiscretionDiscreet, false)
	holds(t, consentStateWords, vault.ConsentEnded, false)
	holds(t, endReasonWords, vault.EndedCycle, false)
	holds(t, agentStateWords, vault.AgentEnded, false)
	holds(t, anomalyWords, vault.AnomalySecondView, false)
	holds(t, reachWords, vault.ReachAll, false)
	holds(t, wayWords, vault.WayRecovery, false)
	holds(t, kitHolderWords, vault.KitEnvelope, false)
	holds(t, discreetKitWords, vault.DiscreetKitAnyway, false)
	holds(t, kitLossWords, vault.KitOutOfReach, false)
}

// The careful word is the one that need not be said.
func TestWhatIsNotSaidIsNarrow(t *testing.T) {
	t.Parallel()
	var f fields
	if a := arrivalsWords.parse(&f, "", 0); a != vault.ArrivalsToday {
		t.Errorf("arrivals %d", a)
	}
	if p := presenceWords.parse(&f, "", 0); p != vault.PresenceNeeded {
		t.Errorf("presence %d", p)
	}
	if r := replacementWords.parse(&f, "", 0); r != vault.ReplacementNone {
		t.Errorf("replacement %d", r)
	}
}
