package rpc

import (
	"maps"

	"google.golang.org/protobuf/types/known/timestamppb"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault/papers"
)

// A reading tries one kind of request that holds s in each text and n in each
// number.
type reading = func(s string, n int64) error

func at(n int64) *timestamppb.Timestamp { return &timestamppb.Timestamp{Seconds: n} }

func loginOf(s string) *coffrev1.Login {
	return coffrev1.Login_builder{Issuer: &s, Subject: &s}.Build()
}

func proofOf(s string) *coffrev1.Proof {
	return coffrev1.Proof_builder{Code: &s, Pin: &s}.Build()
}

func givingOf(s string, n int64) *coffrev1.Giving {
	return coffrev1.Giving_builder{
		Method: new(coffrev1.Method(int32(n))), Witness: &s, Company: new(coffrev1.Company(int32(n))), Protection: new(coffrev1.Protection(int32(n))),
	}.Build()
}

func termsOf(s string, n int64) *coffrev1.Terms {
	return coffrev1.Terms_builder{
		Agent: &s, Function: &s, Replacement: new(coffrev1.Replacement(int32(n))), Purpose: &s, Precise: &s,
		Posture: new(coffrev1.Posture(int32(n))), Reason: &s, Actions: []coffrev1.Action{coffrev1.Action(int32(n))},
		Scope:    coffrev1.Scope_builder{Documents: []string{s}, Kinds: []string{s}, Drawers: []string{s}}.Build(),
		Arrivals: new(coffrev1.Arrivals(int32(n))), Presence: new(coffrev1.PresenceDemand(int32(n))),
		FromTime: at(n), UntilTime: at(n), Language: &s,
	}.Build()
}

func second[T any](_ T, err error) error { return err }

func structureParsers() map[string]reading {
	return map[string]reading{
		"EnrolAgent": func(s string, n int64) error {
			return second(parseEnrolAgent(coffrev1.EnrolAgentRequest_builder{RequestId: &s, Login: loginOf(s), Name: &s, Functions: []string{s}, UntilTime: at(n), Approval: &s}.Build()))
		},
		"ChangeAgent": func(s string, n int64) error {
			return second(parseChangeAgent(coffrev1.ChangeAgentRequest_builder{RequestId: &s, Agent: &s, Name: &s, Functions: []string{s}, UntilTime: at(n), Approval: &s}.Build()))
		},
		"ReissueAccount": func(s string, _ int64) error {
			return second(parseReissueAccount(coffrev1.ReissueAccountRequest_builder{Agent: &s, Approval: &s}.Build()))
		},
		"EndAgent": func(s string, _ int64) error {
			return second(parseEndAgent(coffrev1.EndAgentRequest_builder{RequestId: &s, Agent: &s}.Build()))
		},
		"AssignSuccessor": func(s string, _ int64) error {
			return second(parseAssignSuccessor(coffrev1.AssignSuccessorRequest_builder{RequestId: &s, Agent: &s, Function: &s, Successor: &s}.Build()))
		},
		"Approve": func(s string, _ int64) error { return second(parseApproval(s)) },
		"FindSafe": func(s string, _ int64) error {
			return second(parseFindSafe(coffrev1.FindSafeRequest_builder{Name: &s, BirthDate: &s}.Build()))
		},
		"FindSafe by address": func(s string, _ int64) error {
			return second(parseFindSafe(coffrev1.FindSafeRequest_builder{Address: &s}.Build()))
		},
		"SetRegister": func(s string, _ int64) error {
			return second(parseSetRegister(coffrev1.SetRegisterRequest_builder{RequestId: &s, Safe: &s, Entry: coffrev1.RegisterEntry_builder{Name: &s, BirthDate: &s, Language: &s}.Build()}.Build()))
		},
		"IssueAddress": func(s string, _ int64) error {
			return second(parseIssueAddress(coffrev1.IssueAddressRequest_builder{RequestId: &s, Safe: &s, Label: &s, Partner: &s}.Build()))
		},
		"RegisterPartner": func(s string, n int64) error {
			return second(parseRegisterPartner(coffrev1.RegisterPartnerRequest_builder{
				RequestId: &s, Partner: &s, Name: &s, Siret: &s, PublicKey: []byte(s), UntilTime: at(n), Approval: &s,
			}.Build()))
		},
		"RevokeAddress": func(s string, _ int64) error {
			return second(parseRevokeAddress(coffrev1.RevokeAddressRequest_builder{RequestId: &s, Safe: &s, Address: &s}.Build()))
		},
		"SetReferent": func(s string, _ int64) error {
			return second(parseSetReferent(coffrev1.SetReferentRequest_builder{RequestId: &s, Safe: &s, Agent: &s}.Build()))
		},
	}
}

