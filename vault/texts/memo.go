package texts

import "github.com/coffre-fort/coffre/vault/papers"

// What is said of something written down in a memo. It warns and never refuses: a
// real paper is right.
const (
	WarnNeverText       Sentence = "Ce code ne s'écrit nulle part. Gardez-le dans votre tête."
	WarnLengthText      Sentence = "Ce numéro a peut-être un chiffre en trop ou en moins. Comparez avec le papier."
	WarnFormText        Sentence = "Les chiffres et les lettres ne sont pas à leur place. Comparez avec le papier."
	WarnFirstText       Sentence = "Ce numéro ne commence pas comme d'habitude. Comparez avec le papier."
	WarnProvisionalText Sentence = "C'est un numéro provisoire. Il n'ouvre pas le site."
	WarnKeyText         Sentence = "Il y a sans doute une faute dans ce numéro. Comparez avec le papier."
)

// Why a password is easier to guess than it looks (L-80).
const (
	PasswordStrong   Sentence = "Ce mot de passe est solide."
	PasswordTooShort Sentence = "Il est trop court. Ajoutez des caractères."
	PasswordFewKinds Sentence = "Mélangez des majuscules, des minuscules, des chiffres et des signes."
	PasswordFewWords Sentence = "Il y a trop peu de mots. Mettez-en sept, sans lien entre eux."
	PasswordCommon   Sentence = "Tout le monde essaie ce mot en premier."
	PasswordRepeated Sentence = "Le même signe revient trop souvent."
	PasswordInARow   Sentence = "Des signes se suivent, comme 1234 ou azerty."
	PasswordYear     Sentence = "Il y a une année dedans. Beaucoup de gens la connaissent."
	PasswordNear     Sentence = "Votre nom ou votre identifiant est dedans."
)

// WarningText says in French what looks wrong: empty for no warning.
func WarningText(w papers.Warning) Sentence {
	switch w {
	case papers.WarnNever:
		return WarnNeverText
	case papers.WarnLength:
		return WarnLengthText
	case papers.WarnForm:
		return WarnFormText
	case papers.WarnFirst:
		return WarnFirstText
	case papers.WarnProvisional:
		return WarnProvisionalText
	case papers.WarnKey:
		return WarnKeyText
	default:
		return ""
	}
}

// WeaknessText says in French why a password is weak: empty for no weakness.
func WeaknessText(w papers.Weakness) Sentence {
	switch w {
	case papers.TooShort:
		return PasswordTooShort
	case papers.FewKinds:
		return PasswordFewKinds
	case papers.FewWords:
		return PasswordFewWords
	case papers.Common:
		return PasswordCommon
	case papers.Repeated:
		return PasswordRepeated
	case papers.InARow:
		return PasswordInARow
	case papers.YearInIt:
		return PasswordYear
	case papers.NearBy:
		return PasswordNear
	default:
		return ""
	}
}
