package server

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/coffre-fort/coffre/vault/papers"
)

// Catalogue reads the catalogue of papers, and a structure's own files over it
// where a folder is named. A file with another name is a mistake, not a topic.
func Catalogue(dir string) (*papers.Catalogue, error) {
	catalogue, err := papers.Load()
	if err != nil || dir == "" {
		return catalogue, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("papers: %w", err)
	}
	files := make(map[papers.Topic][]byte)
	for _, topic := range papers.Topics() {
		raw, err := os.ReadFile(filepath.Join(dir, topic.File()))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("papers: %w", err)
		}
		files[topic] = raw
	}
	for _, e := range entries {
		name, isYAML := strings.CutSuffix(e.Name(), ".yaml")
		if _, known := files[papers.Topic(name)]; isYAML && !known {
			return nil, fmt.Errorf("papers: %s is no file of the catalogue", e.Name())
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("papers: no file of the catalogue in %s", dir)
	}
	return catalogue.WithLocal(files)
}
