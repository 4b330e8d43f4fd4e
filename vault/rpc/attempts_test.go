package rpc_test

import (
	"context"
	"errors"
	"io"
	"maps"

	"google.golang.org/grpc"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/texts"
)

// ids are what a request can name.
type ids struct{ safe, doc, consent, agent, structure, approval, address, way, relay, cycle string }

// about names a safe and a document, and for all else what never was.
func about(safe, doc string) ids {
	x := never()
	x.safe, x.doc = safe, doc
	return x
}

// never are ids that nothing ever had.
func never() ids {
	return ids{
		safe: vault.NewSafeID().String(), doc: vault.NewDocumentID().String(), consent: vault.NewConsentID().String(),
		agent: vault.NewAgentID().String(), structure: vault.NewStructureID().String(), approval: vault.NewApprovalID().String(),
		address: vault.NewAddressID().String(), way: vault.NewWayID().String(), relay: vault.NewRelayID().String(), cycle: vault.NewCycleID().String(),
	}
}

// A naming says which ids a method's requests hold.
type naming uint16

const (
	onSafe naming = 1 << iota
	onlyDocument
	onlyConsent
	onAgent
	onApproval
	onlyAddress
	onlyWay
	onlyRelay
	onCycle

	onDocument = onSafe | onlyDocument
	onConsent  = onSafe | onlyConsent
	onAddress  = onSafe | onlyAddress
	onWay      = onSafe | onlyWay
	onRelay    = onSafe | onlyRelay
)

// An attempt calls one method.
type attempt struct {
	on  naming
	try func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error
}

func call[Q, A any](ctx context.Context, method func(context.Context, Q, ...grpc.CallOption) (A, error), req Q) error {
	_, err := method(ctx, req)
	return err
}

// attempts are all methods that need a session.
var attempts = func() map[string]attempt {
	all := maps.Clone(paperAttempts)
	maps.Copy(all, peopleAttempts)
	maps.Copy(all, consentAttempts)
	maps.Copy(all, lockAttempts)
	maps.Copy(all, handoverAttempts)
	maps.Copy(all, printAttempts)
	maps.Copy(all, relayAttempts)
	maps.Copy(all, workshopAttempts)
	return all
}()

