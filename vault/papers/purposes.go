package papers

import "fmt"

// A Purpose is the code of a démarche (papers.md §3.4): what a consent is for.
// The zero Purpose is none.
type Purpose string

// ParsePurpose reads a démarche's code, in the same form as [ParseDrawer]. Errors
// wrap [ErrCode].
func ParsePurpose(s string) (Purpose, error) {
	if err := checkCode(s); err != nil {
		return "", fmt.Errorf("purpose: %w", err)
	}
	return Purpose(s), nil
}
