package config

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A Realm is the configuration's word for a [chain.Realm]. Production when the
// file says nothing.
type Realm chain.Realm

// UnmarshalYAML reads production or dev.
func (r *Realm) UnmarshalYAML(n *yaml.Node) error {
	switch n.Value {
	case "production":
		*r = Realm(chain.RealmProduction)
	case "dev":
		*r = Realm(chain.RealmDev)
	default:
		return fmt.Errorf("line %d: realm: production or dev", n.Line)
	}
	return nil
}

// A Level is the least severe line that is logged.
type Level slog.Level

// UnmarshalYAML reads debug, info, warn or error.
func (l *Level) UnmarshalYAML(n *yaml.Node) error {
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	level, ok := levels[n.Value]
	if !ok {
		return fmt.Errorf("line %d: log: debug, info, warn or error", n.Line)
	}
	*l = Level(level)
	return nil
}

// A Retention is a number of months.
type Retention struct{ Months int }

// maxRetention is what a person can still be told: a hundred years.
const maxRetention = 1200

// UnmarshalYAML reads a number followed by y (years) or m (months).
func (r *Retention) UnmarshalYAML(n *yaml.Node) error {
	months, err := parseRetention(n.Value)
	if err != nil {
		return fmt.Errorf("line %d: trail_retention: %w", n.Line, err)
	}
	r.Months = months
	return nil
}

func parseRetention(s string) (int, error) {
	bad := errors.New("a number of years or months, such as 6y or 18m")
	if len(s) < 2 {
		return 0, bad
	}
	n, err := strconv.Atoi(s[:len(s)-1])
	if err != nil || n < 1 || n > maxRetention || strconv.Itoa(n) != s[:len(s)-1] {
		return 0, bad
	}
	switch s[len(s)-1] {
	case 'y':
		n *= 12
	case 'm':
	default:
		return 0, bad
	}
	if n > maxRetention {
		return 0, bad
	}
	return n, nil
}

// UnmarshalYAML reads "coffre-verify1…".
func (v *VerifyKey) UnmarshalYAML(n *yaml.Node) error {
	key, err := seal.ParseVerifyKey(n.Value)
	if err != nil {
		return fmt.Errorf("line %d: genesis: %w", n.Line, err)
	}
	v.VerifyKey = key
	return nil
}
