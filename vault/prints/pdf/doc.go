// Package pdf lays out printed documents: text, lists, tables, codes and QR
// codes, on A4 pages, on a sheet folded in four, in an A5 booklet, on cards.
//
// It is the one look of what people take home. A document is tagged (ISO 32000-1
// §14.8): what is drawn belongs to a structure element in reading order or is
// marked as an artifact, pictures have alternatives, the language is said. It
// does not claim PDF/UA. Fonts are embedded; everything is black, so that any
// printer will do. The same input makes the same bytes: no clock is read, and
// nothing is random.
//
// Nothing is ever cut: a line that is too long is broken, within a word where it
// must be, and what does not fit on a page goes on on the next.
//
// The package knows no French and nothing of safes; what enters is text that
// may be secret, so nothing is logged, written to a file or put into an error.
// It trusts the fonts that it embeds, and nothing else. The network, the clock
// and every other room of the product may not enter.
package pdf
