package consent

import "github.com/coffre-fort/coffre/vault"

// A Leave is on what condition a function may do something. The zero Leave is
// never.
type Leave uint8

// The conditions.
const (
	Never        Leave = iota
	Always             // as long as the agent is in post
	WithConsent        // C: a live consent covers it
	WithPresence       // C+P: a live consent covers it, and the person is there
	AtAddress          // at a live address of the safe
)

// A Row is what one function may do.
type Row struct {
	// Function is zero for whoever has none: the operator, and a partner program.
	Function vault.Function
	// Open a safe: also whatever is done at a counter with the person beside one.
	Open Leave
	// Deposit papers: also finding a safe.
	Deposit Leave
	// See that papers exist.
	See Leave
	// Read them.
	Read Leave
	// Reveal a secret of a memo; the consent names that memo.
	Reveal Leave
	// Lead a côte-à-côte session.
	Lead Leave
	// Second: be the second agent of an act that needs two.
	Second Leave
}

// Functions is what each function may do: the one table that the decision, its
// tests and deploy/docs/functions.md share.
func Functions() []Row {
	return []Row{
		{Function: vault.FunctionSocialWorker, Open: Always, Deposit: Always, See: WithConsent, Read: WithConsent, Reveal: WithConsent, Lead: Always, Second: Always},
		{Function: vault.FunctionWorkshopLeader, Open: Always, Deposit: Always, See: WithConsent, Read: WithConsent, Reveal: WithConsent, Lead: Always, Second: Always},
		{Function: vault.FunctionReception, Open: Always, Deposit: Always, See: WithConsent, Second: Always},
		{Function: vault.FunctionCivicService, Deposit: Always, See: WithPresence, Read: WithPresence},
		{Function: vault.FunctionVolunteer, See: WithPresence},
		{Function: vault.FunctionAccessManager, Second: Always},
		{Function: vault.FunctionDPO},
	}
}

// Operator is what the operator may do to a safe: nothing.
func Operator() Row { return Row{} }

// Partner is what a partner program may do.
func Partner() Row { return Row{Deposit: AtAddress} }

// rowOf answers the row of a function; of none, and of one that is not listed,
// the row that allows nothing.
func rowOf(f vault.Function) Row {
	for _, row := range Functions() {
		if row.Function == f {
			return row
		}
	}
	return Row{}
}

// any reports whether one of the agent's functions has a leave that is not
// never in the column.
func (a Agent) any(column func(Row) Leave) bool {
	for _, f := range a.Functions.All() {
		if column(rowOf(f)) != Never {
			return true
		}
	}
	return false
}

// The columns.
func columnOpen(r Row) Leave    { return r.Open }
func columnDeposit(r Row) Leave { return r.Deposit }
func columnSee(r Row) Leave     { return r.See }
func columnRead(r Row) Leave    { return r.Read }
func columnReveal(r Row) Leave  { return r.Reveal }
func columnLead(r Row) Leave    { return r.Lead }
func columnSecond(r Row) Leave  { return r.Second }

// columnDescribe: correcting what a paper is called asks what seeing it asks,
// of somebody who may put papers in.
func columnDescribe(r Row) Leave {
	if r.Deposit == Never {
		return Never
	}
	return r.See
}

// columnHand: handing a task on, and taking one, is for who sees without the
// person beside them: a task goes on when nobody is there.
func columnHand(r Row) Leave {
	if r.See != WithConsent {
		return Never
	}
	return r.See
}
