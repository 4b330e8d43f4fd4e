package prints_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	. "github.com/coffre-fort/coffre/vault/prints"
	"github.com/coffre-fort/coffre/vault/texts"
)

// typed is what people type; each test puts its own in.
type typed struct{ person, agent, structure, purpose, title, witness string }

func names() typed {
	return typed{
		"Fatima Fictive", "Ana Fictive", "CCAS de Ville-Fictive", "Revenu de solidarité active (RSA)", "RIB de la banque", "Omar Fictif, interprète",
	}
}

func head(n typed, d vault.Discretion) Letterhead {
	return Letterhead{Structure: n.structure, Printed: day(22, 9), Discretion: d}
}

// pageCode is one that no consent has.
func pageCode() vault.PageCode { return vault.PageCode{0x5e, 0xed, 15: 1} }

func day(d, hour int) time.Time { return time.Date(2026, 11, d, hour, 30, 0, 0, time.UTC) }

func portal(t testing.TB) *url.URL {
	t.Helper()
	u, err := url.Parse("https://coffre.example.fr/")
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func agreed(n typed) vault.Consent {
	from, until := day(16, 8), time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC)
	text, version := texts.Consent(texts.Accord{
		Agent: n.agent, Structure: n.structure, Function: vault.FunctionSocialWorker, Purpose: n.purpose, Body: "CAF, MSA ou CCAS",
		Precise: "remplir la demande en ligne et joindre les papiers.", Posture: vault.PostureInStead, Reason: "la main cassée.",
		Actions: vault.ActionSee | vault.ActionRead, Documents: 2, Kinds: []string{"RIB (IBAN)"}, Drawers: []string{"Ressources"},
		Presence: vault.PresenceNot, From: from, Until: until, Language: "fr",
	})
	return vault.Consent{
		ID: vault.ConsentID{1, 2, 3}, State: vault.ConsentLive,
		Terms: vault.Terms{
			Safe: vault.SafeID{4, 5, 6}, Agent: vault.AgentID{7}, Function: vault.FunctionSocialWorker, Purpose: "rsa",
			Precise: "remplir la demande de " + n.person, Posture: vault.PostureInStead, Reason: "la main cassée.",
			Actions: vault.ActionSee | vault.ActionRead, Scope: vault.Scope{Documents: make([]vault.DocumentID, 2)}, From: from, Until: until, Language: "fr",
		},
		Shown:     vault.Shown{Text: text, Version: version, Digest: vault.Digest{0xab, 0xcd}},
		Giving:    vault.Giving{Method: vault.MethodOral, Witness: n.witness, Company: vault.CompanyWanted, Protection: vault.ProtectionAssisted},
		AgentName: n.agent, Structure: n.structure, Given: day(16, 8), Documents: 2,
	}
}

func lines(n typed) []vault.Line {
	agent := vault.Line{
		Actor: vault.ActorAgent, AgentName: n.agent, Function: vault.FunctionSocialWorker, Structure: n.structure, Purpose: "rsa",
		Outcome: vault.OutcomeDone,
	}
	read, refused := agent, agent
	read.Time, read.Act, read.Position, read.Presence = day(17, 9), vault.ActRead, 40, true
	read.Documents = []vault.Named{{ID: vault.DocumentID{1}, Title: n.title}}
	refused.Time, refused.Act, refused.Outcome, refused.Position = day(19, 14), vault.ActRead, vault.OutcomeRefused, 52
	refused.Documents = []vault.Named{{ID: vault.DocumentID{1}}}
	return []vault.Line{
		{Time: day(16, 8), Act: vault.ActGiveConsent, Actor: vault.ActorVisit, Outcome: vault.OutcomeDone, Position: 31},
		read,
		{Time: day(18, 7), Act: vault.ActWithdrawConsent, Actor: vault.ActorOwner, Outcome: vault.OutcomeDone, Position: 47},
		refused,
		{Time: day(20, 6), Act: vault.ActStart, Actor: vault.ActorService, Outcome: vault.OutcomeDone, Position: 60},
	}
}

