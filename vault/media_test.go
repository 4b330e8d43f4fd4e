package vault

import (
	"errors"
	"testing"
)

// What a content is, is told from its bytes; what could run in somebody's
// reader is refused, whatever it is called.
func TestSniff(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		head string
		want MediaType
	}{
		"pdf":          {"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", MediaPDF},
		"jpeg":         {"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01", MediaJPEG},
		"png":          {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", MediaPNG},
		"heic":         {"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", MediaHEIC},
		"text":         {"bonjour, ceci est une note", MediaText},
		"accents":      {"été, œuvre, 12 €", MediaText},
		"one letter":   {"a", MediaText},
		"html":         {"<!DOCTYPE html><html><script>alert(1)</script>", ""},
		"svg":          {"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", ""},
		"json":         {"{\"a\": 1}", ""},
		"zip":          {"PK\x03\x04\x14\x00", ""},
		"exe":          {"MZ\x90\x00\x03\x00\x00\x00", ""},
		"elf":          {"\x7fELF\x02\x01\x01", ""},
		"gif":          {"GIF89a\x01\x00\x01\x00", ""},
		"zeros":        {"\x00\x00\x00\x00\x00\x00\x00\x00", ""},
		"shell script": {"#!/bin/sh\necho bonjour\n", ""},
		"mp4":          {"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", ""},
	} {
		got, err := sniff([]byte(c.head))
		if got != c.want || (err != nil) != (c.want == "") || err != nil && !errors.Is(err, ErrMediaType) {
			t.Errorf("%s: %q, %v, want %q", name, got, err, c.want)
		}
	}
}
