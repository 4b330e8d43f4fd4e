package main

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// A bar shows how far a transfer is, on a terminal only. The zero bar shows
// nothing.
type bar struct{ shown *progressbar.ProgressBar }

// progress makes the bar of one command; total is in bytes, negative when it is
// not known yet.
func (a *app) progress(what string, total int64) *bar {
	tty, ok := terminal(a.stderr)
	if !ok || a.output != formatText {
		return &bar{}
	}
	return &bar{shown: progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(tty),
		progressbar.OptionSetDescription(what),
		progressbar.OptionShowBytes(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)}
}

// add counts bytes; a failure to draw is of no interest.
func (b *bar) add(n int64) {
	if b.shown != nil {
		_ = b.shown.Add64(n)
	}
}

// clear makes room for a line of text.
func (b *bar) clear() {
	if b.shown != nil {
		_ = b.shown.Clear()
	}
}

func (b *bar) done() { b.clear() }
