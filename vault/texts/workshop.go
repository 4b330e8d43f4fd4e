package texts

import (
	"strconv"

	"github.com/coffre-fort/coffre/vault/workshop"
)

// A WorkshopStep is one thing that a certificate may say a person did. The zero
// WorkshopStep is none.
type WorkshopStep uint8

// The steps.
const (
	_ WorkshopStep = iota
	StepSorted
	StepFiled
	StepThrown
	StepMemos
	StepLogin
)

// What a person did in workshops, as their certificate says it.
const (
	DidSort  Sentence = "Papiers triés : {count}"
	DidFile  Sentence = "Papiers classés : {count}"
	DidThrow Sentence = "Papiers jetés : {count}"
	DidMemos Sentence = "Mémos écrits : {count}"
	DidLogin Sentence = "Une connexion essayée"
)

// Did says one step as far as somebody went with it; empty where they did not.
func Did(step WorkshopStep, p workshop.Progress) string {
	count := func(s Sentence, n uint16) string {
		if n == 0 {
			return ""
		}
		return s.With("count", strconv.Itoa(int(n)))
	}
	switch step {
	case StepSorted:
		return count(DidSort, p.Sorted)
	case StepFiled:
		return count(DidFile, p.Filed)
	case StepThrown:
		return count(DidThrow, p.Thrown)
	case StepMemos:
		return count(DidMemos, p.Memos)
	case StepLogin:
		if p.LoginTested {
			return string(DidLogin)
		}
	}
	return ""
}
