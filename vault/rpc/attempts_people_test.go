package rpc_test

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// What the attempts send: well formed, and right for nobody.
var (
	wrongCode      = "0000-1111-2222-3333-4444"
	wrongPIN       = "204857"
	phoneRecipient = func() string {
		id, err := seal.NewIdentity()
		if err != nil {
			panic(err)
		}
		return id.Recipient().String()
	}()
)

func wrongProof() *coffrev1.Proof {
	return coffrev1.Proof_builder{Code: &wrongCode, Pin: &wrongPIN}.Build()
}

func wrongPair() *coffrev1.KitPair {
	return coffrev1.KitPair_builder{First: &wrongCode, Second: &wrongCode}.Build()
}

func alone() *coffrev1.Giving {
	return coffrev1.Giving_builder{
		Method:  new(coffrev1.Method_METHOD_COUNTER),
		Company: new(coffrev1.Company_COMPANY_ALONE), Protection: new(coffrev1.Protection_PROTECTION_NONE),
	}.Build()
}

// nobodysLogin is a login that no agent and no person has.
func nobodysLogin() *coffrev1.Login {
	return coffrev1.Login_builder{Issuer: new("https://issuer.test"), Subject: new(vault.NewRequestID().String())}.Build()
}

func nextMonth() *timestamppb.Timestamp {
	return timestamppb.New(time.Now().AddDate(0, 1, 0).Truncate(time.Second))
}

func termsFor(x ids) *coffrev1.Terms {
	return coffrev1.Terms_builder{
		Agent: &x.agent, Function: new("social-worker"), Purpose: new("rsa"), Precise: new("essai"),
		Posture: new(coffrev1.Posture_POSTURE_WITH), Actions: []coffrev1.Action{coffrev1.Action_ACTION_READ},
		Scope:    coffrev1.Scope_builder{Drawers: []string{"logement"}}.Build(),
		FromTime: timestamppb.New(time.Now().Truncate(time.Second)), UntilTime: nextMonth(), Language: new("fr"),
	}.Build()
}

func untimed(t *coffrev1.Terms) *coffrev1.Terms {
	t.ClearFromTime()
	t.ClearUntilTime()
	return t
}