// paperAttempts are those of sessions, papers and the trail.
var paperAttempts = map[string]attempt{
	coffrev1.SessionService_Unlock_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewSessionServiceClient(conn).Unlock, coffrev1.UnlockRequest_builder{Safe: &x.safe, Code: new("0000-1111-2222-3333-4444")}.Build())
	}},
	coffrev1.SessionService_Lock_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewSessionServiceClient(conn).Lock, coffrev1.LockRequest_builder{Safe: &x.safe}.Build())
	}},
	coffrev1.SafeService_EntrustDrawer_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewSafeServiceClient(conn).EntrustDrawer, coffrev1.EntrustDrawerRequest_builder{RequestId: requestID(), Safe: &x.safe, Drawer: new("sante"), AgreementVersion: new(texts.Version)}.Build())
	}},
	coffrev1.SafeService_TakeBackDrawer_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewSafeServiceClient(conn).TakeBackDrawer, coffrev1.TakeBackDrawerRequest_builder{RequestId: requestID(), Safe: &x.safe, Drawer: new("sante")}.Build())
	}},
	coffrev1.DocumentService_Deposit_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		_, err := deposit(ctx, conn, *requestID(), x.safe, paper{title: "essai", body: []byte("essai")})
		return err
	}},
	coffrev1.DocumentService_DepositBatch_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		_, err := depositBatch(ctx, conn, *requestID(), x.safe, paper{title: "essai", body: []byte("essai")})
		return err
	}},
	coffrev1.DocumentService_Read_FullMethodName: {onDocument, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		stream, err := coffrev1.NewDocumentServiceClient(conn).Read(ctx, coffrev1.ReadRequest_builder{Safe: &x.safe, Document: &x.doc}.Build())
		if err != nil {
			return err
		}
		for {
			if _, err := stream.Recv(); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return err
			}
		}
	}},
	coffrev1.DocumentService_Destroy_FullMethodName: {onDocument, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewDocumentServiceClient(conn).Destroy, coffrev1.DestroyRequest_builder{RequestId: requestID(), Safe: &x.safe, Document: &x.doc}.Build())
	}},
	coffrev1.MemoService_PutMemos_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewMemoServiceClient(conn).PutMemos, coffrev1.PutMemosRequest_builder{RequestId: requestID(), Safe: &x.safe, Memos: []*coffrev1.NewMemo{
			coffrev1.NewMemo_builder{Memo: coffrev1.Memo_builder{Body: new("caf")}.Build(), Secret: new("secret fictif")}.Build(),
		}}.Build())
	}},
	coffrev1.MemoService_OpenMemo_FullMethodName: {onDocument, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewMemoServiceClient(conn).OpenMemo, coffrev1.OpenMemoRequest_builder{Safe: &x.safe, Document: &x.doc, Reason: new("fictif")}.Build())
	}},
	coffrev1.MemoService_ViewMemo_FullMethodName: {0, func(ctx context.Context, conn grpc.ClientConnInterface, _ ids) error {
		return call(ctx, coffrev1.NewMemoServiceClient(conn).ViewMemo, coffrev1.ViewMemoRequest_builder{View: new(vault.ViewID(vault.NewReleaseID()).String())}.Build())
	}},
	coffrev1.MemoService_ChangeMemo_FullMethodName: {onDocument, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewMemoServiceClient(conn).ChangeMemo, coffrev1.ChangeMemoRequest_builder{RequestId: requestID(), Safe: &x.safe, Document: &x.doc, Tested: new(true)}.Build())
	}},
	coffrev1.PapersService_Bring_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewPapersServiceClient(conn).Bring, coffrev1.BringRequest_builder{Safe: &x.safe, Purpose: new("rsa")}.Build())
	}},
	coffrev1.PapersService_Sort_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewPapersServiceClient(conn).Sort, coffrev1.SortRequest_builder{Safe: &x.safe}.Build())
	}},
	coffrev1.PapersService_ListDues_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewPapersServiceClient(conn).ListDues, coffrev1.ListDuesRequest_builder{Safe: &x.safe}.Build())
	}},
	coffrev1.PrintService_PrintBring_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewPrintServiceClient(conn).PrintBring, coffrev1.PrintBringRequest_builder{Safe: &x.safe, Purpose: new("rsa")}.Build())
	}},
	coffrev1.MemoService_ListToChange_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewMemoServiceClient(conn).ListToChange, coffrev1.ListToChangeRequest_builder{Safe: &x.safe}.Build())
	}},
	coffrev1.MemoService_CheckMemo_FullMethodName: {0, func(ctx context.Context, conn grpc.ClientConnInterface, _ ids) error {
		return call(ctx, coffrev1.NewMemoServiceClient(conn).CheckMemo, coffrev1.CheckMemoRequest_builder{Memo: coffrev1.Memo_builder{Body: new("caf")}.Build()}.Build())
	}},
	coffrev1.MemoService_NewPassword_FullMethodName: {0, func(ctx context.Context, conn grpc.ClientConnInterface, _ ids) error {
		return call(ctx, coffrev1.NewMemoServiceClient(conn).NewPassword, &coffrev1.NewPasswordRequest{})
	}},
	coffrev1.MemoService_DestroyNotebook_FullMethodName: {0, func(ctx context.Context, conn grpc.ClientConnInterface, _ ids) error {
		return call(ctx, coffrev1.NewMemoServiceClient(conn).DestroyNotebook, coffrev1.DestroyNotebookRequest_builder{
			RequestId: requestID(), Notebook: new(vault.NewNotebookID().String()), Moved: new(int32(1)), Left: new(int32(1)), Date: new("2026-01-02"), Place: new("broyeur fictif"),
		}.Build())
	}},
	coffrev1.MemoService_ListNotebooks_FullMethodName: {0, func(ctx context.Context, conn grpc.ClientConnInterface, _ ids) error {
		return call(ctx, coffrev1.NewMemoServiceClient(conn).ListNotebooks, &coffrev1.ListNotebooksRequest{})
	}},
	coffrev1.MemoService_PrintNotebook_FullMethodName: {0, func(ctx context.Context, conn grpc.ClientConnInterface, _ ids) error {
		return call(ctx, coffrev1.NewMemoServiceClient(conn).PrintNotebook, coffrev1.PrintNotebookRequest_builder{Notebook: new(vault.NewNotebookID().String())}.Build())
	}},
	coffrev1.DocumentService_ReadTechnicalMetadata_FullMethodName: {onDocument, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewDocumentServiceClient(conn).ReadTechnicalMetadata, coffrev1.ReadTechnicalMetadataRequest_builder{Safe: &x.safe, Document: &x.doc}.Build())
	}},
	coffrev1.DocumentService_Control_FullMethodName: {onDocument, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewDocumentServiceClient(conn).Control, coffrev1.ControlRequest_builder{Safe: &x.safe, Document: &x.doc}.Build())
	}},
	coffrev1.DocumentService_List_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewDocumentServiceClient(conn).List, coffrev1.ListRequest_builder{Safe: &x.safe}.Build())
	}},
	coffrev1.DocumentService_Count_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewDocumentServiceClient(conn).Count, coffrev1.CountRequest_builder{Safe: &x.safe}.Build())
	}},
	coffrev1.DocumentService_Move_FullMethodName: {onDocument, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewDocumentServiceClient(conn).Move, coffrev1.MoveRequest_builder{RequestId: requestID(), Safe: &x.safe, Document: &x.doc, Drawer: new("sante")}.Build())
	}},
	coffrev1.DocumentService_Rename_FullMethodName: {onDocument, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewDocumentServiceClient(conn).Rename, coffrev1.RenameRequest_builder{RequestId: requestID(), Safe: &x.safe, Document: &x.doc, Title: new("essai")}.Build())
	}},
	coffrev1.DocumentService_Describe_FullMethodName: {onDocument, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewDocumentServiceClient(conn).Describe, coffrev1.DescribeRequest_builder{RequestId: requestID(), Safe: &x.safe, Document: &x.doc, Description: &coffrev1.Description{}}.Build())
	}},
	coffrev1.TrailService_ReadJournal_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewTrailServiceClient(conn).ReadJournal, coffrev1.ReadJournalRequest_builder{Safe: &x.safe}.Build())
	}},
	coffrev1.TrailService_ProveInclusion_FullMethodName: {onSafe, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewTrailServiceClient(conn).ProveInclusion, coffrev1.ProveInclusionRequest_builder{Safe: &x.safe, Positions: []uint64{0}, TreeSize: new(uint64(1))}.Build())
	}},
	// Without a safe.
	coffrev1.SessionService_CloseSession_FullMethodName: {0, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewSessionServiceClient(conn).CloseSession, &coffrev1.CloseSessionRequest{})
	}},
	coffrev1.SafeService_OpenSafe_FullMethodName: {0, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewSafeServiceClient(conn).OpenSafe, coffrev1.OpenSafeRequest_builder{RequestId: requestID(), InformationVersion: new(texts.Version)}.Build())
	}},
	coffrev1.TrailService_Checkpoint_FullMethodName: {0, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewTrailServiceClient(conn).Checkpoint, &coffrev1.CheckpointRequest{})
	}},
	coffrev1.TrailService_ProveConsistency_FullMethodName: {0, func(ctx context.Context, conn grpc.ClientConnInterface, x ids) error {
		return call(ctx, coffrev1.NewTrailServiceClient(conn).ProveConsistency, coffrev1.ProveConsistencyRequest_builder{OldSize: new(uint64(1)), TreeSize: new(uint64(1))}.Build())
	}},
}
