package consent

import (
	"cmp"

	"github.com/coffre-fort/coffre/vault"
)

// A need is what the person's own session must have open.
type need uint8

const (
	never      need = iota // none of a person's acts
	anyReach               // nothing: locked is enough
	someReach              // what is entrusted is enough
	paperReach             // the paper asked for
	allReach               // all of the safe
	inVisit                // nothing, but in a counter session only
)

// A right is what an agent must have.
type right uint8

const (
	nobody      right = iota
	colleague         // any function
	manages           // access manager
	seconds           // may be the second agent
	opens             // may open a safe
	deposits          // may deposit
	vouches           // opens: acts with the person beside them
	vouchesOurs       // the same, for a safe of their structure
	stops             // ends consents of a safe of their structure on the person's word
	halts             // freezes any safe on the person's word
	asks              // may be given a consent
	leads             // may lead a côte-à-côte session
	helps             // has a live consent
	helpsShared       // the same, where the person lets helpers see one another
	knows             // vouchesOurs, or helps
	sees              // consent to see the paper
	reads             // consent to read it
	reveals           // consent that names the memo
	describes         // consent to correct what the paper is called
)

// A rule is who may try one act. The zero rule is nobody.
type rule struct {
	anyone    bool  // whoever has a session: it speaks of no person
	office    right // of an act that concerns no safe, or any
	claim     bool  // whoever logged in, to make the safe theirs
	person    need
	agent     right
	fresh     bool // the person proves anew who they are
	frozen    bool // goes on in a frozen safe
	deposited bool // also the depositor, while it is fresh and unread
	naming    bool // goes on in a structure without an access manager
}

// ruleOf is the table of acts, in four parts. What stands in none is refused:
// acts of the service and of operators have no session, and nobody's session may
// try them.
func ruleOf(act vault.Act) rule {
	return cmp.Or(workRule(act), paperRule(act), consentRule(act), lockRule(act))
}

// workRule is what concerns no safe.
func workRule(act vault.Act) rule {
	switch act {
	// Nothing about a person is revealed.
	case vault.ActCheckpoint, vault.ActConsistency, vault.ActLogout, vault.ActSelf:
		return rule{anyone: true}

	// Work for a structure.
	case vault.ActOpenSafe:
		return rule{office: opens}
	case vault.ActFindSafe:
		return rule{office: deposits}
	case vault.ActMyConsents:
		return rule{office: colleague}
	case vault.ActListAgents, vault.ActAskApproval:
		return rule{office: colleague, naming: true}
	case vault.ActEnrol, vault.ActChangeAgent, vault.ActAssignSuccessor:
		return rule{office: manages, naming: true}
	case vault.ActEndAgent, vault.ActDepartureReport, vault.ActAnomalies:
		return rule{office: manages}
	case vault.ActApprove, vault.ActDecline, vault.ActListApprovals:
		return rule{office: seconds, naming: true}
	default:
		return rule{}
	}
}

// paperRule is what is done with papers.
func paperRule(act vault.Act) rule {
	switch act {
	case vault.ActDeposit:
		return rule{person: anyReach, agent: deposits, frozen: true}
	case vault.ActList:
		return rule{person: someReach, agent: sees}
	case vault.ActRead:
		return rule{person: paperReach, agent: reads}
	case vault.ActReveal:
		return rule{person: paperReach, agent: reveals}
	case vault.ActMetadata, vault.ActControl:
		return rule{person: anyReach, agent: sees, deposited: true}
	case vault.ActDescribe, vault.ActMove, vault.ActRename:
		return rule{person: allReach, agent: describes, deposited: true}
	case vault.ActDestroy:
		return rule{person: allReach, deposited: true}
	case vault.ActCount, vault.ActTakeBack:
		return rule{person: anyReach}
	case vault.ActEntrust:
		return rule{person: allReach}
	case vault.ActExport:
		return rule{person: allReach, fresh: true}
	case vault.ActErase:
		return rule{person: anyReach, fresh: true}
	case vault.ActJournal, vault.ActInclusion:
		return rule{person: anyReach, frozen: true}
	default:
		return rule{}
	}
}

// consentRule is about consents and who helps.
func consentRule(act vault.Act) rule {
	switch act {
	case vault.ActAskConsent:
		return rule{agent: asks}
	case vault.ActShowConsent, vault.ActListConsents:
		return rule{person: anyReach, agent: asks}
	case vault.ActGiveConsent:
		return rule{person: anyReach, agent: vouches}
	case vault.ActRenewConsent:
		return rule{person: anyReach, agent: vouchesOurs}
	case vault.ActWidenConsent:
		return rule{person: someReach}
	case vault.ActRefuseConsent, vault.ActWithdrawConsent:
		return rule{person: anyReach, agent: stops}

	// Who helps.
	case vault.ActRegister, vault.ActIssueAddress, vault.ActRevokeAddress:
		return rule{person: anyReach, agent: vouchesOurs}
	case vault.ActCircle:
		return rule{person: anyReach, agent: helpsShared}
	case vault.ActSetReferent:
		return rule{person: anyReach}
	default:
		return rule{}
	}
}

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
		return rule{person: allReach, fresh: true, agent: vouches}
	case vault.ActAddPhone:
		return rule{person: allReach, fresh: true}
	case vault.ActActivateLogin:
		return rule{claim: true}
	case vault.ActRelinkLogin, vault.ActAskRecovery:
		return rule{person: anyReach, agent: vouchesOurs}
	case vault.ActRecover:
		return rule{agent: vouchesOurs}

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