// peopleAttempts are those of structures and the register.
var peopleAttempts = map[string]attempt{
	coffrev1.StructureService_GetSelf_FullMethodName: {0, func(ctx context.Context, conn grpc.ClientConnInterface, _ ids) error {
		return call(ctx, coffrev1.NewStructureServiceClient(conn).GetSelf, &coffrev1.GetSelfRequest{})
	}},
	coffrev1.StructureService_EnrolAgent_FullMethodName: {0, func(ctx context.Context, conn grpc.ClientConnInterface, _ ids) error {
		return call(ctx, coffrev1.NewStructureServiceClient(conn).EnrolAgent, coffrev1.EnrolAgentRequest_builder{RequestId: requestID(), Login: nobodysLogin(), Name: new("ESSAI Agent"), Functions: []string{"reception"}, UntilTime: nextMonth()}.Build())
	}},
	coffrev1.StructureService_ChangeAgent_FullMethodName: {onAgent, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewStructureServiceClient(conn).ChangeAgent, coffrev1.ChangeAgentRequest_builder{RequestId: requestID(), Agent: &x.agent, Name: new("ESSAI Agent"), Functions: []string{"reception"}, UntilTime: nextMonth()}.Build())
	}},
	coffrev1.StructureService_EndAgent_FullMethodName: {onAgent, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewStructureServiceClient(conn).EndAgent, coffrev1.EndAgentRequest_builder{RequestId: requestID(), Agent: &x.agent}.Build())
	}},
	coffrev1.StructureService_AssignSuccessor_FullMethodName: {onAgent, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewStructureServiceClient(conn).AssignSuccessor, coffrev1.AssignSuccessorRequest_builder{RequestId: requestID(), Agent: &x.agent, Function: new("reception"), Successor: new(vault.NewAgentID().String())}.Build())
	}},
	coffrev1.StructureService_InviteAccount_FullMethodName: {0, func(ctx context.Context, conn grpc.ClientConnInterface, _ ids) error {
		return call(ctx, coffrev1.NewStructureServiceClient(conn).InviteAccount, coffrev1.InviteAccountRequest_builder{RequestId: requestID(), Kind: coffrev1.AccountKind_ACCOUNT_KIND_PERSON.Enum(), Name: new("ESSAI Personne")}.Build())
	}},
	coffrev1.StructureService_ReissueAccount_FullMethodName: {onAgent, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewStructureServiceClient(conn).ReissueAccount, coffrev1.ReissueAccountRequest_builder{Agent: &x.agent}.Build())
	}},
	coffrev1.StructureService_ListAgents_FullMethodName: {0, func(ctx context.Context, conn grpc.ClientConnInterface, _ ids) error {
		return call(ctx, coffrev1.NewStructureServiceClient(conn).ListAgents, &coffrev1.ListAgentsRequest{})
	}},
	coffrev1.StructureService_GetDepartureReport_FullMethodName: {onAgent, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewStructureServiceClient(conn).GetDepartureReport, coffrev1.GetDepartureReportRequest_builder{Agent: &x.agent}.Build())
	}},
	coffrev1.StructureService_GetStructureReport_FullMethodName: {0, func(ctx context.Context, conn grpc.ClientConnInterface, _ ids) error {
		return call(ctx, coffrev1.NewStructureServiceClient(conn).GetStructureReport, &coffrev1.GetStructureReportRequest{})
	}},
	coffrev1.StructureService_ListAnomalies_FullMethodName: {0, func(ctx context.Context, conn grpc.ClientConnInterface, _ ids) error {
		return call(ctx, coffrev1.NewStructureServiceClient(conn).ListAnomalies, &coffrev1.ListAnomaliesRequest{})
	}},
	coffrev1.StructureService_ListApprovals_FullMethodName: {0, func(ctx context.Context, conn grpc.ClientConnInterface, _ ids) error {
		return call(ctx, coffrev1.NewStructureServiceClient(conn).ListApprovals, &coffrev1.ListApprovalsRequest{})
	}},
	coffrev1.StructureService_Approve_FullMethodName: {onApproval, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewStructureServiceClient(conn).Approve, coffrev1.ApproveRequest_builder{Approval: &x.approval}.Build())
	}},
	coffrev1.StructureService_Decline_FullMethodName: {onApproval, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewStructureServiceClient(conn).Decline, coffrev1.DeclineRequest_builder{Approval: &x.approval}.Build())
	}},
	coffrev1.TrainingService_OpenTraining_FullMethodName: {0, func(ctx context.Context, conn grpc.ClientConnInterface, _ ids) error {
		return call(ctx, coffrev1.NewTrainingServiceClient(conn).OpenTraining, coffrev1.OpenTrainingRequest_builder{RequestId: requestID()}.Build())
	}},
	coffrev1.TrainingService_ListTrainings_FullMethodName: {0, func(ctx context.Context, conn grpc.ClientConnInterface, _ ids) error {
		return call(ctx, coffrev1.NewTrainingServiceClient(conn).ListTrainings, &coffrev1.ListTrainingsRequest{})
	}},
	coffrev1.TrainingService_EndTraining_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewTrainingServiceClient(conn).EndTraining, coffrev1.EndTrainingRequest_builder{Safe: &x.safe}.Build())
	}},
	coffrev1.PartnerService_RegisterPartner_FullMethodName: {onAgent, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewPartnerServiceClient(conn).RegisterPartner, coffrev1.RegisterPartnerRequest_builder{
			RequestId: requestID(), Partner: &x.agent, Name: new("Organisme-Exemple"), Siret: new("73282932000074"),
			PublicKey: programKey.Bytes(), UntilTime: timestamppb.New(time.Now().Add(100 * 24 * time.Hour)),
		}.Build())
	}},
	coffrev1.PartnerService_ListPartners_FullMethodName: {0, func(ctx context.Context, conn grpc.ClientConnInterface, _ ids) error {
		return call(ctx, coffrev1.NewPartnerServiceClient(conn).ListPartners, &coffrev1.ListPartnersRequest{})
	}},
	coffrev1.RegisterService_FindSafe_FullMethodName: {onlyAddress, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewRegisterServiceClient(conn).FindSafe, coffrev1.FindSafeRequest_builder{Address: &x.address}.Build())
	}},
	coffrev1.RegisterService_SetRegister_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewRegisterServiceClient(conn).SetRegister, coffrev1.SetRegisterRequest_builder{RequestId: requestID(), Safe: &x.safe, Entry: coffrev1.RegisterEntry_builder{Name: new("ESSAI Personne"), BirthDate: new("1980-01-00"), Language: new("fr")}.Build()}.Build())
	}},
	coffrev1.RegisterService_IssueAddress_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewRegisterServiceClient(conn).IssueAddress, coffrev1.IssueAddressRequest_builder{RequestId: requestID(), Safe: &x.safe, Label: new("essai")}.Build())
	}},
	coffrev1.RegisterService_RevokeAddress_FullMethodName: {onAddress, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewRegisterServiceClient(conn).RevokeAddress, coffrev1.RevokeAddressRequest_builder{RequestId: requestID(), Safe: &x.safe, Address: &x.address}.Build())
	}},
	coffrev1.RegisterService_GetCircle_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewRegisterServiceClient(conn).GetCircle, coffrev1.GetCircleRequest_builder{Safe: &x.safe}.Build())
	}},
	coffrev1.RegisterService_SetReferent_FullMethodName: {onSafe | onAgent, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewRegisterServiceClient(conn).SetReferent, coffrev1.SetReferentRequest_builder{RequestId: requestID(), Safe: &x.safe, Agent: &x.agent}.Build())
	}},
}

