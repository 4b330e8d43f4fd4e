// Package workshop knows what a cycle of Forma'tri workshops is: trier, classer,
// jeter, passeport. It says what may follow what: when a session may be moved,
// who may be marked as present, what catches up a session that was missed, when
// a cycle is over and when what is known of somebody's part in it is forgotten.
//
// It is pure: no clock, no ids of people, no I/O. Whoever asks says which day it
// is where the workshops are held. Names, safes and keys may not enter: who takes
// part stands in each person's own safe.
package workshop
