package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault/prints"
)

// A pageTo is where a page goes, and how it is made.
type pageTo struct{ file, format string }

func (p *pageTo) flags(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&p.file, "out", "o", "", "le `FICHIER` neuf où écrire la page, ou - pour la sortie")
	cmd.Flags().StringVar(&p.format, "format", "", "la `FORME` de la page, pdf ou html (sinon d'après la fin de FICHIER ; sinon pdf, et html si un nom le demande)")
}

// wants is the format that was asked for, or that the name of the file tells.
func (p pageTo) wants() (prints.Format, error) {
	switch {
	case p.format == "pdf", p.format == "" && strings.HasSuffix(p.file, ".pdf"):
		return prints.FormatPDF, nil
	case p.format == "html", p.format == "" && strings.HasSuffix(p.file, ".html"):
		return prints.FormatHTML, nil
	case p.format == "":
		return prints.FormatAny, nil
	default:
		return 0, usage("Le format d'une page est pdf ou html.")
	}
}

// wire is the word of the API for it.
func (p pageTo) wire() *coffrev1.PageFormat {
	if f, err := p.wants(); err == nil && f == prints.FormatHTML {
		return coffrev1.PageFormat_PAGE_FORMAT_HTML.Enum()
	}
	return coffrev1.PageFormat_PAGE_FORMAT_UNSPECIFIED.Enum()
}

// An answered page is one that the service made.
type answered interface {
	GetHtml() []byte
	GetPdf() []byte
}

// of is the page in an answer.
func (p pageTo) of(answer answered) (prints.Made, error) {
	if pdf := answer.GetPdf(); len(pdf) > 0 {
		return prints.Made{Format: prints.FormatPDF, Bytes: pdf}, nil
	}
	return prints.Made{Format: prints.FormatHTML, Bytes: answer.GetHtml()}, nil
}

// sets refuses, before anything is asked, a PDF file of what was typed here and has
// letters that only a browser sets.
func (p pageTo) sets(typed string) error {
	f, err := p.wants()
	if err != nil || f != prints.FormatPDF {
		return err
	}
	err = prints.Settable(typed)
	if errors.Is(err, prints.ErrScript) {
		return needsBrowser()
	}
	return err
}

// lay writes a page into its place, and answers which file it is in. A page of an
// act that is done is never lost: one that only a browser can write lies beside
// the PDF that was asked for, or in its place where another file lies there.
func (a *app) lay(to pageTo, place *sheetPlace, made prints.Made) (file string, err error) {
	if f, _ := to.wants(); f == prints.FormatPDF && made.Format == prints.FormatHTML && to.file != "-" {
		beside := strings.TrimSuffix(to.file, ".pdf") + ".html"
		if other, err := a.reserve(beside); err == nil {
			place.abandon()
			place, to.file = other, beside
		}
		a.aside("Un nom a des lettres que seul un navigateur sait écrire : la page n'est pas un PDF.")
	}
	if err := place.fill(string(made.Bytes)); err != nil {
		return "", client.FileError("écrire", to.file, err)
	}
	return to.file, nil
}

// local makes a page here.
func (p pageTo) local(page prints.Page) (prints.Made, error) {
	f, err := p.wants()
	if err != nil {
		return prints.Made{}, err
	}
	made, err := prints.Make(page, f)
	if errors.Is(err, prints.ErrScript) {
		return prints.Made{}, needsBrowser()
	}
	return made, err
}

func needsBrowser() error {
	return &client.Error{
		Class: client.ClassFailed, Reason: "PAGE_SCRIPT", Err: prints.ErrScript,
		Sentence: "Un nom a des lettres que seul un navigateur sait écrire : demandez la page avec --format html.",
	}
}

// page writes one page that make answers; the file is there, and has room, before
// anything is asked.
func (a *app) page(to pageTo, answer func() (prints.Made, error)) error {
	return a.pageOf(to, map[string]any{}, answer)
}

// pageOf writes a page, and the facts that its answer sets beside the file's name.
func (a *app) pageOf(to pageTo, facts map[string]any, answer func() (prints.Made, error)) error {
	if to.file == "" {
		return usage("Dites avec --out dans quel fichier écrire la page.")
	}
	if _, err := to.wants(); err != nil {
		return err
	}
	place, err := a.reserve(to.file)
	if err != nil {
		return err
	}
	made, err := answer()
	if err != nil {
		place.abandon()
		return err
	}
	if to.file, err = a.lay(to, place, made); err != nil {
		return err
	}
	if to.file == "-" {
		return nil // the page is the output
	}
	if made.Format == prints.FormatHTML {
		a.say("La page est dans %s : ouvrez-la dans un navigateur, puis imprimez.", client.Printable(to.file))
	} else {
		a.say("La page est dans %s : imprimez-la.", client.Printable(to.file))
	}
	facts["file"] = to.file
	return a.emit(facts)
}