// consentAttempts are those of consents and of who is there.
var consentAttempts = map[string]attempt{
	coffrev1.ConsentService_ShowConsent_FullMethodName: {onSafe | onAgent, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewConsentServiceClient(conn).ShowConsent, coffrev1.ShowConsentRequest_builder{Safe: &x.safe, Terms: termsFor(x)}.Build())
	}},
	coffrev1.ConsentService_AskConsent_FullMethodName: {onSafe | onAgent, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewConsentServiceClient(conn).AskConsent, coffrev1.AskConsentRequest_builder{RequestId: requestID(), Safe: &x.safe, Terms: termsFor(x)}.Build())
	}},
	coffrev1.ConsentService_GiveConsent_FullMethodName: {onConsent, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewConsentServiceClient(conn).GiveConsent, coffrev1.GiveConsentRequest_builder{RequestId: requestID(), Safe: &x.safe, Consent: &x.consent, ShownDigest: make([]byte, 32), Giving: alone(), Proof: wrongProof()}.Build())
	}},
	coffrev1.ConsentService_RefuseConsent_FullMethodName: {onConsent, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewConsentServiceClient(conn).RefuseConsent, coffrev1.RefuseConsentRequest_builder{RequestId: requestID(), Safe: &x.safe, Consent: &x.consent}.Build())
	}},
	coffrev1.ConsentService_WithdrawConsent_FullMethodName: {onConsent, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewConsentServiceClient(conn).WithdrawConsent, coffrev1.WithdrawConsentRequest_builder{RequestId: requestID(), Safe: &x.safe, Consent: &x.consent}.Build())
	}},
	coffrev1.ConsentService_WithdrawConsents_FullMethodName: {onSafe | onAgent, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewConsentServiceClient(conn).WithdrawConsents, coffrev1.WithdrawConsentsRequest_builder{RequestId: requestID(), Safe: &x.safe, Agent: &x.agent, Word: new(coffrev1.Word_WORD_TELEPHONE)}.Build())
	}},
	coffrev1.ConsentService_WidenConsent_FullMethodName: {onConsent | onlyDocument, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewConsentServiceClient(conn).WidenConsent, coffrev1.WidenConsentRequest_builder{RequestId: requestID(), Safe: &x.safe, Consent: &x.consent, Documents: []string{x.doc}}.Build())
	}},
	coffrev1.ConsentService_RenewConsent_FullMethodName: {onConsent, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewConsentServiceClient(conn).RenewConsent, coffrev1.RenewConsentRequest_builder{RequestId: requestID(), Safe: &x.safe, Consent: &x.consent, UntilTime: nextMonth(), ShownDigest: make([]byte, 32), Giving: alone(), Proof: wrongProof()}.Build())
	}},
	coffrev1.ConsentService_ListConsents_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewConsentServiceClient(conn).ListConsents, coffrev1.ListConsentsRequest_builder{Safe: &x.safe}.Build())
	}},
	coffrev1.ConsentService_ListHelped_FullMethodName: {0, func(ctx context.Context, conn grpc.ClientConnInterface, _ ids) error {
		return call(ctx, coffrev1.NewConsentServiceClient(conn).ListHelped, &coffrev1.ListHelpedRequest{})
	}},
	coffrev1.PresenceService_SetPin_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewPresenceServiceClient(conn).SetPin, coffrev1.SetPinRequest_builder{RequestId: requestID(), Safe: &x.safe, Pin: new("204857"), Proof: wrongProof()}.Build())
	}},
	coffrev1.PresenceService_OpenCounter_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewPresenceServiceClient(conn).OpenCounter, coffrev1.OpenCounterRequest_builder{Safe: &x.safe, Proof: wrongProof()}.Build())
	}},
	coffrev1.PresenceService_ExtendCounter_FullMethodName: {0, func(ctx context.Context, conn grpc.ClientConnInterface, _ ids) error {
		return call(ctx, coffrev1.NewPresenceServiceClient(conn).ExtendCounter, coffrev1.ExtendCounterRequest_builder{Proof: wrongProof()}.Build())
	}},
	coffrev1.PresenceService_ProvePresence_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewPresenceServiceClient(conn).ProvePresence, coffrev1.ProvePresenceRequest_builder{Safe: &x.safe, Proof: wrongProof()}.Build())
	}},
	coffrev1.PresenceService_AskPresence_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewPresenceServiceClient(conn).AskPresence, coffrev1.AskPresenceRequest_builder{Safe: &x.safe}.Build())
	}},
	coffrev1.PresenceService_GrantPresence_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewPresenceServiceClient(conn).GrantPresence, coffrev1.GrantPresenceRequest_builder{Safe: &x.safe, Number: new("42")}.Build())
	}},
	coffrev1.PresenceService_StartSideBySide_FullMethodName: {onSafe | onAgent, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewPresenceServiceClient(conn).StartSideBySide, coffrev1.StartSideBySideRequest_builder{Safe: &x.safe, Terms: untimed(termsFor(x)), ShownDigest: make([]byte, 32), Giving: alone(), Proof: wrongProof()}.Build())
	}},
	coffrev1.PresenceService_EndSideBySide_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewPresenceServiceClient(conn).EndSideBySide, coffrev1.EndSideBySideRequest_builder{RequestId: requestID(), Safe: &x.safe}.Build())
	}},
}

