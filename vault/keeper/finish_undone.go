package keeper

import (
	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/vault"
)

// putsBack reports whether an act puts back what another took away.
func putsBack(act vault.Act) bool {
	switch act {
	case vault.ActUnfreeze, vault.ActRecover, vault.ActLetIn, vault.ActJoinCycle, vault.ActChangeLeader:
		return true
	default:
		return false
	}
}

// undo forgets what an act took away when a later one, begun after the start that
// found it open, put it back. It was written then: whoever acts after a start builds
// on it. A state file that was rebuilt knows nothing of that.
func (u *unwritten) undo(later audit.Position, by vault.Act, n detail) {
	same := false
	switch u.act {
	case vault.ActFreeze:
		same = by == vault.ActUnfreeze || by == vault.ActRecover
	case vault.ActShutOut:
		same = by == vault.ActLetIn && n.AboutAgent == u.note.AboutAgent && n.AboutStructure == u.note.AboutStructure
	case vault.ActLeaveCycle:
		same = by == vault.ActJoinCycle && n.Cycle == u.note.Cycle
	case vault.ActChangeLeader:
		same = by == vault.ActChangeLeader && n.Cycle == u.note.Cycle
	default:
	}
	if same && u.found != 0 && later > u.found {
		u.takes = nil
	}
}
