// Package directory holds the rules by which structures, agents and the register
// of safes are written down: numbers, names, birth dates and ends of functions.
//
// It is pure: no key, no clock, no input or output, and nothing of what a caller
// may do, which is package consent's. It trusts nothing it is given: each parser
// accepts one spelling, or makes one.
package directory
