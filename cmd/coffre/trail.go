package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// settled is how old a line may be and still wait for its checkpoint: the
// service signs one at most a minute after a leaf.
const settled = 2 * time.Minute

// checkpoint is a checkpoint as JSON shows it.
type checkpoint struct {
	Origin   string `json:"origin"`
	TreeSize int64  `json:"treeSize,string"`
	Root     []byte `json:"root"`
}

func newTrail(a *app) *cobra.Command {
	var verify bool
	cmd := &cobra.Command{
		Use:   "trail",
		Short: "Montrer le journal de votre coffre : qui a fait quoi, et quand",
		Long: `Montre tout ce qui a été tenté sur votre coffre, par vous et par d'autres.

Avec --verify, chaque ligne est retrouvée dans le journal signé du service, et
ce journal est comparé avec le dernier point de contrôle vu depuis cet
ordinateur : un journal réécrit ou raccourci se voit.`,
		Args: count(0, 0),
	}
	cmd.Flags().BoolVar(&verify, "verify", false, "vérifier les lignes et le journal du service")
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		var lines []*coffrev1.JournalLine
		for l, err := range v.Journal(ctx, v.safe) {
			if err != nil {
				return err
			}
			lines = append(lines, l)
		}
		shown := runs(lines)
		a.table(len(shown), func(i int) []string {
			first := shown[i][0]
			sentence := client.Printable(first.GetSentence())
			if n := len(shown[i]); n > 1 {
				sentence += fmt.Sprintf(" (%d fois)", n)
			}
			return []string{day(first.GetTime().AsTime()), sentence, titles(first)}
		})
		if !verify {
			return a.emit(coffrev1.ReadJournalResponse_builder{Lines: lines}.Build())
		}
		return a.verifyTrail(ctx, v, lines)
	})
}

// runs puts lines together that say the same one after the other on one day:
// a program that proves a hundred lines would bury what a person looks for. What
// names a paper, and what is by somebody else, stays a line of its own.
func runs(lines []*coffrev1.JournalLine) (all [][]*coffrev1.JournalLine) {
	for _, l := range lines {
		if last := len(all) - 1; last >= 0 {
			same := all[last][0]
			if len(l.GetDocuments()) == 0 && len(same.GetDocuments()) == 0 && l.GetSentence() == same.GetSentence() &&
				l.GetActorLogin() == same.GetActorLogin() && l.GetAgent() == same.GetAgent() &&
				day(l.GetTime().AsTime())[:10] == day(same.GetTime().AsTime())[:10] {
				all[last] = append(all[last], l)
				continue
			}
		}
		all = append(all, []*coffrev1.JournalLine{l})
	}
	return all
}

// titles names the papers of a line, as far as the safe is unlocked.
func titles(l *coffrev1.JournalLine) string {
	var all []string
	for _, d := range l.GetDocuments() {
		if d.GetTitle() != "" {
			all = append(all, client.Printable(d.GetTitle()))
		}
	}
	return strings.Join(all, ", ")
}

func (a *app) verifyTrail(ctx context.Context, v visit, lines []*coffrev1.JournalLine) error {
	cp, since, err := a.checkTrail(ctx, v)
	if err != nil {
		return err
	}
	var positions []uint64
	for _, l := range lines {
		if l.GetPosition() >= uint64(cp.Size) && time.Since(l.GetTime().AsTime()) < settled {
			continue // its checkpoint is still to come
		}
		positions = append(positions, l.GetPosition())
	}
	if err := v.CheckInclusion(ctx, v.safe, cp, positions...); err != nil {
		return err
	}
	proved := len(positions)
	a.say("%s dans le journal signé du service, sur %d. %s", plural(proved, "ligne retrouvée", "lignes retrouvées"), len(lines), since)
	journal, err := toJSON(coffrev1.ReadJournalResponse_builder{Lines: lines}.Build())
	if err != nil {
		return err
	}
	var out map[string]json.RawMessage
	if err := json.Unmarshal(journal, &out); err != nil {
		return fmt.Errorf("coffre: json: %w", err)
	}
	if out["checkpoint"], err = toJSON(shown(cp)); err != nil {
		return err
	}
	if out["proved"], err = toJSON(proved); err != nil {
		return err
	}
	return a.emit(out)
}

// checkTrail compares the service's trail with the last checkpoint seen from
// here, keeps the new one, and says since when.
func (a *app) checkTrail(ctx context.Context, v visit) (cp client.Checkpoint, since string, err error) {
	known, seen, err := a.store.Seen(v.saved.Address)
	if err != nil {
		return cp, "", err
	}
	if cp, err = v.CheckTrail(ctx, known); err != nil {
		return cp, "", err
	}
	if err := a.store.See(v.saved.Address, cp); err != nil {
		return cp, "", err
	}
	if known.IsZero() {
		return cp, fmt.Sprintf("Premier point de contrôle vu depuis cet ordinateur : %v.", cp), nil
	}
	return cp, fmt.Sprintf("Le journal du service prolonge le point %v vu le %s ; point actuel : %v.", known, day(seen), cp), nil
}

func shown(cp client.Checkpoint) checkpoint {
	return checkpoint{Origin: cp.Origin, TreeSize: cp.Size, Root: cp.Root[:]}
}
