// Package proto holds the .proto files and, beside each, the Go code generated
// from it. Nothing else lives here: the meaning of a message is decided where
// it is parsed.
package proto

//go:generate go tool -modfile=../.tools/go.mod buf generate