// printAttempts are those of printed pages and notices.
var printAttempts = map[string]attempt{
	coffrev1.PrintService_PrintConsent_FullMethodName: {onConsent, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewPrintServiceClient(conn).PrintConsent, coffrev1.PrintConsentRequest_builder{Safe: &x.safe, Consent: &x.consent, Form: new(coffrev1.PrintForm_PRINT_FORM_RECEIPT)}.Build())
	}},
	coffrev1.PrintService_PrintJournal_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewPrintServiceClient(conn).PrintJournal, coffrev1.PrintJournalRequest_builder{Safe: &x.safe}.Build())
	}},
	coffrev1.PrintService_PrintDeparture_FullMethodName: {onAgent, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewPrintServiceClient(conn).PrintDeparture, coffrev1.PrintDepartureRequest_builder{Agent: &x.agent}.Build())
	}},
	coffrev1.PrintService_PrintLetter_FullMethodName: {onApproval, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewPrintServiceClient(conn).PrintLetter, coffrev1.PrintLetterRequest_builder{Approval: &x.approval}.Build())
	}},
	coffrev1.PassportService_PrintPassport_FullMethodName: {onDocument, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewPassportServiceClient(conn).PrintPassport, coffrev1.PrintPassportRequest_builder{
			RequestId: requestID(), Safe: &x.safe, Form: new(coffrev1.PassportForm_PASSPORT_FORM_CARDS),
			Memos: []*coffrev1.MemoChoice{coffrev1.MemoChoice_builder{Document: &x.doc}.Build()},
		}.Build())
	}},
	coffrev1.PassportService_ListCopies_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewPassportServiceClient(conn).ListCopies, coffrev1.ListCopiesRequest_builder{Safe: &x.safe}.Build())
	}},
	coffrev1.PassportService_LoseCopy_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewPassportServiceClient(conn).LoseCopy, coffrev1.LoseCopyRequest_builder{
			RequestId: requestID(), Safe: &x.safe, Copy: new(int32(1)), Word: new(coffrev1.Word_WORD_TELEPHONE),
		}.Build())
	}},
	coffrev1.PrintService_ListNotices_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewPrintServiceClient(conn).ListNotices, coffrev1.ListNoticesRequest_builder{Safe: &x.safe}.Build())
	}},
}

