package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/texts"
)

// askDrawers asks the person, drawer by drawer, whether the service may help with
// their PIN when the sheet is not there. Only a yes is a yes. It answers the codes
// of the drawers, and in which version of the text they were asked.
func (a *app) askDrawers(untilHandover bool) (drawers []string, version string, err error) {
	catalogue, err := papers.Load()
	if err != nil {
		return nil, "", fmt.Errorf("catalogue: %w", err)
	}
	for _, d := range catalogue.Drawers() {
		question := texts.AskEntrust.With("drawer", d.Label)
		if untilHandover {
			question += " " + string(texts.EntrustUntilHandover)
		}
		fmt.Fprint(a.stderr, question+" [oui/NON] ")
		line, err := readLine(a.stdin)
		if err != nil {
			return nil, "", client.FileError("lire", "le clavier", err)
		}
		switch strings.ToLower(strings.TrimSpace(line)) {
		case "oui", "o":
			drawers = append(drawers, string(d.Code))
		}
	}
	return drawers, texts.Version, nil
}

// readLine reads to the end of a line and not a byte further: what comes next may
// be a secret that somebody else reads.
func readLine(r io.Reader) (string, error) {
	var line strings.Builder
	var b [1]byte
	for line.Len() < maxCode {
		n, err := r.Read(b[:])
		if n == 1 && b[0] == '\n' || err == io.EOF && line.Len() > 0 {
			return line.String(), nil
		}
		if err != nil {
			return "", err
		}
		if n == 1 {
			line.WriteByte(b[0])
		}
	}
	return "", usage("Répondez par oui ou par non.")
}
