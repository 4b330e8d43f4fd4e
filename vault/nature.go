package vault

// A Nature is what a safe is for. It stands in the first entry of the safe's
// chain and no operation changes it.
type Nature uint8

// The natures. The zero Nature is a person's: nothing is taken for an exercise
// that does not say so itself.
const (
	NaturePerson Nature = iota
	// NatureTraining is a safe for exercises (FICTIF): invented papers and nobody
	// behind it (L-69, L-74). It has neither an owner nor an address, and can hold
	// no consent.
	NatureTraining
)

// String is the nature's code.
func (n Nature) String() string {
	switch n {
	case NaturePerson:
		return "person"
	case NatureTraining:
		return "training"
	default:
		return "unknown"
	}
}

// Marked puts [TrainingMark] before a text that is shown of a safe for exercises,
// once.
func (n Nature) Marked(text string) string {
	const mark = TrainingMark + " – "
	if n != NatureTraining || len(text) >= len(mark) && text[:len(mark)] == mark {
		return text
	}
	return mark + text
}
