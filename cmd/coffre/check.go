package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

func newCheck(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check [ID...]",
		Short: "Contrôler que vos papiers et le journal du service sont intacts",
		Long: `Fait contrôler chaque papier, sans en montrer le contenu, et compare le journal
du service avec le dernier point de contrôle vu depuis cet ordinateur. Sans ID,
tous vos papiers sont contrôlés et le coffre doit être déverrouillé.

Le code de sortie est 8 si quelque chose a été modifié ou manque.`,
		Args: ids(0, -1),
	}
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		documents, err := ownOr(ctx, v, args)
		if err != nil {
			return err
		}
		return a.check(ctx, v, documents)
	})
}

// ownOr gives the documents named, or all of the safe.
func ownOr(ctx context.Context, v visit, args []string) ([]string, error) {
	if len(args) > 0 {
		return args, nil
	}
	var all []string
	for d, err := range v.List(ctx, v.safe, "") {
		if err != nil {
			return nil, err
		}
		all = append(all, d.GetDocument())
	}
	return all, nil
}

// check goes on after a paper that is not intact: the person wants to know
// about all of them. The report comes out whatever was found.
func (a *app) check(ctx context.Context, v visit, documents []string) error {
	report := struct {
		Documents  []json.RawMessage `json:"documents"`
		Checkpoint *checkpoint       `json:"checkpoint"`
		OK         bool              `json:"ok"`
	}{Documents: []json.RawMessage{}}
	bad := 0
	for _, id := range documents {
		c, err := v.Control(ctx, v.safe, id)
		if err != nil {
			return err
		}
		if c.GetVerdict() != coffrev1.ControlResponse_VERDICT_INTACT {
			bad++
			a.say("%s  %s", id, verdict(c.GetVerdict()))
		}
		line, err := controlled(id, c)
		if err != nil {
			return err
		}
		report.Documents = append(report.Documents, line)
	}
	cp, since, trailErr := a.checkTrail(ctx, v)
	if trailErr == nil {
		s := shown(cp)
		report.Checkpoint = &s
	}
	report.OK = bad == 0 && trailErr == nil
	if err := a.emit(report); err != nil {
		return err
	}
	switch {
	case bad > 0:
		return &client.Error{
			Class:    client.ClassIntegrity,
			Reason:   "NOT_INTACT",
			Sentence: fmt.Sprintf("%s sur %d : prévenez le responsable du service et gardez vos originaux.", plural(bad, "papier n'est plus intact", "papiers ne sont plus intacts"), len(documents)),
			Err:      trailErr,
		}
	case trailErr != nil:
		return trailErr
	}
	a.say("%s. %s", plural(len(documents), "papier contrôlé, intact", "papiers contrôlés, tous intacts"), since)
	return nil
}

func controlled(id string, c *coffrev1.ControlResponse) (json.RawMessage, error) {
	return toJSON(struct {
		Document string `json:"document"`
		Verdict  string `json:"verdict"`
		Digest   []byte `json:"digest"`
	}{id, c.GetVerdict().String(), c.GetDigest()})
}

func verdict(v coffrev1.ControlResponse_Verdict) string {
	switch v {
	case coffrev1.ControlResponse_VERDICT_INTACT:
		return "intact"
	case coffrev1.ControlResponse_VERDICT_ALTERED:
		return "modifié"
	case coffrev1.ControlResponse_VERDICT_MISSING:
		return "disparu"
	default:
		return "sans réponse"
	}
}
