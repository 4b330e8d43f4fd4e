package vault

import (
	"fmt"

	"github.com/gabriel-vasile/mimetype"
)

// sniffed is how many bytes are looked at to tell the type of a content.
const sniffed = 3 << 10

// sniff tells the type of a content from its first bytes. What a file is
// called does not count: a name is a claim of the depositor.
func sniff(head []byte) (MediaType, error) {
	found := mimetype.Detect(head)
	for _, m := range []MediaType{MediaPDF, MediaJPEG, MediaPNG, MediaHEIC} {
		if found.Is(string(m)) {
			return m, nil
		}
	}
	// Only text itself: its children (HTML, SVG, JSON, scripts…) are programs
	// for somebody's reader.
	if found.Is(string(MediaText)) {
		return MediaText, nil
	}
	return "", fmt.Errorf("%w: %s", ErrMediaType, found.String())
}
