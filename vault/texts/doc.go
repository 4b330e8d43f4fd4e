// Package texts holds the French sentences that people read, with a version,
// because a person may ask one day what exactly they were told (L-13).
//
// They stand in one file a subject, so that somebody who speaks the language of
// the counter can read and mend them without knowing Go: texts.go (what the API
// says, and the service information), sheets.go, paper.go, notebook.go and
// workshop.go (printed pages), told.go (notices, and the public pages that printed
// ones lead to), bring.go, memo.go, entrust.go and posture.go (what is said of
// papers, passwords and help) and accord_fr.go (a consent, said by the person;
// another language is one more such file, by somebody who speaks it). They are plain: *vous*, at most 15 words a
// sentence, no word that belittles or that only the administration understands;
// a test reads every sentence and holds it to that, before anything is filled
// in. What is filled in stays on its line and is never read as a mark. The
// package decides nothing and trusts nobody.
package texts
