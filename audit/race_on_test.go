//go:build race

package audit

// underRace thins out the exhaustive tests: the race detector looks at goroutines,
// not at bits.
const underRace = true