func consentParsers(kinds *papers.Catalogue) map[string]reading {
	return map[string]reading{
		"ShowConsent": func(s string, n int64) error {
			return second(parseShowConsent(coffrev1.ShowConsentRequest_builder{Safe: &s, Terms: termsOf(s, n)}.Build(), kinds))
		},
		"AskConsent": func(s string, n int64) error {
			return second(parseAskConsent(coffrev1.AskConsentRequest_builder{RequestId: &s, Safe: &s, Terms: termsOf(s, n)}.Build(), kinds))
		},
		"GiveConsent": func(s string, n int64) error {
			return second(parseGiveConsent(coffrev1.GiveConsentRequest_builder{
				RequestId: &s, Safe: &s, Terms: termsOf(s, n), ShownDigest: []byte(s), Giving: givingOf(s, n), Proof: proofOf(s), Approval: &s,
			}.Build(), kinds))
		},
		"GiveConsent to a request": func(s string, n int64) error {
			return second(parseGiveConsent(coffrev1.GiveConsentRequest_builder{
				RequestId: &s, Safe: &s, Consent: &s, ShownDigest: []byte(s), Giving: givingOf(s, n), Proof: proofOf(s), Approval: &s,
			}.Build(), kinds))
		},
		"WithdrawConsent": func(s string, _ int64) error { return second(parseEndConsent(s, s, s)) },
		"WithdrawConsent by its slip": func(s string, _ int64) error {
			return second(parseWithdrawConsent(coffrev1.WithdrawConsentRequest_builder{RequestId: &s, Code: new(s + "!")}.Build()))
		},
		"PrintConsent": func(s string, n int64) error {
			return second(parsePrintConsent(coffrev1.PrintConsentRequest_builder{Safe: &s, Consent: &s, Form: new(coffrev1.PrintForm(int32(n)))}.Build()))
		},
		"PrintJournal": func(s string, n int64) error {
			return second(parsePrintJournal(coffrev1.PrintJournalRequest_builder{Safe: &s, FromTime: at(n), UntilTime: at(n)}.Build()))
		},
		"PrintPassport": func(s string, n int64) error {
			return second(parsePrintPassport(coffrev1.PrintPassportRequest_builder{
				RequestId: &s, Safe: &s, Form: new(coffrev1.PassportForm(int32(n))), Name: new(s + "\n"),
				Memos: []*coffrev1.MemoChoice{coffrev1.MemoChoice_builder{Document: &s, Discloses: new(coffrev1.Disclosure(int32(n)))}.Build()},
			}.Build()))
		},
		"LoseCopy": func(s string, n int64) error {
			return second(parseLoseCopy(coffrev1.LoseCopyRequest_builder{RequestId: &s, Safe: &s, Copy: new(int32(n)), Word: new(coffrev1.Word(int32(n)))}.Build()))
		},
		"CheckPage": func(s string, _ int64) error {
			return second(parseCheckPage(coffrev1.CheckPageRequest_builder{Code: &s}.Build()))
		},
		"WidenConsent": func(s string, _ int64) error {
			return second(parseWidenConsent(coffrev1.WidenConsentRequest_builder{RequestId: &s, Safe: &s, Consent: &s, Documents: []string{s}}.Build()))
		},
		"RenewConsent": func(s string, n int64) error {
			return second(parseRenewConsent(coffrev1.RenewConsentRequest_builder{
				RequestId: &s, Safe: &s, Consent: &s, UntilTime: at(n), ShownDigest: []byte(s), Giving: givingOf(s, n), Proof: proofOf(s), Approval: &s,
			}.Build()))
		},
		"StartSideBySide": func(s string, n int64) error {
			return second(parseStartSideBySide(coffrev1.StartSideBySideRequest_builder{Safe: &s, Terms: termsOf(s, n), ShownDigest: []byte(s), Giving: givingOf(s, n), Proof: proofOf(s)}.Build(), kinds))
		},
		"EndSideBySide": func(s string, n int64) error {
			return second(parseEndSideBySide(coffrev1.EndSideBySideRequest_builder{RequestId: &s, Safe: &s, UntilTime: at(n), ShownDigest: []byte(s), Giving: givingOf(s, n), Proof: proofOf(s)}.Build()))
		},
	}
}

