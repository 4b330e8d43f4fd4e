package keeper_test

import (
	"context"
	"errors"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/workshop"
)

// workshopRows are the methods about cycles: here is none, and nobody takes part.
func workshopRows() []row {
	on := func(on target) vault.OnCycle {
		return vault.OnCycle{Safe: on.safe, Cycle: vault.NewCycleID()}
	}
	// There is no such cycle: whoever may try is told so before an intent that
	// would take something away.
	none := func(err error) error {
		if errors.Is(err, vault.ErrNotFound) {
			return nil
		}
		return err
	}
	runs := and(leading, []caller{manager})
	return []row{
		officeRow("OpenCycle", leading, func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return second(m.Keeper.OpenCycle(ctx, who, vault.OpenCycle{}))
		}),
		officeRow("ChangeCycle", leading, func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return m.Keeper.ChangeCycle(ctx, who, vault.ChangeCycle{Cycle: vault.NewCycleID()})
		}),
		officeRow("Cycles", agents, func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return second(m.Keeper.Cycles(ctx, who, vault.ListCycles{Limit: 10}))
		}),
		officeRow("Participants", agents, func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return second(m.Keeper.Participants(ctx, who, vault.NewCycleID()))
		}),
		{method: "EndCycle", may: runs, service: true, denied: vault.ErrDenied,
			try: func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
				return none(m.Keeper.EndCycle(ctx, who, vault.OnCycle{Cycle: vault.NewCycleID()}))
			}},
		{method: "ChangeLeader", may: runs, service: true, denied: vault.ErrDenied,
			try: func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
				return none(m.Keeper.ChangeLeader(ctx, who, vault.ChangeLeader{Cycle: vault.NewCycleID(), Leader: vault.NewAgentID()}))
			}},
		looseRow("JoinCycle", and(person, frontline), func(ctx context.Context, m *matrix, who session.Principal, to target) error {
			return m.Keeper.JoinCycle(ctx, who, on(to))
		}).anywhere(frontline),
		looseRow("LeaveCycle", nil, func(ctx context.Context, m *matrix, who session.Principal, to target) error {
			act := on(to)
			act.Word = wordOf(m, who) // what is missing is said before anything of the person
			return m.Keeper.LeaveCycle(ctx, who, act)
		}),
		looseRow("NoteAttendance", nil, func(ctx context.Context, m *matrix, who session.Principal, to target) error {
			return m.Keeper.NoteAttendance(ctx, who, vault.NoteAttendance{Safe: to.safe, Cycle: vault.NewCycleID(), Session: 1, Attendance: workshop.AttendanceCame})
		}),
		looseRow("NoteProgress", nil, func(ctx context.Context, m *matrix, who session.Principal, to target) error {
			return m.Keeper.NoteProgress(ctx, who, vault.NoteProgress{Safe: to.safe, Cycle: vault.NewCycleID()})
		}),
		looseRow("Participation", person, func(ctx context.Context, m *matrix, who session.Principal, to target) error {
			return second(m.Keeper.Participation(ctx, who, to.safe))
		}),
		looseRow("Certificate", person, func(ctx context.Context, m *matrix, who session.Principal, to target) error {
			return second(m.Keeper.Certificate(ctx, who, vault.PrintCertificate{Safe: to.safe}))
		}),
	}
}
