package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/cmd/internal/server"
)

// What a running service says of the second place decides what the doctor says.
func TestTheDoctorSaysThatTheSecondPlaceIsDown(t *testing.T) {
	t.Parallel()
	since := time.Date(2026, 11, 22, 9, 0, 0, 0, time.Local)
	broken := errors.New("the service answers 500")
	for name, c := range map[string]struct {
		says server.Anchoring
		err  error
		want []string
	}{
		"nothing runs":  {err: fmt.Errorf("socket: %w", server.ErrNotRunning)},
		"all is there":  {says: server.Anchoring{Leaves: 7, Covered: 7}},
		"not asked yet": {says: server.Anchoring{Leaves: 7, Covered: 5}},
		"it is down": {
			says: server.Anchoring{Leaves: 1007, Covered: 1000, Since: since, Problem: "second place: connection refused"},
			want: []string{"2026-11-22 09:00:00", "7 records", "connection refused"},
		},
		"no answer": {err: broken, want: []string{"500"}},
	} {
		err := anchorVerdict(c.says, c.err)
		if (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v", name, err)
		}
		for _, words := range c.want {
			if !strings.Contains(err.Error(), words) {
				t.Errorf("%s: %v does not say %q", name, err, words)
			}
		}
	}
}
