package consent

import "github.com/coffre-fort/coffre/vault"

// inExercise answers what is tried in a safe for exercises. There is nobody
// behind it, so that nobody's consent is asked: whoever may open safes does in
// those of their structure what a person does with their papers, and everything
// else is as if there were no such safe (L-69, L-74).
func (s Standing) inExercise(act vault.Act) verdict {
	if !exercised(act) {
		return verdict{reason: Unknown}
	}
	if why := s.ready(rule{}); why != 0 {
		return verdict{reason: why}
	}
	return unless(s.Exists && s.Nature == vault.NatureTraining && s.Ours && s.Agent.has(opens))
}

// exercised lists the acts of an exercise: with papers and memos, with a digital
// passport and the code sheet, and the end of it all. What reaches a person, or would need one (a
// login, a counter session, an address, a consent, a relay, a recovery), is not
// among them.
func exercised(act vault.Act) bool {
	switch act {
	case vault.ActDeposit, vault.ActList, vault.ActRead, vault.ActCount, vault.ActMetadata, vault.ActControl,
		vault.ActDescribe, vault.ActMove, vault.ActRename, vault.ActDestroy,
		vault.ActBring, vault.ActSort, vault.ActDues,
		vault.ActReveal, vault.ActChangeMemo, vault.ActToChange,
		vault.ActUnlock, vault.ActLock, vault.ActView,
		vault.ActPrintPassport, vault.ActListCopies,
		vault.ActJournal, vault.ActPrintJournal, vault.ActInclusion,
		vault.ActEndTraining:
		return true
	default:
		return false
	}
}
