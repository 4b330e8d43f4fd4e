package vault

// An Act is something that can be tried. The number stands in every leaf of
// the trail and never changes its meaning; the zero Act is never allowed.
type Act uint16

// The acts of the spine. Numbers are for ever (audit/FORMAT.md).
const (
	ActLogin           Act = 1
	ActLogout          Act = 2
	ActUnauthenticated Act = 3
	ActStart           Act = 4
	ActStop            Act = 5
	ActRebuild         Act = 6
	ActSettle          Act = 7
	ActSweep           Act = 8

	ActOpenSafe Act = 20
	ActUnlock   Act = 21
	ActLock     Act = 22
	ActEntrust  Act = 23
	ActTakeBack Act = 24

	ActDeposit     Act = 40
	ActRead        Act = 41
	ActDestroy     Act = 42
	ActMetadata    Act = 43
	ActControl     Act = 44
	ActJournal     Act = 45
	ActList        Act = 46
	ActCount       Act = 47
	ActDescribe    Act = 48
	ActMove        Act = 49
	ActRename      Act = 50
	ActCheckpoint  Act = 51
	ActInclusion   Act = 52
	ActConsistency Act = 53
)

// names are the words of the API; the French ones are in package texts.
func (a Act) String() string {
	switch a {
	case ActLogin:
		return "login"
	case ActLogout:
		return "logout"
	case ActUnauthenticated:
		return "unauthenticated"
	case ActStart:
		return "start"
	case ActStop:
		return "stop"
	case ActRebuild:
		return "rebuild"
	case ActSettle:
		return "settle"
	case ActSweep:
		return "sweep"
	case ActOpenSafe:
		return "open-safe"
	case ActUnlock:
		return "unlock"
	case ActLock:
		return "lock"
	case ActEntrust:
		return "entrust"
	case ActTakeBack:
		return "take-back"
	case ActDeposit:
		return "deposit"
	case ActRead:
		return "read"
	case ActDestroy:
		return "destroy"
	case ActMetadata:
		return "technical-metadata"
	case ActControl:
		return "control"
	case ActJournal:
		return "journal"
	case ActList:
		return "list"
	case ActCount:
		return "count"
	case ActDescribe:
		return "describe"
	case ActMove:
		return "move"
	case ActRename:
		return "rename"
	case ActCheckpoint:
		return "checkpoint"
	case ActInclusion:
		return "inclusion"
	case ActConsistency:
		return "consistency"
	default:
		return "unknown"
	}
}
