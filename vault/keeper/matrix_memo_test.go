package keeper_test

import (
	"context"
	"errors"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// memoRows are the acts on memos: putting in is a deposit, seeing needs what
// reading needs.
func memoRows() []row {
	return []row{
		looseRow("PutMemos", and(person, depositing), func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.PutMemos(ctx, who, vault.PutMemos{Safe: on.safe}))
		}).anywhere(depositing),
		looseRow("OpenMemo", []caller{open, visit}, func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.OpenMemo(ctx, who, vault.OpenMemo{Safe: on.safe, Document: on.doc, Reason: "x\n"}))
		}).whenLocked(vault.ErrLocked),
		// Of a view there is: TestAViewShowsItsSecretOnce.
		{method: "ViewMemo", service: true, denied: vault.ErrNotFound, try: func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return second(m.Keeper.ViewMemo(ctx, who, vault.ViewID(vault.NewReleaseID())))
		}},
		looseRow("ChangeMemo", []caller{open, visit}, func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return m.Keeper.ChangeMemo(ctx, who, vault.ChangeMemo{Safe: on.safe, Document: on.doc})
		}).whenLocked(vault.ErrLocked),
		looseRow("Look", []caller{open, visit}, func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.Look(ctx, who, vault.Look{Safe: on.safe}))
		}).whenLocked(vault.ErrLocked),
		looseRow("Dues", []caller{open, visit}, func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.Dues(ctx, who, on.safe))
		}).whenLocked(vault.ErrLocked),
		looseRow("PrepareHandover", []caller{open, visit}, func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.PrepareHandover(ctx, who, vault.PrepareHandover{Safe: on.safe}))
		}).whenLocked(vault.ErrLocked),
		// What it takes away: TestAHandoverMakesTheSafeThePersonsAlone.
		looseRow("Handover", []caller{open, visit}, func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.Handover(ctx, who, vault.Handover{Safe: on.safe}))
		}).whenLocked(vault.ErrLocked),
		looseRow("WaitHandover", []caller{open, visit}, func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return m.Keeper.WaitHandover(ctx, who, vault.WaitHandover{Safe: on.safe})
		}).whenLocked(vault.ErrLocked),
		looseRow("ToChange", person, func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.ToChange(ctx, who, on.safe))
		}),
		officeRow("DestroyNotebook", seconding, func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return m.Keeper.DestroyNotebook(ctx, who, vault.DestroyNotebook{})
		}),
		officeRow("Notebooks", agents, func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return second(m.Keeper.Notebooks(ctx, who))
		}),
		officeRow("NotebookPrint", agents, func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			err := second(m.Keeper.NotebookPrint(ctx, who, vault.NewNotebookID()))
			if errors.Is(err, vault.ErrNotFound) {
				return nil // permitted, and there is no such notebook
			}
			return err
		}),
	}
}
