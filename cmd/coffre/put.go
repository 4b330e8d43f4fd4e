package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
)

// batchSize is how many papers are deposited together: few enough that one bad
// file does not send a whole afternoon's scans back.
const batchSize = 25

// describing are the flags that say what a paper is.
type describing struct {
	title, kind, drawer     string
	date, expires           string
	whose, original, naming string
}

func (d *describing) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&d.title, "title", "", "le `TITRE` du papier ; sinon le nom du fichier")
	f.StringVar(&d.kind, "kind", "", "le `TYPE` de papier, par exemple quittance-loyer ; sinon « à trier »")
	f.StringVar(&d.drawer, "drawer", "", "le `TIROIR`, quand il n'y a pas de type")
	f.StringVar(&d.date, "date", "", "la `DATE` du papier : JJ/MM/AAAA, AAAA-MM ou AAAA")
	f.StringVar(&d.expires, "expires", "", "le dernier `JOUR` de validité : JJ/MM/AAAA")
	f.StringVar(&d.whose, "whose", "", "à `QUI` est ce papier, si ce n'est pas à vous : « ma fille »")
	f.StringVar(&d.original, "original", "", "l'`ENDROIT` où est le papier original")
}

func (d *describing) description(fileName string) *coffrev1.Description {
	return coffrev1.Description_builder{
		Title: &d.title, FileName: &fileName, Kind: &d.kind, Drawer: &d.drawer,
		DocumentDate: new(dayOf(d.date)), ExpireDate: new(dayOf(d.expires)), Whose: &d.whose, OriginalPlace: &d.original,
	}.Build()
}

func newPut(a *app) *cobra.Command {
	var d describing
	var receipts, address string
	cmd := &cobra.Command{
		Use:   "put [OPTIONS] FICHIER|DOSSIER|-...",
		Short: "Déposer des papiers",
		Long: `Dépose des fichiers, ou tous ceux d'un dossier et de ses sous-dossiers (sans les
fichiers cachés), ou l'entrée avec « - ». Le coffre peut rester verrouillé. Sont
acceptés : PDF, JPEG, PNG, HEIC et texte, jusqu'à 100 Mo par papier.

Plusieurs papiers partent par lots de 25 : chaque lot est déposé entier, ou pas
du tout.

Avec --address, les papiers vont dans le coffre auquel cette adresse mène, sans
que vous sachiez lequel : le programme d'un partenaire dépose ainsi, et qui peut
déposer.`,
		Example: "  coffre put --kind quittance-loyer --date 2026-10 quittance.pdf\n  coffre put --safe ID scans/\n  scan | coffre put --name scan.pdf -",
		Args:    count(1, -1),
	}
	d.flags(cmd)
	cmd.Flags().StringVar(&d.naming, "name", "document", "le `NOM` de fichier de ce qui vient de l'entrée (sinon document)")
	cmd.Flags().StringVar(&receipts, "receipts", "", "le `DOSSIER` où garder les reçus signés")
	cmd.Flags().StringVar(&address, "address", "", "l'`ADRESSE` de dépôt, au lieu du coffre")
	put := func(ctx context.Context, v visit, args []string) error {
		ups, err := a.gather(args, &d)
		if err != nil {
			return err
		}
		if d.title != "" && len(ups) > 1 {
			return usage("--title ne vaut que pour un seul papier : déposez-les un par un, ou sans titre.")
		}
		return a.put(ctx, v, address, ups, receipts)
	}
	inSafe := a.inSafe(cmd, put).RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		switch {
		case address == "":
			return inSafe(cmd, args)
		case cmd.Flags().Changed("safe"):
			return usage("Donnez --safe ou --address, et un seul des deux.")
		default:
			return a.session(put)(cmd, args)
		}
	}
	return cmd
}

// put deposits batch after batch. What was deposited before a failure is told,
// so that nobody deposits it twice.
func (a *app) put(ctx context.Context, v visit, address string, ups []client.Upload, receipts string) error {
	bar := a.progress("Dépôt", total(ups))
	defer bar.done()
	var done []*coffrev1.Receipt
	var failed error
	for batch := range slices.Chunk(ups, batchSize) {
		got, err := deposit(ctx, v, address, batch, bar.add)
		if err != nil {
			failed = partly(err, batch, len(done), len(ups))
			break
		}
		bar.clear()
		for i, r := range got {
			a.say("%s  %s (%s)", r.GetDocument(), client.Printable(batch[i].Name), weight(r.GetSize()))
		}
		done = append(done, got...)
		if failed = keepReceipts(receipts, got); failed != nil {
			break
		}
	}
	if len(done) > 0 {
		failed = errors.Join(failed, a.emit(coffrev1.DepositBatchResponse_builder{Receipts: done}.Build()))
	}
	return failed
}

func deposit(ctx context.Context, v visit, address string, batch []client.Upload, p client.Progress) ([]*coffrev1.Receipt, error) {
	if address != "" {
		return v.PutAt(ctx, address, batch, p)
	}
	if len(batch) > 1 {
		return v.PutBatch(ctx, v.safe, batch, p)
	}
	r, err := v.Put(ctx, v.safe, batch[0], p)
	return []*coffrev1.Receipt{r}, err
}

