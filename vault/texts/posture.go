package texts

import (
	"strconv"

	"github.com/coffre-fort/coffre/vault"
)

// How an agent helped, as the person reads it beside a line of their journal and
// beside a consent: *à la place* is said and counted (L-75).
const (
	DoneInStead   Sentence = "C'était à votre place."
	ActsInStead   Sentence = "Fait à votre place : {count} fois."
	ActsWith      Sentence = "Fait pour vous accompagner : {count} fois."
	ActsTrain     Sentence = "Fait pour vous apprendre : {count} fois."
	ActsOtherwise Sentence = "Fait pour vous aider : {count} fois."
)

// Place says of a line that it was done in the person's place; empty where it was
// not, and for what was only tried.
func Place(l vault.Line) string {
	if l.Posture != vault.PostureInStead || l.Actor != vault.ActorAgent || l.Outcome != vault.OutcomeDone || !l.Act.Helps() {
		return ""
	}
	return string(DoneInStead)
}

// Acts says how often something was done under a consent of this posture; empty
// for never.
func Acts(p vault.Posture, n int) string {
	if n == 0 {
		return ""
	}
	said := ActsOtherwise
	switch p {
	case vault.PostureInStead:
		said = ActsInStead
	case vault.PostureWith:
		said = ActsWith
	case vault.PostureTrain:
		said = ActsTrain
	}
	return said.With("count", strconv.Itoa(n))
}
