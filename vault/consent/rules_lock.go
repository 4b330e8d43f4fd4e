package consent

import (
	"github.com/coffre-fort/coffre/vault"
)

// lockRule is about being there, ways in and danger.
func lockRule(act vault.Act) rule {
	switch act {
	case vault.ActOpenCounter:
		return rule{agent: vouches}
	case vault.ActExtendCounter:
		return rule{person: inVisit}
	case vault.ActProvePresence, vault.ActAskPresence:
		return rule{agent: helps}
	case vault.ActGrantPresence:
		return rule{person: anyReach}
	case vault.ActStartSideBySide, vault.ActEndSideBySide, vault.ActComeBack:
		return rule{agent: leads}
	case vault.ActSetPIN:
		return rule{person: anyReach, agent: vouchesOurs}

	// The lock.
	case vault.ActView:
		return rule{person: anyReach, agent: knows, frozen: true}
	case vault.ActUnlock, vault.ActLock, vault.ActRemoveWay, vault.ActListWays:
		return rule{person: anyReach}
	case vault.ActRenewSheet:
		// A retry is told by the old sheet, which unlocks nothing any more; for the first
		// try the keeper asks for the safe unlocked.
		return rule{person: anyReach, fresh: true, agent: vouches}
	case vault.ActAddPhone, vault.ActMakeKit:
		return rule{person: allReach, fresh: true}
	case vault.ActOpenKit, vault.ActFinishKit:
		return rule{person: anyReach, agent: vouchesOurs}
	case vault.ActCancelKit:
		return rule{person: anyReach, agent: stops}
	case vault.ActActivateLogin:
		return rule{claim: true}
	case vault.ActRelinkLogin, vault.ActAskRecovery:
		return rule{person: anyReach, agent: vouchesOurs}
	case vault.ActRecover:
		return rule{agent: vouchesOurs}

	// The end of a workshop. That a handover waits, whoever helps notes.
	case vault.ActPrepareHandover:
		return rule{person: allReach, fresh: true, agent: helps}
	case vault.ActHandover:
		return rule{person: allReach}

	// Danger.
	case vault.ActFreeze:
		return rule{person: anyReach, agent: halts, frozen: true} // a retry, too
	case vault.ActUnfreeze:
		return rule{person: anyReach, agent: vouchesOurs, frozen: true}
	case vault.ActShutOut, vault.ActLetIn, vault.ActSetDiscreet:
		return rule{person: anyReach}
	default:
		return rule{}
	}
}
