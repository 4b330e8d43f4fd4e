package vault

import "fmt"

// Postures are all of them.
func Postures() []Posture { return []Posture{PostureTrain, PostureWith, PostureInStead} }

// String is the posture's code, as the trail and the API have it.
func (p Posture) String() string {
	switch p {
	case PostureTrain:
		return "train"
	case PostureWith:
		return "with"
	case PostureInStead:
		return "in-stead"
	default:
		return "unknown"
	}
}

// ParsePosture reads a posture's code.
func ParsePosture(s string) (Posture, error) {
	for _, p := range Postures() {
		if p.String() == s {
			return p, nil
		}
	}
	return 0, fmt.Errorf("%q is not the code of a posture", s)
}

// Helps reports whether an act is something done for a person with their papers:
// opened, revealed, put in, corrected. To look at a list is not. It is what is
// counted by posture (L-75).
func (a Act) Helps() bool {
	switch a {
	case ActRead, ActReveal, ActDeposit, ActDescribe, ActMove, ActRename, ActChangeMemo:
		return true
	default:
		return false
	}
}
