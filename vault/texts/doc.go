// Package texts holds the French sentences that the API says to people, with a
// version, because a person may ask one day what exactly they were told (L-13).
//
// All of them stand in one file, texts.go, so that somebody who speaks the
// language of the counter can read and mend them without knowing Go. They are
// plain: *vous*, at most 15 words a sentence, no word that belittles or that
// only the administration understands; a test reads every sentence and holds it
// to that. Nothing that varies enters a sentence: no title, no name, no value
// that somebody typed. The package decides nothing and trusts nobody.
package texts
