package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxFile bounds a configuration, in bytes.
const maxFile = 256 << 10

// ErrConfig is wrapped by everything that is wrong with a configuration.
var ErrConfig = errors.New("configuration")

// A FieldError names one field and what it must be. It never repeats a value.
type FieldError struct {
	Field string // as in the file, such as bucket.s3.endpoint
	Rule  string
}

// Error names the field and the rule.
func (e *FieldError) Error() string { return e.Field + ": " + e.Rule }

// Unwrap gives [ErrConfig].
func (e *FieldError) Unwrap() error { return ErrConfig }

// Load reads and checks a configuration file. Relative paths in it start at its
// folder. Errors wrap [ErrConfig], or come from the file system.
func Load(path string) (Config, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("read the configuration: %w", err)
	}
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return Config{}, fmt.Errorf("read the configuration: %w", err)
	}
	c, err := Parse(raw, dir)
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// Parse reads and checks a configuration. A field that is not known, given twice
// or of the wrong form is refused with its line; all fields that break a rule
// are named at once. Relative paths start at dir.
func Parse(raw []byte, dir string) (Config, error) {
	if len(raw) > maxFile {
		return Config{}, fmt.Errorf("%w: more than %d bytes", ErrConfig, maxFile)
	}
	d := yaml.NewDecoder(bytes.NewReader(raw))
	d.KnownFields(true)
	var c Config
	if err := d.Decode(&c); err != nil && !errors.Is(err, io.EOF) { // an empty file lacks fields, and is told which
		return Config{}, readable(err)
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return Config{}, fmt.Errorf("%w: more than one document", ErrConfig)
	}
	c.complete(dir)
	if err := c.check(); err != nil {
		return Config{}, err
	}
	return c, nil
}

// readable leaves out the names of our types, which say nothing to an operator,
// and the values: a secret may have been put where its file should stand.
func readable(err error) error {
	var lines []string
	if e, ok := errors.AsType[*yaml.TypeError](err); ok {
		for _, line := range e.Errors {
			line, _, _ = strings.Cut(line, " in type ")
			if at, _, found := strings.Cut(line, "cannot unmarshal"); found {
				line = at + "a value of another form"
			}
			lines = append(lines, strings.Replace(line, "not found", "is not known", 1))
		}
		return fmt.Errorf("%w: %s", ErrConfig, strings.Join(lines, "; "))
	}
	return fmt.Errorf("%w: %w", ErrConfig, err)
}