func lockParsers() map[string]reading {
	return map[string]reading{
		"Unlock with a phone": func(s string, _ int64) error {
			return second(parseUnlock(coffrev1.UnlockRequest_builder{Safe: &s, PhoneSecret: &s, Pin: &s}.Build()))
		},
		"SetPin": func(s string, _ int64) error {
			return second(parseSetPin(coffrev1.SetPinRequest_builder{RequestId: &s, Safe: &s, Pin: &s, Proof: proofOf(s), Approval: &s}.Build()))
		},
		"OpenCounter": func(s string, _ int64) error {
			return second(parseOpenCounter(coffrev1.OpenCounterRequest_builder{Safe: &s, Proof: proofOf(s), Approval: &s}.Build()))
		},
		"ExtendCounter": func(s string, _ int64) error {
			return second(parseExtendCounter(coffrev1.ExtendCounterRequest_builder{Proof: proofOf(s)}.Build()))
		},
		"ProvePresence": func(s string, _ int64) error {
			return second(parseProvePresence(coffrev1.ProvePresenceRequest_builder{Safe: &s, Proof: proofOf(s)}.Build()))
		},
		"GrantPresence": func(s string, _ int64) error {
			return second(parseGrantPresence(coffrev1.GrantPresenceRequest_builder{Safe: &s, Number: &s}.Build()))
		},
		"safe": func(s string, _ int64) error { return second(onlySafe(s)) },
		"PrepareHandover": func(s string, _ int64) error {
			return second(parsePrepareHandover(coffrev1.PrepareHandoverRequest_builder{Safe: &s, Leader: &s}.Build()))
		},
		"Handover": func(s string, _ int64) error {
			return second(parseHandover(coffrev1.HandoverRequest_builder{RequestId: &s, Safe: &s, Sheet: &s, Code: &s, Pin: &s}.Build()))
		},
		"WaitHandover": func(s string, _ int64) error {
			return second(parseWaitHandover(coffrev1.WaitHandoverRequest_builder{RequestId: &s, Safe: &s, Leader: &s}.Build()))
		},
		"RenewSheet": func(s string, _ int64) error {
			return second(parseRenewSheet(coffrev1.RenewSheetRequest_builder{RequestId: &s, Safe: &s, Proof: proofOf(s), Approval: &s}.Build()))
		},
		"ActivateLogin": func(s string, _ int64) error {
			return second(parseActivateLogin(coffrev1.ActivateLoginRequest_builder{RequestId: &s, Safe: &s, Code: &s, Approval: &s}.Build()))
		},
		"RelinkLogin": func(s string, _ int64) error {
			return second(parseRelinkLogin(coffrev1.RelinkLoginRequest_builder{RequestId: &s, Safe: &s, Login: loginOf(s), Approval: &s}.Build()))
		},
		"AskRecovery": func(s string, n int64) error {
			return second(parseAskRecovery(coffrev1.AskRecoveryRequest_builder{RequestId: &s, Safe: &s, Approval: &s, Kit: new(coffrev1.KitLoss(int32(n)))}.Build()))
		},
		"MakeKit": func(s string, n int64) error {
			return second(parseMakeKit(coffrev1.MakeKitRequest_builder{RequestId: &s, Safe: &s, Discreet: new(coffrev1.DiscreetKit(int32(n)))}.Build()))
		},
		"OpenKit": func(s string, _ int64) error {
			return second(parseOpenKit(coffrev1.OpenKitRequest_builder{Safe: &s, Pair: coffrev1.KitPair_builder{First: &s, Second: &s}.Build(), Pin: &s}.Build()))
		},
		"FinishKit": func(s string, _ int64) error {
			return second(parseFinishKit(coffrev1.FinishKitRequest_builder{
				RequestId: &s, Safe: &s, Pair: coffrev1.KitPair_builder{First: &s, Second: &s}.Build(), Pin: &s, Approval: &s,
			}.Build()))
		},
		"PrintLetter": func(s string, _ int64) error {
			return second(parsePrintLetter(coffrev1.PrintLetterRequest_builder{Approval: &s}.Build()))
		},
		"PrintLetter about sheets": func(s string, _ int64) error {
			return second(parsePrintLetter(coffrev1.PrintLetterRequest_builder{Safe: &s}.Build()))
		},
		"PrintLetter about both": func(s string, _ int64) error {
			return second(parsePrintLetter(coffrev1.PrintLetterRequest_builder{Approval: &s, Safe: &s}.Build()))
		},
		"CancelKit": func(s string, n int64) error {
			return second(parseCancelKit(coffrev1.CancelKitRequest_builder{RequestId: &s, Safe: &s, Word: new(coffrev1.Word(int32(n)))}.Build()))
		},
		"ResetPassword": func(s string, _ int64) error {
			return second(parseResetPassword(coffrev1.ResetPasswordRequest_builder{Safe: &s, Proof: proofOf(s), Password: &s}.Build()))
		},
		"Unfreeze": func(s string, _ int64) error {
			return second(parseUnfreeze(coffrev1.UnfreezeRequest_builder{RequestId: &s, Safe: &s, Proof: proofOf(s), Approval: &s}.Build()))
		},
		"Freeze": func(s string, _ int64) error {
			return second(parseFreeze(coffrev1.FreezeRequest_builder{RequestId: &s, Safe: &s}.Build()))
		},
		"ShutOut an agent": func(s string, _ int64) error {
			return second(parseShutOut(s, s, coffrev1.ShutOutRequest_builder{Agent: &s}.Build()))
		},
		"LetIn a structure": func(s string, _ int64) error {
			return second(parseShutOut(s, s, coffrev1.LetInRequest_builder{Structure: &s}.Build()))
		},
		"SetDiscreet": func(s string, n int64) error {
			return second(parseSetDiscreet(coffrev1.SetDiscreetRequest_builder{RequestId: &s, Safe: &s, Discretion: new(coffrev1.Discretion(int32(n))), Kit: new(coffrev1.DiscreetKit(int32(n)))}.Build()))
		},
		"AddPhone": func(s string, _ int64) error {
			return second(parseAddPhone(coffrev1.AddPhoneRequest_builder{RequestId: &s, Safe: &s, Recipient: &s, Label: &s}.Build()))
		},
		"RemoveWay": func(s string, _ int64) error {
			return second(parseRemoveWay(coffrev1.RemoveWayRequest_builder{RequestId: &s, Safe: &s, Way: &s}.Build()))
		},
	}
}