// all makes one of each, by the name of its golden file.
func all(t testing.TB, n typed, d vault.Discretion) map[string]Page {
	t.Helper()
	code, err := vault.ParseCode("7Q4K-M2ZP-0H3W-XR8D-5T1B")
	if err != nil {
		t.Fatal(err)
	}
	h := head(n, d)
	return map[string]Page{
		"code-sheet":      CodeSheet{Letterhead: h, Sheet: vault.WayID{9, 9}, Code: code, Address: vault.AddressID{8, 8}},
		"activation-slip": ActivationSlip{Letterhead: h, Portal: portal(t), Safe: vault.SafeID{4, 5, 6}},
		"receipt": Receipt{
			Letterhead: h, Consent: agreed(n), Code: pageCode(), SIRET: "26130055500010", Purpose: n.purpose, Kinds: []string{"RIB (IBAN)"},
			Drawers: []string{"Ressources"}, Portal: portal(t),
		},
		"mandate": Mandate{Letterhead: h, Consent: agreed(n), Code: pageCode(), Person: n.person, Portal: portal(t)},
		"summary": Summary{
			Letterhead: h, Purpose: n.purpose, Next: []string{n.title},
			Done: vault.Summary{
				Began: day(17, 9), Ended: day(17, 10), Opened: 3, Deposited: 1, Posture: vault.PostureWith, ComeBack: day(30, 8),
				Agent: n.agent, Function: vault.FunctionSocialWorker, Structure: n.structure,
			},
		},
		"to-change": ToChange{Letterhead: h, KitEnded: true, Memos: []MemoToChange{
			{Name: n.title, Login: "2154201", By: []vault.Exposure{{AgentName: n.agent, Structure: n.structure, Time: day(17, 9)}}},
			{Login: "", Notebook: true}, {Name: "CAF", Lost: true},
		}},
		"withdrawal": Withdrawal{Letterhead: h, Code: pageCode(), Structure: n.structure},
		"address":    AddressSlip{Letterhead: h, Portal: portal(t), Address: vault.AddressID{8, 8}, For: n.witness},
		"information": Information{
			Letterhead: h, Text: texts.Information(72), Version: texts.Version, Digest: strings.Repeat("ab", 32),
		},
		"journal": Journal{
			Letterhead: h, From: day(1, 8), Until: day(22, 9), Lines: lines(n), Purposes: map[papers.Purpose]string{"rsa": n.purpose},
		},
		"destroyed": Destroyed{Letterhead: h, SIRET: "26130055500010", Notebook: vault.Notebook{
			ID: vault.NotebookID{7, 7}, Moved: 14, Left: 1, Day: "2026-11-20", Place: n.title, Signed: day(20, 15),
			AgentName: n.agent, WitnessName: n.witness,
		}},
		"departure": Departure{Letterhead: h, Report: vault.DepartureReport{
			Agent: vault.Agent{Name: n.agent}, Ended: 2, Replaced: 1,
			Safes: []vault.DepartureLine{{Name: n.person, Openings: 12, Reveals: 1, Consents: 2}, {Openings: 1, Consents: 1}},
		}},
		"passport-folded":  passport(t, h, n, vault.PassportFolded),
		"passport-booklet": passport(t, h, n, vault.PassportBooklet),
		"passport-cards":   passport(t, h, n, vault.PassportCards),
		"copy-lost": LostCopy{
			Letterhead: h, Number: "K7QM-94HT-2", Access: []Help{{"CAF", "Appelez le 32 30."}},
			Memos: []LostMemo{
				{Body: "CAF", Discloses: vault.DiscloseSecret}, {Body: n.purpose}, {Body: "Ameli", Discloses: vault.DiscloseHint},
				{Body: "Impôts", Discloses: vault.DiscloseSecret, Changed: true}, {Discloses: vault.DiscloseHint},
			},
		},
		"bring": Bring{
			Letterhead: h, Purpose: n.purpose, When: day(30, 9), Where: "Accueil du " + n.structure,
			Lines: []BringLine{
				{n.title, "", "le dernier"}, {"Attestation CAF", "", "de moins de trois mois. Demandez-la sur caf.fr ou au guichet."},
				{"Carte d'identité", "mon fils", "recto et verso"},
			},
			Notes: []string{"Apportez aussi votre numéro de téléphone."}, Source: "service-public.fr",
		},
		"certificate": Certificate{
			Letterhead: h, Person: n.person, Cycle: "Forma'tri, automne 2026", Place: "Maison des services, 3 rue Fictive", Leader: n.agent,
			Sessions: []time.Time{day(2, 9), day(9, 9), day(16, 9), day(20, 9)}, Done: []string{"Papiers triés", "Comptes écrits", "Connexion essayée une fois"},
		},
		"kit-person":   kit(h, vault.KitPerson),
		"kit-relative": kit(h, vault.KitRelative),
		"kit-envelope": kit(h, vault.KitEnvelope),
		"kit-letter":   KitLetter{Letterhead: h, By: n.agent, Opening: vault.KitOpening{Since: day(22, 9), Due: day(24, 9), Expires: day(30, 9)}},
		"letter":       Letter{Letterhead: h, Asked: vault.ActRelinkLogin, By: n.agent, At: day(22, 9), NotBefore: day(24, 9)},
	}
}

// written is a secret, as a test knows it.
type written string

func (w written) Reveal() []byte { return []byte(w) }

func passport(t testing.TB, h Letterhead, n typed, f vault.PassportForm) Passport {
	t.Helper()
	return Passport{
		Letterhead: h, Form: f, Person: n.person, Number: "K7QM-94HT-1", Cycle: "Forma'tri, automne 2026",
		Portal: portal(t), Address: vault.AddressID{8, 8},
		Memos: []PassportMemo{
			{Body: "Ma boîte de courriels", Identifiers: []Identifier{{"Adresse", "fatima.fictive@courriel.example"}}},
			{Body: "CAF", Identifiers: []Identifier{{"Numéro d'allocataire", "1234567 W"}}, Discloses: vault.DiscloseHint, Hint: "la ville, puis l'année"},
			{
				Body: "France Travail", Identifiers: []Identifier{{"Identifiant", "l1I0Oo85BS2Z"}}, Discloses: vault.DiscloseSecret,
				Secret: written("Il0O-1l8B  5S2Z!"), Hint: "sur la carte",
			},
			{Body: "Impôts", Identifiers: []Identifier{{"Numéro fiscal", "30 12 345 678 901"}}, With: "l'Assurance maladie", Without: true},
		},
		Traps: []string{"CAF. Il y a deux numéros : gardez les deux."}, Access: []Help{{"CAF", "Appelez le 32 30."}},
	}
}

func kit(h Letterhead, who vault.KitHolder) RecoverySheet {
	return RecoverySheet{
		Letterhead: h, Holder: who, Kit: "baeaaaaaaaaa", Number: "beeqaaaaaaaa", Code: written("4F70-9QXM-21RB-H6WD-PZ3C"), Delay: 48 * time.Hour,
	}
}

// made renders one document, which must work.
func made(t testing.TB, p Page) string {
	t.Helper()
	b, err := HTML(p)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
