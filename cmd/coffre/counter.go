package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

func newVisit(a *app) *cobra.Command {
	var s step
	var end, extend bool
	cmd := &cobra.Command{
		Use:   "visit --safe COFFRE --with code+pin",
		Short: "Ouvrir la session de la personne sur votre écran, pour 45 minutes",
		Long: `Ouvre une session de guichet : celle de la personne, sur l'écran de l'agent. Les
commandes suivantes agissent comme la personne quand on y ajoute --visit. Le PIN
seul n'ouvre que ce qui est confié ; sans PIN il faut la feuille et un second
agent. « coffre visit --end » la ferme, et « coffre visit --extend » la prolonge.`,
		Example: "  coffre visit --safe … --with code+pin\n  coffre --visit consent ls\n  coffre visit --end",
		Args:    count(0, 0),
	}
	cmd.Flags().BoolVar(&end, "end", false, "fermer la session de guichet")
	cmd.Flags().BoolVar(&extend, "extend", false, "la prolonger de 45 minutes, avec le PIN")
	s.proofFlags(cmd)
	s.approvalFlags(cmd)
	open := a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error { return a.openVisit(ctx, v, &s) }).RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if end && extend || (end || extend) && cmd.Flags().Changed("safe") || a.asPerson {
			return usage("Écrivez « coffre visit --safe COFFRE », « coffre visit --extend » ou « coffre visit --end ».")
		}
		if !end && !extend {
			return open(cmd, args)
		}
		return a.session(func(ctx context.Context, v visit, _ []string) error {
			as, err := v.saved.AsPerson()
			if err != nil {
				return err
			}
			if extend {
				return a.extendVisit(ctx, v, as, &s)
			}
			return a.endVisit(ctx, v, as)
		})(cmd, args)
	}
	return cmd
}

func (a *app) openVisit(ctx context.Context, v visit, s *step) error {
	proof, err := s.proof(ctx, a)
	if err != nil {
		return err
	}
	opened, err := try(ctx, a, v, s, v.Presence.OpenCounter, coffrev1.OpenCounterRequest_builder{
		Safe: &v.safe, Proof: proof, Approval: &s.approval,
	}.Build())
	if err != nil {
		return err
	}
	if err := a.keepVisit(ctx, v, opened.GetSessionToken(), opened.GetExpireTime().AsTime()); err != nil {
		return err
	}
	opened.SetSessionToken("") // it is kept in the file, and shown nowhere
	a.sayReach(opened.GetReach(), opened.GetRenewSheet())
	return a.emit(opened)
}

// keepVisit keeps a counter session for the commands that follow.
func (a *app) keepVisit(ctx context.Context, v visit, token string, expires time.Time) error {
	cred, err := v.saved.Visit(token)
	if err != nil {
		return err
	}
	saved := v.saved
	saved.Counter = client.Counter{Safe: v.safe, Expires: expires, Credentials: cred}
	if err := a.store.Save(saved); err != nil {
		// Nobody could end a session that was not kept.
		_ = v.As(cred).Logout(ctx) // the failure to keep it is what is told
		return err
	}
	a.say("La session de guichet est ouverte jusqu'à %s : ajoutez --visit pour agir comme la personne.", clock(saved.Counter.Expires))
	return nil
}

func (a *app) extendVisit(ctx context.Context, v visit, as client.Saved, s *step) error {
	proof, err := s.proof(ctx, a)
	if err != nil {
		return err
	}
	person := v.As(as.Credentials)
	longer, err := client.Once(ctx, person, person.Presence.ExtendCounter, coffrev1.ExtendCounterRequest_builder{Proof: proof}.Build())
	if err != nil {
		return err
	}
	saved := v.saved
	saved.Counter.Expires = longer.GetExpireTime().AsTime()
	if err := a.store.Save(saved); err != nil {
		return err
	}
	a.say("La session de guichet est ouverte jusqu'à %s.", clock(saved.Counter.Expires))
	a.sayReach(longer.GetReach(), longer.GetRenewSheet())
	return a.emit(longer)
}

// endVisit forgets the session whatever the service says: it ends there by
// itself.
func (a *app) endVisit(ctx context.Context, v visit, as client.Saved) error {
	saved := v.saved
	saved.Counter = client.Counter{}
	err := v.As(as.Credentials).Logout(ctx)
	if errSave := a.store.Save(saved); errSave != nil {
		return errSave
	}
	if e, ok := errors.AsType[*client.Error](err); ok && e.Class == client.ClassLogin {
		err = nil // it was over already
	}
	return a.changed(err, "La session de guichet est fermée.")
}

