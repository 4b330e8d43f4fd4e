package config

import (
	"bytes"
	_ "embed"
	"fmt"
	"text/template"
)

//go:embed coffred.yaml.tmpl
var written string

// A Written configuration is what init knows when it writes the commented file.
// What stays empty is left for the operator to fill in, and [Parse] refuses the
// file until then.
type Written struct {
	Realm                               string // production or dev
	Listen, PublicURL                   string
	CertFile, KeyFile                   string
	DataDir                             string
	Bucket, Anchors                     Place
	MasterFile, SigningFile, PepperFile string
	Genesis                             string
	Issuers                             []Issuer
	TrailRetention                      string
}

// Text is the commented configuration file.
func (w Written) Text() ([]byte, error) {
	t, err := template.New("coffred.yaml").Option("missingkey=error").Parse(written)
	if err != nil {
		return nil, fmt.Errorf("configuration template: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, w); err != nil {
		return nil, fmt.Errorf("configuration template: %w", err)
	}
	return out.Bytes(), nil
}
