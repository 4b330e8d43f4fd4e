package consent

import "github.com/coffre-fort/coffre/vault"

// workshopRule is about cycles of workshops. Whose cycle it is the keeper asks:
// nothing of people stands in it. What is known of a person's part is for who
// leads their cycle, and for them.
func workshopRule(act vault.Act) rule {
	switch act {
	case vault.ActOpenCycle, vault.ActChangeCycle:
		return rule{office: leads}
	case vault.ActChangeLeader, vault.ActEndCycle:
		return rule{office: runs}
	case vault.ActListCycles:
		return rule{office: colleague}

	case vault.ActJoinCycle:
		return rule{person: anyReach, agent: vouches}
	case vault.ActLeaveCycle:
		return rule{person: anyReach, agent: stops}
	case vault.ActNoteWorkshop:
		return rule{agent: guides}
	case vault.ActReadWorkshop, vault.ActPrintCertificate:
		return rule{person: anyReach}
	default:
		return rule{}
	}
}
