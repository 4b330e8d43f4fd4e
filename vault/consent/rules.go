package consent

import (
	"cmp"

	"github.com/coffre-fort/coffre/vault"
)

// ruleOf is the table of acts, in five parts. What stands in none is refused:
// acts of the service and of operators have no session, and nobody's session may
// try them.
func ruleOf(act vault.Act) rule {
	return cmp.Or(workRule(act), paperRule(act), consentRule(act), lockRule(act), workshopRule(act))
}

// workRule is what concerns no safe.
func workRule(act vault.Act) rule {
	switch act {
	// Nothing about a person is revealed.
	case vault.ActCheckpoint, vault.ActConsistency, vault.ActLogout:
		return rule{anyone: true, program: true}
	case vault.ActSelf, vault.ActListPartners:
		return rule{anyone: true}

	// Work for a structure.
	case vault.ActOpenSafe, vault.ActInvitePerson, vault.ActOpenTraining, vault.ActListTrainings:
		return rule{office: opens}
	case vault.ActFindSafe:
		return rule{office: deposits}
	case vault.ActMyConsents, vault.ActMyRelays, vault.ActListNotebooks, vault.ActPrintNotebook:
		return rule{office: colleague}
	case vault.ActListAgents, vault.ActAskApproval:
		return rule{office: colleague, naming: true}
	case vault.ActEnrol, vault.ActChangeAgent, vault.ActAssignSuccessor, vault.ActInviteAgent:
		return rule{office: manages, naming: true}
	case vault.ActRegisterPartner, vault.ActReissueAccount, vault.ActEndAgent, vault.ActDepartureReport, vault.ActAnomalies, vault.ActStructureReport:
		return rule{office: manages}
	case vault.ActPrintLetter: // about what waits, or about the recovery sheets of one safe
		return rule{office: seconds, agent: vouchesOurs}
	case vault.ActDestroyNotebook:
		return rule{office: seconds}
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
	case vault.ActList, vault.ActBring, vault.ActSort:
		return rule{person: someReach, agent: sees}
	case vault.ActDues:
		return rule{person: allReach, agent: describes}
	case vault.ActRead:
		return rule{person: paperReach, agent: reads}
	case vault.ActReveal:
		return rule{person: paperReach, agent: reveals}
	case vault.ActChangeMemo:
		return rule{person: allReach, agent: reveals}
	case vault.ActToChange:
		return rule{person: anyReach}
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
	case vault.ActNotices:
		return rule{person: anyReach}
	case vault.ActPrintPassport:
		return rule{person: allReach}
	case vault.ActListCopies, vault.ActLoseCopy:
		return rule{person: anyReach, agent: stops}
	case vault.ActJournal, vault.ActInclusion, vault.ActPrintJournal:
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
	case vault.ActShowConsent, vault.ActListConsents, vault.ActPrintConsent:
		return rule{person: anyReach, agent: asks}
	case vault.ActGiveConsent:
		return rule{person: anyReach, agent: vouches}
	case vault.ActRenewConsent:
		return rule{person: anyReach, agent: vouchesOurs}
	case vault.ActWidenConsent:
		return rule{person: someReach}
	case vault.ActRefuseConsent, vault.ActWithdrawConsent, vault.ActWithdrawAll:
		return rule{person: anyReach, agent: stops}

	// Who helps.
	case vault.ActRegister, vault.ActIssueAddress, vault.ActRevokeAddress:
		return rule{person: anyReach, agent: vouchesOurs}
	case vault.ActCircle:
		return rule{person: anyReach, agent: helpsShared}
	case vault.ActSetReferent, vault.ActListRelays, vault.ActAllowRelays:
		return rule{person: anyReach}

	// Tasks on their way.
	case vault.ActSendRelay:
		return rule{agent: hands}
	case vault.ActTakeRelay, vault.ActFinishRelay, vault.ActReturnRelay:
		return rule{agent: relayed}
	case vault.ActForbidRelays:
		return rule{person: anyReach, agent: stops}
	default:
		return rule{}
	}
}