// handoverAttempts are those of the end of a workshop.
var handoverAttempts = map[string]attempt{
	coffrev1.HandoverService_PrepareHandover_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewHandoverServiceClient(conn).PrepareHandover, coffrev1.PrepareHandoverRequest_builder{Safe: &x.safe, Leader: &x.agent}.Build())
	}},
	coffrev1.HandoverService_Handover_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewHandoverServiceClient(conn).Handover, coffrev1.HandoverRequest_builder{
			RequestId: requestID(), Safe: &x.safe, Sheet: new(vault.NewWayID().String()), Code: &wrongCode, Pin: new("582946"),
		}.Build())
	}},
	coffrev1.HandoverService_WaitHandover_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewHandoverServiceClient(conn).WaitHandover, coffrev1.WaitHandoverRequest_builder{RequestId: requestID(), Safe: &x.safe}.Build())
	}},
}

// lockAttempts are those of the ways into a safe.
var lockAttempts = map[string]attempt{
	coffrev1.LockService_GetSafe_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewLockServiceClient(conn).GetSafe, coffrev1.GetSafeRequest_builder{Safe: &x.safe}.Build())
	}},
	coffrev1.LockService_RenewSheet_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewLockServiceClient(conn).RenewSheet, coffrev1.RenewSheetRequest_builder{RequestId: requestID(), Safe: &x.safe, Proof: wrongProof()}.Build())
	}},
	coffrev1.LockService_ActivateLogin_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewLockServiceClient(conn).ActivateLogin, coffrev1.ActivateLoginRequest_builder{RequestId: requestID(), Safe: &x.safe, Code: &wrongCode}.Build())
	}},
	coffrev1.LockService_RelinkLogin_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewLockServiceClient(conn).RelinkLogin, coffrev1.RelinkLoginRequest_builder{RequestId: requestID(), Safe: &x.safe, Login: nobodysLogin()}.Build())
	}},
	coffrev1.LockService_AskRecovery_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewLockServiceClient(conn).AskRecovery, coffrev1.AskRecoveryRequest_builder{RequestId: requestID(), Safe: &x.safe}.Build())
	}},
	coffrev1.RecoveryService_MakeKit_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewRecoveryServiceClient(conn).MakeKit, coffrev1.MakeKitRequest_builder{RequestId: requestID(), Safe: &x.safe}.Build())
	}},
	coffrev1.RecoveryService_OpenKit_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewRecoveryServiceClient(conn).OpenKit, coffrev1.OpenKitRequest_builder{Safe: &x.safe, Pair: wrongPair()}.Build())
	}},
	coffrev1.RecoveryService_FinishKit_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewRecoveryServiceClient(conn).FinishKit, coffrev1.FinishKitRequest_builder{RequestId: requestID(), Safe: &x.safe, Pair: wrongPair()}.Build())
	}},
	coffrev1.RecoveryService_CancelKit_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewRecoveryServiceClient(conn).CancelKit, coffrev1.CancelKitRequest_builder{RequestId: requestID(), Safe: &x.safe, Word: new(coffrev1.Word_WORD_PRESENT)}.Build())
	}},
	coffrev1.LockService_Freeze_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewLockServiceClient(conn).Freeze, coffrev1.FreezeRequest_builder{RequestId: requestID(), Safe: &x.safe}.Build())
	}},
	coffrev1.LockService_Unfreeze_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewLockServiceClient(conn).Unfreeze, coffrev1.UnfreezeRequest_builder{RequestId: requestID(), Safe: &x.safe, Proof: wrongProof()}.Build())
	}},
	coffrev1.LockService_ShutOut_FullMethodName: {onSafe | onAgent, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewLockServiceClient(conn).ShutOut, coffrev1.ShutOutRequest_builder{RequestId: requestID(), Safe: &x.safe, Agent: &x.agent}.Build())
	}},
	coffrev1.LockService_LetIn_FullMethodName: {onSafe | onAgent, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewLockServiceClient(conn).LetIn, coffrev1.LetInRequest_builder{RequestId: requestID(), Safe: &x.safe, Agent: &x.agent}.Build())
	}},
	coffrev1.LockService_SetDiscreet_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewLockServiceClient(conn).SetDiscreet, coffrev1.SetDiscreetRequest_builder{RequestId: requestID(), Safe: &x.safe, Discretion: new(coffrev1.Discretion_DISCRETION_NORMAL)}.Build())
	}},
	coffrev1.LockService_AddPhone_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewLockServiceClient(conn).AddPhone, coffrev1.AddPhoneRequest_builder{RequestId: requestID(), Safe: &x.safe, Recipient: &phoneRecipient, Label: new("essai")}.Build())
	}},
	coffrev1.LockService_RemoveWay_FullMethodName: {onWay, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewLockServiceClient(conn).RemoveWay, coffrev1.RemoveWayRequest_builder{RequestId: requestID(), Safe: &x.safe, Way: &x.way}.Build())
	}},
	coffrev1.LockService_ListWays_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewLockServiceClient(conn).ListWays, coffrev1.ListWaysRequest_builder{Safe: &x.safe}.Build())
	}},
}