// partly adds to the sentence what became of the papers around the failure.
func partly(err error, batch []client.Upload, done, all int) error {
	e, ok := errors.AsType[*client.Error](err)
	if !ok || all == 1 {
		return err
	}
	told := *e
	told.Sentence = fmt.Sprintf("%s (%s sur %d ; aucun de %s à %s)", strings.TrimSuffix(e.Sentence, "."),
		plural(done, "papier déposé", "papiers déposés"), all,
		client.Printable(batch[0].Name), client.Printable(batch[len(batch)-1].Name)) + "."
	return &told
}

// keepReceipts writes the signed receipts, each into a new file.
func keepReceipts(dir string, rs []*coffrev1.Receipt) error {
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return client.FileError("écrire", dir, err)
	}
	for _, r := range rs {
		name := client.SafeName(r.GetDocument(), "document") + ".receipt"
		if err := writeNew(filepath.Join(dir, name), r.GetSigned()); err != nil {
			return err
		}
	}
	return nil
}

// writeNew writes a file that must not exist, whole or not at all.
func writeNew(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return client.FileError("écrire", path, err)
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		_ = os.Remove(path) // half of it is of no use
		return client.FileError("écrire", path, err)
	}
	return nil
}

func total(ups []client.Upload) (n int64) {
	for _, u := range ups {
		n += u.Size
	}
	return n
}

// gather lists what is to be deposited and looks at each before anything is
// sent: one file that cannot be deposited stops all of them.
func (a *app) gather(args []string, d *describing) ([]client.Upload, error) {
	var ups []client.Upload
	for _, arg := range args {
		found, err := a.gatherOne(arg, d)
		if err != nil {
			return nil, err
		}
		ups = append(ups, found...)
	}
	if len(ups) == 0 {
		return nil, usage("Il n'y a aucun fichier à déposer là : vérifiez le dossier.")
	}
	return ups, nil
}

func (a *app) gatherOne(arg string, d *describing) ([]client.Upload, error) {
	if arg == "-" {
		u, err := a.fromInput(d)
		return []client.Upload{u}, err
	}
	info, err := os.Stat(arg)
	if err != nil {
		return nil, client.FileError("lire", arg, err)
	}
	if info.IsDir() {
		return gatherFolder(arg, d)
	}
	u, err := fromFile(arg, info, d)
	return []client.Upload{u}, err
}

// gatherFolder follows no symbolic link: a folder of scans must not bring in
// what lies elsewhere.
func gatherFolder(root string, d *describing) ([]client.Upload, error) {
	var ups []client.Upload
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		hidden := strings.HasPrefix(e.Name(), ".") && path != root
		switch {
		case err != nil:
			return client.FileError("lire", path, err)
		case e.IsDir() && hidden:
			return fs.SkipDir
		case hidden || !e.Type().IsRegular():
			return nil
		}
		info, err := e.Info()
		if err != nil {
			return client.FileError("lire", path, err)
		}
		u, err := fromFile(path, info, d)
		ups = append(ups, u)
		return err
	})
	return ups, err // made in the function above
}

func fromFile(path string, info fs.FileInfo, d *describing) (client.Upload, error) {
	if !info.Mode().IsRegular() {
		return client.Upload{}, usage("%s n'est pas un fichier ordinaire et ne peut pas être déposé.", client.Printable(path))
	}
	if err := checkSize(path, info.Size()); err != nil {
		return client.Upload{}, err
	}
	return client.Upload{
		Name:        path,
		Description: d.description(strings.ToValidUTF8(filepath.Base(path), "_")),
		Size:        info.Size(),
		Open:        func() (io.ReadCloser, error) { return os.Open(path) },
	}, nil
}

// fromInput reads the input to memory: the exact size is said first.
func (a *app) fromInput(d *describing) (client.Upload, error) {
	const name = "l'entrée"
	raw, err := io.ReadAll(io.LimitReader(a.stdin, vault.MaxDocument+1))
	if err != nil {
		return client.Upload{}, client.FileError("lire", name, err)
	}
	if err := checkSize(name, int64(len(raw))); err != nil {
		return client.Upload{}, err
	}
	return client.Upload{
		Name:        d.naming,
		Description: d.description(d.naming),
		Size:        int64(len(raw)),
		Open:        func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil },
	}, nil
}

// checkSize names the file, which the service cannot. The service may allow
// less than this limit, never more.
func checkSize(name string, size int64) error {
	name = client.Printable(name)
	switch {
	case size == 0:
		return usage("%s est vide et n'a pas été déposé : vérifiez que la copie ou le scan est allé jusqu'au bout.", name)
	case size > vault.MaxDocument:
		return usage("%s est trop grand (plus de %s) et n'a pas été déposé : scannez-le en moins fin, ou coupez-le en plusieurs fichiers.", name, weight(vault.MaxDocument))
	default:
		return nil
	}
}
