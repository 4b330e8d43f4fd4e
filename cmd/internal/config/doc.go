// Package config is the configuration of the service: one YAML file, read
// strictly and checked as a whole before anything starts.
//
// Secrets never stand in it: it names files, and a file that others can read is
// refused. What may not enter: anything that opens a connection, a bucket or a
// key. It trusts the operator who wrote the file, and nobody else who might have
// a hand on it: every value has a type and bounds.
package config
