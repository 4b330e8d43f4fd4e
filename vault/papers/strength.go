package papers

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Weakness says why a password is easier to guess than it looks.
type Weakness uint8

// The weaknesses.
const (
	TooShort Weakness = iota + 1
	FewKinds          // of capitals, small letters, digits and signs
	FewWords          // a sentence with too few words
	Common            // a word or password that everybody tries first
	Repeated          // the same character again and again
	InARow            // 1234, abcd, azerty
	YearInIt          // a year: of birth, most often
	NearBy            // the name, the login or the body is in it
)

// A Strength is an estimate, never a proof: what is not weak here can still be
// known to somebody.
type Strength struct {
	Bits   int  // of chance, rounded
	Enough bool // for the guard it was asked for
	Why    []Weakness
}

// What a piece of a password costs somebody who guesses, in bits.
const (
	bitsOfCommon = 8.0
	bitsOfNear   = 2.0
	bitsOfYear   = 7.0
	bitsOfRow    = 6.0
	bitsOfWord   = 12.9 // one of 7776, as dice throw them
)

// Rate estimates a password under a guard. What stands near it and may be in it
// (login, name, body) is given besides. Nothing is kept.
func Rate(p Password, g Guard, near ...string) Strength {
	text := p.text
	if words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) }); spoken(text, words) {
		return rateWords(words, g)
	}
	s := Strength{}
	kinds, pool := pool(text)
	bits, rest := 0.0, []rune(text)
	folded := []rune(strings.ToLower(text))
	if len(folded) != len(rest) {
		folded = rest
	}
	for i := 0; i < len(rest); {
		n, cost, why := piece(folded[i:], near)
		if n == 0 {
			bits += math.Log2(float64(pool))
			i++
			continue
		}
		bits += min(cost, float64(n)*math.Log2(float64(pool)))
		s.note(why)
		i += n
	}
	s.Bits = int(math.Round(bits))
	s.Enough = s.Bits >= g.Bits()
	if !s.Enough && len(s.Why) == 0 {
		s.note(TooShort)
		if kinds < 3 {
			s.note(FewKinds)
		}
	}
	return s
}

// spoken reports that a text is a sentence: at least three words of three letters
// or more, and nothing else but what parts them.
func spoken(text string, words []string) bool {
	if len(words) < 3 || strings.ContainsFunc(text, unicode.IsDigit) {
		return false
	}
	letters := 0
	for _, w := range words {
		letters += utf8.RuneCountInString(w)
	}
	return letters >= 3*len(words) && utf8.RuneCountInString(text)-letters <= len(words)
}

// rateWords counts each other word as one of a list: letters of words are no
// chance.
func rateWords(words []string, g Guard) Strength {
	var seen []string
	for _, w := range words {
		if w = strings.ToLower(w); !slices.Contains(seen, w) {
			seen = append(seen, w)
		}
	}
	s := Strength{Bits: int(math.Round(float64(len(seen)) * bitsOfWord))}
	s.Enough = s.Bits >= g.Bits()
	if !s.Enough {
		s.note(FewWords)
	}
	return s
}

func (s *Strength) note(w Weakness) {
	if !slices.Contains(s.Why, w) {
		s.Why = append(s.Why, w)
	}
}

// pool counts which kinds of characters a text has, and how many characters one
// could stand for (37 signs, as CNIL 2022-100 counts them).
func pool(text string) (kinds, size int) {
	for _, k := range []struct {
		size int
		in   func(rune) bool
	}{
		{26, unicode.IsUpper},
		{26, unicode.IsLower},
		{10, unicode.IsDigit},
		{37, func(r rune) bool { return !unicode.IsUpper(r) && !unicode.IsLower(r) && !unicode.IsDigit(r) }},
	} {
		if strings.ContainsFunc(text, k.in) {
			kinds++
			size += k.size
		}
	}
	return kinds, max(size, 2)
}

// piece looks at what a text in small letters starts with: how many characters
// are no chance, what they cost, and why. No characters: nothing was found.
func piece(text []rune, near []string) (n int, cost float64, why Weakness) {
	for _, w := range near {
		if got := starts(text, strings.ToLower(strings.TrimSpace(w))); got >= 3 && got > n {
			n, cost, why = got, bitsOfNear, NearBy
		}
	}
	for _, w := range commonWords() {
		if got := starts(text, w); got > n {
			n, cost, why = got, bitsOfCommon, Common
		}
	}
	if got := same(text); got >= 3 && got > n {
		n, cost, why = got, bitsOfRow+math.Log2(float64(got)), Repeated
	}
	if got := row(text); got >= 3 && got > n {
		n, cost, why = got, bitsOfRow+math.Log2(float64(got)), InARow
	}
	if n < 4 && isYear(text) {
		n, cost, why = 4, bitsOfYear, YearInIt
	}
	return n, cost, why
}

func starts(text []rune, word string) int {
	if word == "" || !strings.HasPrefix(string(text), word) {
		return 0
	}
	return utf8.RuneCountInString(word)
}

// same counts how often the first character comes again at once.
func same(text []rune) int {
	n := 1
	for n < len(text) && text[n] == text[0] {
		n++
	}
	return n
}

// row counts how many characters stand as on a keyboard, in the alphabet or in
// counting, forwards or backwards.
func row(text []rune) int {
	best := 1
	for _, line := range []string{"0123456789", "abcdefghijklmnopqrstuvwxyz", "azertyuiop", "qsdfghjklm", "wxcvbn", "qwertyuiop", "asdfghjkl", "zxcvbnm", "&é\"'(-è_çà"} {
		keys := []rune(line)
		for _, step := range []int{1, -1} {
			n := 1
			for n < len(text) {
				at := slices.Index(keys, text[n-1])
				if at < 0 || at+step < 0 || at+step >= len(keys) || keys[at+step] != text[n] {
					break
				}
				n++
			}
			best = max(best, n)
		}
	}
	return best
}

func isYear(text []rune) bool {
	if len(text) < 4 {
		return false
	}
	for _, r := range text[:4] {
		if r < '0' || r > '9' {
			return false
		}
	}
	century := string(text[:2])
	return century == "19" || century == "20"
}

// commonWords are what lists of stolen passwords begin with in France, and what
// this public's sites suggest by their names.
func commonWords() []string {
	return []string{
		"motdepasse", "mot de passe", "password", "passw0rd", "bonjour", "soleil", "doudou", "loulou", "chouchou", "coucou",
		"azerty", "qwerty", "admin", "secret", "amour", "jetaime", "je t'aime", "marseille", "france", "famille", "maison",
		"chocolat", "princesse", "football", "nicolas", "camille", "marine", "julien", "alexandre", "thomas", "vacances",
		"bisous", "bienvenue", "welcome", "iloveyou", "dragon", "monkey", "caf", "ameli", "impots", "francetravail",
		"poleemploi", "janvier", "février", "mars", "avril", "juin", "juillet", "septembre", "octobre", "novembre", "décembre",
		"lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche", "maman", "papa", "p@ssw0rd",
	}
}
