// Package keeper holds the keys, decides, and writes the trail: nothing else in
// the service does any of the three. Its unit of release is one file key for
// one document; no identity ever leaves it.
//
// Every act has the same order, and the types keep it: decide
// ([consent.Permit]), record the intent ([audit.Pending]), act (functions that
// act take both and refuse their zero values), record the outcome, answer.
//
// It trusts its own memory and clock while they agree with the trail, the
// secrets it was given at start, and the disk under the trail to keep what was
// fsynced. It does not trust the bucket to be honest (package chain finds it
// out), the state file beyond what trail and chains confirm, nor its callers:
// transport, streaming and rendering stay outside. Formats: FORMAT.md.
package keeper
