package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

func newTogether(a *app) *cobra.Command {
	return group("together", "Côte à côte : vous et la personne, une démarche, 45 minutes", newTogetherStart(a), newTogetherEnd(a))
}

// sideBySide is how long a côte-à-côte session lasts at most.
const sideBySide = 45 * time.Minute

func newTogetherStart(a *app) *cobra.Command {
	var f termsFlags
	var g givingFlags
	var s step
	cmd := &cobra.Command{
		Use:     "start --purpose DÉMARCHE --precise PHRASE --posture POSTURE --with code+pin",
		Example: "  coffre together start --safe … --purpose rsa --precise 'Remplir la demande.' --posture with --kind quittance-loyer --with code+pin",
		Short:   "Commencer : rien ne survit à la fin",
		Args:    count(0, 0),
	}
	f.flags(cmd)
	g.flags(cmd)
	s.proofFlags(cmd)
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		terms, err := f.terms(ctx, v, false)
		if err != nil {
			return err
		}
		shown, err := show(ctx, v, terms)
		if err != nil {
			return err
		}
		req := coffrev1.StartSideBySideRequest_builder{Safe: &v.safe, Terms: terms}.Build()
		if err := a.agree(ctx, g, &s, shown, req); err != nil {
			return err
		}
		begun, err := try(ctx, a, v, &s, v.Presence.StartSideBySide, req)
		if err != nil {
			return err
		}
		ends := begun.GetExpireTime().AsTime()
		a.say("Côte à côte jusqu'à %s : %s. « coffre together end » y met fin.", clock(ends),
			plural(int(begun.GetDocuments()), "papier ouvert", "papiers ouverts"))
		// What was agreed is not kept on this computer: nothing survives here either.
		a.say("Si la personne veut que vous reveniez, ajoutez-y les mêmes options, --from %s et --until JOUR.", stamp(ends.Add(-sideBySide)))
		return a.emit(begun)
	})
}

func newTogetherEnd(a *app) *cobra.Command {
	var f termsFlags
	var g givingFlags
	var s step
	var summary string
	cmd := &cobra.Command{
		Use:     "end [--until JOUR --from INSTANT et les options de « start »]",
		Example: "  coffre together end --safe … --summary resume.pdf",
		Short:   "Finir, et dire à la personne ce qui a été fait",
		Long: `Finit la session côte à côte. Avec --until, la personne répond à une question :
pouvez-vous revenir à ces papiers, pour cette démarche, sans elle, jusqu'à ce
jour ? Le texte est celui des options données à « start ».`,
		Args: count(0, 0),
	}
	f.flags(cmd)
	cmd.Flags().StringVar(&summary, "summary", "", "le `FICHIER` neuf où écrire ce qui a été fait, à imprimer pour la personne")
	cmd.Flags().StringVar(&f.from, "from", "", "l'`INSTANT` du début, que « start » a montré")
	cmd.Flags().StringVar(&f.until, "until", "", "le dernier `JOUR` où revenir, JJ/MM/AAAA")
	g.flags(cmd)
	s.proofFlags(cmd)
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		id, err := s.id()
		if err != nil {
			return err
		}
		to := pageTo{file: summary}
		req := coffrev1.EndSideBySideRequest_builder{RequestId: id, Safe: &v.safe, Format: to.wire()}.Build()
		if f.until != "" {
			if err := a.comeBack(ctx, v, f, g, &s, req); err != nil {
				return err
			}
		}
		place, err := a.room(summary)
		if err != nil {
			return err
		}
		end, err := try(ctx, a, v, &s, v.Presence.EndSideBySide, req)
		if err != nil {
			place.abandon()
			return err
		}
		if err := place.fill(string(append(end.GetPdf(), end.GetHtml()...))); err != nil { // one of the two
			return client.FileError("écrire", summary, err)
		}
		end.SetHtml(nil) // it is in the file
		end.SetPdf(nil)
		a.say("C'est fini : %s, %s.", plural(int(end.GetOpened()), "papier ouvert", "papiers ouverts"), plural(int(end.GetDeposited()), "papier déposé", "papiers déposés"))
		if end.GetConsent() != "" {
			a.say("Vous pourrez revenir à ces papiers : accord %s.", end.GetConsent())
		}
		return a.emit(end)
	})
}

// comeBack asks the person the one question at the end.
func (a *app) comeBack(ctx context.Context, v visit, f termsFlags, g givingFlags, s *step, req *coffrev1.EndSideBySideRequest) error {
	if f.from == "" {
		return usage("Donnez avec --from l'instant du début, que « coffre together start » a montré.")
	}
	f.presence, f.arrivals, f.replacement = "not", "today", "none"
	terms, err := f.terms(ctx, v, true)
	if err != nil {
		return err
	}
	shown, err := show(ctx, v, terms)
	if err != nil {
		return err
	}
	req.SetUntilTime(terms.GetUntilTime())
	return a.agree(ctx, g, s, shown, req)
}
