package vault

import "time"

// The bounds of the statement of a notebook's destruction.
const (
	MaxNotebookLines = 10000
	MaxNotebookPlace = 200 // characters
	MaxNotebooks     = 500 // statements of one structure
)

// A Notebook is an office notebook in which people's passwords stood, and which was
// destroyed after its lines had gone into their safes (L-72). It counts and names
// nobody but the two agents who sign.
type Notebook struct {
	ID    NotebookID
	Moved int    // lines that went into safes
	Left  int    // lines that were given back to the person, or crossed out
	Day   string // it was destroyed, YYYY-MM-DD
	Place string // where and how
	// Signed is when the second agent's word was recorded; zero while it waits.
	Signed      time.Time
	Agent       AgentID // who declared it
	AgentName   string
	Witness     AgentID // who saw it destroyed
	WitnessName string
}

// DestroyNotebook signs the destruction of a notebook. Signed, names and agents of
// its Notebook are the keeper's to say.
type DestroyNotebook struct {
	Request  RequestID
	Notebook Notebook
	Approval ApprovalID // zero the first time
}

// A NotebookPrint is what stands on a statement.
type NotebookPrint struct {
	Notebook  Notebook
	Structure string
	SIRET     string
}
