package rpc

import (
	"bytes"
	"strings"
	"testing"
	"time"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault/prints"
)

// One of the two fields of an answer is filled: PDF unless HTML was asked for, or
// a text needs a browser.
func TestAPageHasOneFormat(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text   string
		asked  coffrev1.PageFormat
		begins string
	}{
		{"Éloïse", coffrev1.PageFormat_PAGE_FORMAT_UNSPECIFIED, "%PDF-"},
		{"Éloïse", coffrev1.PageFormat_PAGE_FORMAT_HTML, "<!DOCTYPE html>"},
		{"فاطمة", coffrev1.PageFormat_PAGE_FORMAT_UNSPECIFIED, "<!DOCTYPE html>"},
	} {
		format, err := parsePageFormat(tt.asked)
		if err != nil {
			t.Fatal(err)
		}
		var answer coffrev1.PrintConsentResponse
		page := prints.Information{Letterhead: prints.Letterhead{Printed: time.Unix(1e9, 0)}, Text: tt.text, Version: "fr-1", Digest: strings.Repeat("ab", 32)}
		if err := put(&answer, page, format); err != nil {
			t.Fatal(err)
		}
		if len(answer.GetHtml()) > 0 == (len(answer.GetPdf()) > 0) || !bytes.HasPrefix(append(answer.GetPdf(), answer.GetHtml()...), []byte(tt.begins)) {
			t.Errorf("%q as %v: %d bytes of PDF, %d of HTML", tt.text, tt.asked, len(answer.GetPdf()), len(answer.GetHtml()))
		}
	}
	if _, err := parsePageFormat(99); err == nil {
		t.Error("a format that there is not")
	}
}
