package texts

// What only a printed document says: of its pictures.
const (
	SquareAlt Label = "Code QR"
)
