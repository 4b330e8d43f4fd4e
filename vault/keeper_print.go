package vault

import (
	"context"

	"github.com/coffre-fort/coffre/auth/session"
)

// A PrintKeeper is the part of a [Keeper] that knows what stands on printed
// pages, and what people are told without having asked.
type PrintKeeper interface {
	// PrintConsent answers what stands on a page about one consent, to the person
	// and to the agent it names.
	PrintConsent(ctx context.Context, who session.Principal, act PrintConsent) (ConsentPrint, error)
	// PrintJournal answers what stands on a printed journal: the person's own.
	PrintJournal(ctx context.Context, who session.Principal, act PrintJournal) (JournalPrint, error)
	// PrintLetter answers what stands on the letter about something that waits for
	// its delay; [ErrDiscreet] of a discreet safe.
	PrintLetter(ctx context.Context, who session.Principal, id ApprovalID) (LetterPrint, error)
	// Notices answers what the person is told, newest first.
	Notices(ctx context.Context, who session.Principal, safe SafeID) ([]Notice, error)
	// CheckPage says whether the consent on a printed page still counts. It needs
	// no session: network is where the call came from, for the trail. A wrong code
	// and one of which nothing is said take the same time.
	CheckPage(ctx context.Context, network string, code PageCode) (CheckedPage, error)
}
