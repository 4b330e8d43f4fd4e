package vault

import (
	"context"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault/seal"
)

const (
	// TrainingLife is how long a safe for exercises lasts at most.
	TrainingLife = 30 * 24 * time.Hour
	// MaxTrainings bounds how many of them a structure has at once.
	MaxTrainings = 20
)

// TrainingMark stands before everything that is shown of a safe for exercises.
const TrainingMark = "FICTIF"

// A TrainingKeeper is the part of a [Keeper] that keeps safes for exercises
// (FICTIF): invented papers on the real service, with nobody behind them (L-69,
// L-74). Whoever may open safes sees, reads and reveals in those of their
// structure without a consent, and everything of it is recorded as elsewhere;
// acts that would need a person are [ErrNotFound] there.
type TrainingKeeper interface {
	// OpenTraining creates one. It is [ErrLimit] while the structure has
	// [MaxTrainings] of them.
	OpenTraining(ctx context.Context, who session.Principal, act OpenTraining) (OpenedTraining, error)
	// Trainings lists those of the caller's structure, oldest first.
	Trainings(ctx context.Context, who session.Principal) ([]Training, error)
	// EndTraining erases one. It takes away, and nothing brings it back.
	EndTraining(ctx context.Context, who session.Principal, act EndTraining) error
}

// OpenTraining opens a safe for exercises. There is nothing to say of it: whatever
// could name somebody has no place in it.
type OpenTraining struct {
	Request RequestID
}

// An OpenedTraining is what leaves the keeper when one is opened.
type OpenedTraining struct {
	Safe  SafeID
	Sheet WayID
	// Code is what an exercise types. It protects nothing.
	Code  seal.Code
	Until time.Time // when it is erased by itself
}

// A Training is one safe for exercises. Of one that cannot be read now only Safe and
// Until are known; the rest is zero.
type Training struct {
	Safe      SafeID
	Opener    string // the agent's name, as the register of agents has it
	Since     time.Time
	Until     time.Time
	Documents int
}

// EndTraining erases a safe for exercises with all that is in it. It has no
// request id: a second try finds no such safe.
type EndTraining struct {
	Safe SafeID
}