// peopleRefuse is what each of these parsers refuses when everything is wrong.
func peopleRefuse() map[string]string {
	const (
		terms = "terms.agent terms.function terms.replacement terms.purpose terms.precise terms.posture terms.actions " +
			"terms.scope.documents terms.scope.kinds terms.scope.drawers terms.arrivals terms.presence terms.language terms.reason"
		giving = "giving.method giving.company giving.protection giving.witness"
		proof  = "proof.code proof.pin"
	)
	return map[string]string{
		"EnrolAgent": "request_id login name functions until_time approval", "ChangeAgent": "request_id agent name functions until_time approval",
		"ReissueAccount": "agent approval",
		"EndAgent":       "request_id agent", "AssignSuccessor": "request_id agent function successor", "Approve": "approval",
		"FindSafe": "name birth_date", "FindSafe by address": "address",
		"SetRegister":     "request_id safe entry.name entry.birth_date entry.language",
		"RegisterPartner": "request_id name until_time approval partner siret public_key",
		"IssueAddress":    "request_id safe partner label", "RevokeAddress": "request_id safe address", "SetReferent": "request_id safe agent",

		"ShowConsent":                 "safe " + terms + " terms.from_time terms.until_time",
		"AskConsent":                  "request_id safe " + terms + " terms.from_time terms.until_time",
		"GiveConsent":                 "request_id safe shown_digest " + giving + " " + proof + " approval " + terms + " terms.from_time terms.until_time",
		"GiveConsent to a request":    "request_id safe shown_digest " + giving + " " + proof + " approval consent",
		"WithdrawConsent by its slip": "request_id code", "PrintConsent": "safe consent form",
		"PrintJournal": "safe from_time until_time", "CheckPage": "code",
		"PrintPassport": "request_id safe form name memos[0].document memos[0].discloses", "LoseCopy": "request_id safe word copy",
		"WithdrawConsent": "request_id safe consent", "WidenConsent": "request_id safe consent documents",
		"RenewConsent":    "request_id safe consent until_time shown_digest " + giving + " " + proof + " approval",
		"StartSideBySide": "safe " + terms + " terms.until_time shown_digest " + giving + " " + proof,
		"EndSideBySide":   "request_id safe until_time shown_digest " + giving + " " + proof,

		"Unlock with a phone": "safe phone_secret pin",
		"SetPin":              "request_id safe pin " + proof + " approval", "OpenCounter": "safe " + proof + " approval",
		"ExtendCounter": proof, "ProvePresence": "safe " + proof, "GrantPresence": "safe number", "safe": "safe",
		"RenewSheet": "request_id safe " + proof + " approval", "ActivateLogin": "request_id safe code approval",
		"RelinkLogin": "request_id safe approval login", "AskRecovery": "request_id safe approval kit",
		"MakeKit": "request_id safe discreet", "OpenKit": "safe pair.first pair.second pin",
		"FinishKit": "request_id safe pair.first pair.second pin approval", "CancelKit": "request_id safe word",
		"PrintLetter": "approval", "PrintLetter about sheets": "safe", "PrintLetter about both": "safe",
		"ResetPassword": "safe proof.code proof.pin password", "Unfreeze": "request_id safe " + proof + " approval", "Freeze": "request_id safe",
		"PrepareHandover": "safe leader", "Handover": "request_id safe sheet code pin", "WaitHandover": "request_id safe leader",
		"ShutOut an agent": "request_id safe agent", "LetIn a structure": "request_id safe structure",
		"SetDiscreet": "request_id safe discretion kit", "AddPhone": "request_id safe recipient label", "RemoveWay": "request_id safe way",
	}
}

func peopleParsers(kinds *papers.Catalogue) map[string]reading {
	all := structureParsers()
	maps.Copy(all, consentParsers(kinds))
	maps.Copy(all, lockParsers())
	return all
}
