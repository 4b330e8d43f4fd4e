package papers

// A Purpose is the code of a démarche (papers.md §3.4): what a consent is for.
// The zero Purpose is none.
type Purpose string
