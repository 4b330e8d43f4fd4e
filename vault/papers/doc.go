// Package papers says which drawers a safe has, which kinds of papers lie in
// them, which of these a démarche asks, how long to keep them, how young they have
// to be, what falls due, and what is noted about each body.
//
// The catalogue is data, not code: the .yaml files beside this one are embedded,
// every row names its source, the date of that source and the day it was
// checked, and a structure may load a catalogue of its own. The package decides
// nothing about who may see what: a drawer is sealed metadata, never a key, and
// what a démarche asks is a help, never a right. It imports no other package of
// this module and trusts no catalogue: [Parse] refuses one that is incomplete or
// contradicts itself.
package papers
