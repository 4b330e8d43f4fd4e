package chain

type summaryRun struct{ known bool }

// Apply gives the state after e, which must be the next entry of this chain.
// The receiver stays what it was.
func (s Safe) Apply(e Entry) (Safe, error) { panic("unfinished") }

// Apply gives the state after e, which must be the next entry of this chain.
func (v Vault) Apply(e Entry) (Vault, error) { panic("unfinished") }

// Summarise gives the operations of a summary of this state, each for an entry
// of its own, in the order to write them.
func (s Safe) Summarise() ([]Summary, error) { panic("unfinished") }
