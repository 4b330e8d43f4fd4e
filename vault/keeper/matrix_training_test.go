package keeper_test

import (
	"context"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// trainingRows are the methods about safes for exercises: a person's safe is none,
// whoever asks.
func trainingRows() []row {
	return []row{
		officeRow("OpenTraining", frontline, func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return second(m.Keeper.OpenTraining(ctx, who, vault.OpenTraining{Request: vault.NewRequestID()}))
		}),
		officeRow("Trainings", frontline, func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return second(m.Keeper.Trainings(ctx, who))
		}),
		looseRow("EndTraining", nil, func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return m.Keeper.EndTraining(ctx, who, vault.EndTraining{Safe: on.safe})
		}),
	}
}