// relayAttempts are those of tasks on their way.
var relayAttempts = map[string]attempt{
	coffrev1.RelayService_SendRelay_FullMethodName: {onSafe | onAgent, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewRelayServiceClient(conn).SendRelay, coffrev1.SendRelayRequest_builder{
			RequestId: requestID(), Safe: &x.safe, Agent: &x.agent, Purpose: new("rsa"), Posture: new(coffrev1.Posture_POSTURE_WITH), Text: new("essai"), DueTime: nextMonth(),
		}.Build())
	}},
	coffrev1.RelayService_TakeRelay_FullMethodName: {onRelay, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewRelayServiceClient(conn).TakeRelay, coffrev1.TakeRelayRequest_builder{RequestId: requestID(), Safe: &x.safe, Relay: &x.relay}.Build())
	}},
	coffrev1.RelayService_FinishRelay_FullMethodName: {onRelay, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewRelayServiceClient(conn).FinishRelay, coffrev1.FinishRelayRequest_builder{RequestId: requestID(), Safe: &x.safe, Relay: &x.relay}.Build())
	}},
	coffrev1.RelayService_ReturnRelay_FullMethodName: {onRelay, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewRelayServiceClient(conn).ReturnRelay, coffrev1.ReturnRelayRequest_builder{RequestId: requestID(), Safe: &x.safe, Relay: &x.relay}.Build())
	}},
	coffrev1.RelayService_ForbidRelays_FullMethodName: {onRelay, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewRelayServiceClient(conn).ForbidRelays, coffrev1.ForbidRelaysRequest_builder{RequestId: requestID(), Safe: &x.safe, Relay: &x.relay}.Build())
	}},
	coffrev1.RelayService_AllowRelays_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewRelayServiceClient(conn).AllowRelays, coffrev1.AllowRelaysRequest_builder{RequestId: requestID(), Safe: &x.safe}.Build())
	}},
	coffrev1.RelayService_ListRelays_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewRelayServiceClient(conn).ListRelays, coffrev1.ListRelaysRequest_builder{Safe: &x.safe}.Build())
	}},
}