func (a *app) sayReach(r coffrev1.Reach, renew bool) {
	if r == coffrev1.Reach_REACH_ENTRUSTED {
		a.say("Sans la feuille, seuls les tiroirs confiés s'ouvrent.")
	}
	if renew {
		a.say("La feuille a servi sur cet écran : imprimez-en une neuve avec « coffre --visit sheet renew --sheet FICHIER ».")
	}
}

func newPIN(a *app) *cobra.Command {
	var s step
	var file string
	cmd := &cobra.Command{
		Use:   "pin",
		Short: "Choisir un PIN de six chiffres : la personne le tape elle-même",
		Args:  count(0, 0),
	}
	cmd.Flags().StringVar(&file, "new-pin-file", "", "le `FICHIER` qui contient le PIN choisi, ou - pour l'entrée")
	s.proofFlags(cmd)
	s.approvalFlags(cmd)
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		if file == "-" && (s.pinFile == "-" || s.codeFile == "-") {
			return usage("L'entrée ne peut servir qu'une fois : donnez un fichier pour le reste.")
		}
		proof, err := s.proof(ctx, a)
		if err != nil {
			return err
		}
		pin, err := a.newPIN(ctx, file, "new-pin-file")
		if err != nil {
			return err
		}
		id, err := s.id()
		if err != nil {
			return err
		}
		return a.told("Le PIN est choisi.")(try(ctx, a, v, &s, v.Presence.SetPin, coffrev1.SetPinRequest_builder{
			RequestId: id, Safe: &v.safe, Pin: &pin, Proof: proof, Approval: &s.approval,
		}.Build()))
	})
}

// newPIN asks twice at a keyboard: a slip would lock the person out.
func (a *app) newPIN(ctx context.Context, file, flag string) (string, error) {
	word := secret{"PIN choisi, six chiffres (il ne s'affiche pas) : ", "les six chiffres du PIN", flag}
	pin, err := a.secret(ctx, file, word)
	if err != nil || file != "" {
		return pin, err
	}
	word.prompt = "Encore une fois : "
	again, err := a.secret(ctx, "", word)
	if err == nil && again != pin {
		err = usage("Les deux PIN ne sont pas les mêmes : recommencez.")
	}
	return pin, err
}

func newPresence(a *app) *cobra.Command {
	return group("presence", "Montrer que la personne est là", newPresenceProve(a), newPresenceAsk(a), newPresenceGrant(a))
}

func newPresenceProve(a *app) *cobra.Command {
	var s step
	cmd := &cobra.Command{
		Use:     "prove --with pin|code|code+pin",
		Short:   "La personne tape son PIN ou montre sa feuille : vos accords s'ouvrent pour 45 minutes",
		Example: "  coffre presence prove --safe … --with pin",
		Args:    count(0, 0),
	}
	s.proofFlags(cmd)
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		proof, err := s.proof(ctx, a)
		if err != nil {
			return err
		}
		if !s.guess {
			return usage("Dites avec --with ce que la personne tape : pin, code ou code+pin.")
		}
		proved, err := try(ctx, a, v, &s, v.Presence.ProvePresence, coffrev1.ProvePresenceRequest_builder{Safe: &v.safe, Proof: proof}.Build())
		if err != nil {
			return err
		}
		return a.told("La personne est là, jusqu'à %s.", clock(proved.GetExpireTime().AsTime()))(proved, nil)
	})
}

func newPresenceAsk(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "ask", Short: "Demander à la personne de dire oui depuis sa propre session", Args: count(0, 0)}
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		asked, err := client.Repeat(ctx, v.Client, v.Presence.AskPresence, coffrev1.AskPresenceRequest_builder{Safe: &v.safe}.Build())
		if err != nil {
			return err
		}
		return a.told("Nombre à dire à la personne : %s", client.Printable(asked.GetNumber()))(asked, nil)
	})
}

func newPresenceGrant(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "grant NOMBRE", Short: "Dire oui à l'agent dont l'écran montre ce nombre", Args: count(1, 1)}
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		return a.told("Vous avez dit oui : vous êtes là.")(client.Once(ctx, v.Client, v.Presence.GrantPresence,
			coffrev1.GrantPresenceRequest_builder{Safe: &v.safe, Number: &args[0]}.Build()))
	})
}
