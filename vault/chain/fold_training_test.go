package chain

import (
	"errors"
	"slices"
	"testing"

	"github.com/coffre-fort/coffre/vault"
)

// exercises is a safe for exercises with one paper.
func exercises(t *testing.T) Safe {
	t.Helper()
	way := AddWay{ID: sheet, Kind: WaySheet, Recipient: to(1), Keys: []SealedKey{key(1)}}
	s := mustApply(t, Safe{}, OpenSafe{Number: 1, Recipient: to(0), Nature: vault.NatureTraining}, way)
	return mustApply(t, s, doc(20))
}

// L-74: in a safe for exercises there is nobody who could agree, and nothing of
// it is sealed to anybody else.
func TestASafeForExercisesHoldsNoConsent(t *testing.T) {
	t.Parallel()
	s := exercises(t)
	way := func(kind WayKind) AddWay {
		w := AddWay{ID: escrow, Kind: kind, Recipient: to(2), Keys: []SealedKey{key(1)}}
		if kind == WayRecovery {
			w.Inner = to(3)
		}
		return w
	}
	for what, op := range map[string]Op{
		"a request":           ask(40),
		"a consent":           bundle(41, BundleConsent),
		"an entrusted drawer": bundle(42, BundleEntrusted),
		"escrow B":            way(WayEscrow),
		"a trusted phone":     way(WayPhone),
		"recovery sheets":     way(WayRecovery),
	} {
		if _, err := s.Apply(entryAfter(s, op)); !errors.Is(err, ErrNature) {
			t.Errorf("%s: %v", what, err)
		}
	}
	mustApply(t, s, bundle(43, BundleIndex))
	mustApply(t, s, way(WaySheet))
}

// L-74: neither kind becomes the other: what a safe is for is said once, and a
// summary that says otherwise is refused.
func TestTheNatureOfASafeNeverChanges(t *testing.T) {
	t.Parallel()
	for want, s := range map[vault.Nature]Safe{vault.NatureTraining: exercises(t), vault.NaturePerson: openedSafe(t)} {
		if s.Nature() != want {
			t.Errorf("%v, opened as %v", s.Nature(), want)
		}
		for _, n := range []vault.Nature{vault.NaturePerson, vault.NatureTraining} {
			if _, err := s.Apply(entryAfter(s, OpenSafe{Number: 1, Recipient: to(0), Nature: n})); !errors.Is(err, ErrOrder) {
				t.Errorf("opened again as %v: %v", n, err)
			}
		}
		sum := mustSummarise(t, s)[0]
		mustApply(t, s, sum)
		items := slices.DeleteFunc(slices.Clone(sum.Items), func(i Item) bool { return isTraining(i) })
		if len(items) == len(sum.Items) {
			items = slices.Insert(items, 1, Item(Training{}))
		}
		sum.Items = items
		if _, err := s.Apply(entryAfter(s, sum)); !errors.Is(err, ErrSummary) {
			t.Errorf("summary of the other nature: %v", err)
		}
	}
}

func isTraining(i Item) bool {
	_, ok := i.(Training)
	return ok
}
