// Package papers says which drawers a safe has and which kinds of papers lie
// in them.
//
// The catalogue is data, not code: papers.yaml is embedded, every row names its
// source, the date of that source and the day it was checked, and a structure
// may load a catalogue of its own. The package decides nothing about who may
// see what: a drawer is sealed metadata, never a key. It imports no other
// package of this module and trusts no catalogue: [Parse] refuses one that is
// incomplete or contradicts itself.
package papers
