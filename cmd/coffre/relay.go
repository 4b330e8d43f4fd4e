package main

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
)

func newRelay(a *app) *cobra.Command {
	return group("relay", "Les relais : confier une démarche à un collègue, sans jamais de clé",
		newRelaySend(a), newRelayList(a), newRelayTake(a), newRelayDone(a), newRelayReturn(a), newRelayForbid(a), newRelayAllow(a))
}

// relayed fills in what a relay says of the terms, where nothing was typed, and
// answers its safe. What is done and with which papers is never taken from it.
func (f *termsFlags) relayed(ctx context.Context, v visit, id string) (safe string, err error) {
	if _, err := vault.ParseRelayID(id); err != nil {
		return "", notRelay()
	}
	answer, err := client.Whole(ctx, v.Client, v.Relays.ListRelays, &coffrev1.ListRelaysRequest{})
	if err != nil {
		return "", err
	}
	all := answer.GetRelays()
	i := slices.IndexFunc(all, func(r *coffrev1.Relay) bool { return r.GetRelay() == id })
	switch {
	case i < 0 || all[i].GetSafe() == "":
		return "", &client.Error{
			Class: client.ClassNotFound, Reason: "NOT_FOUND",
			Sentence: "Ce relais n'est pas pour vous : « coffre relay ls --mine » montre les vôtres.",
		}
	}
	if err := f.whoHelps(ctx, v); err != nil {
		return "", err
	}
	if all[i].GetState() != coffrev1.RelayState_RELAY_STATE_TAKEN || all[i].GetTakingAgent() != f.agent {
		return "", usage("Prenez d'abord ce relais : « coffre relay take %s ».", id)
	}
	if f.purpose == "" {
		f.purpose = all[i].GetPurpose()
	}
	if f.posture == "" {
		f.posture = wordOf(all[i].GetPosture())
	}
	return all[i].GetSafe(), nil
}

func notRelay() *client.Error {
	return usage("Ce n'est pas l'identifiant d'un relais : « coffre relay ls » les montre.")
}

// relayID accepts one relay, and none where least is zero.
func relayID(least int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := count(least, 1)(cmd, args); err != nil || len(args) == 0 {
			return err
		}
		if _, err := vault.ParseRelayID(args[0]); err != nil {
			return notRelay()
		}
		return nil
	}
}

func newRelaySend(a *app) *cobra.Command {
	var agent, function, purpose, posture, text, due, alarm string
	cmd := &cobra.Command{
		Use:     "send --to AGENT --purpose DÉMARCHE --posture POSTURE --text PHRASE --due JOUR",
		Short:   "Passer le relais à un collègue, ou à une fonction (--function)",
		Long:    "Passe le relais : une tâche, et aucune clé. Le collègue la prend, puis demande son propre accord à la personne. Si personne ne la prend, elle sonne.",
		Example: "  coffre relay send --safe … --function social-worker --purpose rsa --posture with --text 'Déclaration trimestrielle à la CAF' --due 30/11/2026",
		Args:    count(0, 0),
	}
	cmd.Flags().StringVar(&agent, "to", "", "l'`AGENT` qui prend la suite")
	cmd.Flags().StringVar(&function, "function", "", "la `FONCTION` qui prend la suite, par exemple social-worker")
	cmd.Flags().StringVar(&purpose, "purpose", "", "la `DÉMARCHE`")
	cmd.Flags().StringVar(&posture, "posture", "with", "`train`, with ou in-stead")
	cmd.Flags().StringVar(&text, "text", "", "la `PHRASE` qui dit ce qui est à faire, 500 caractères au plus")
	cmd.Flags().StringVar(&due, "due", "", "le dernier `JOUR`, JJ/MM/AAAA")
	cmd.Flags().StringVar(&alarm, "alarm", "", "le `JOUR` où le relais sonne si personne ne l'a pris ; sinon deux jours ouvrés")
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		if (agent == "") == (function == "") || purpose == "" || text == "" || due == "" {
			return usage("Donnez --to ou --function, --purpose, --text et --due.")
		}
		how, known := relayPostures()[posture]
		if !known {
			return usage("Avec --posture, écrivez train, with ou in-stead.")
		}
		day, err := parseTime("due", due, 1)
		if err != nil {
			return err
		}
		req := coffrev1.SendRelayRequest_builder{
			RequestId: client.NewRequest(), Safe: &v.safe, Agent: &agent, Function: &function, Purpose: &purpose,
			Posture: &how, Text: &text, DueTime: day,
		}.Build()
		if alarm != "" {
			rings, err := parseTime("alarm", alarm, 1)
			if err != nil {
				return err
			}
			req.SetAlarmTime(rings)
		}
		sent, err := client.Repeat(ctx, v.Client, v.Relays.SendRelay, req)
		if err != nil {
			return unlisted(err, purposes)
		}
		return a.told("Le relais %s est passé.", sent.GetRelay())(sent, nil)
	})
}

func relayPostures() map[string]coffrev1.Posture {
	return map[string]coffrev1.Posture{
		"train": coffrev1.Posture_POSTURE_TRAIN, "with": coffrev1.Posture_POSTURE_WITH, "in-stead": coffrev1.Posture_POSTURE_IN_STEAD,
	}
}

func newRelayList(a *app) *cobra.Command {
	var mine bool
	cmd := &cobra.Command{
		Use: "ls", Short: "Montrer les relais du coffre, ou les vôtres (--mine) ; ceux qui sonnent d'abord", Args: count(0, 0),
	}
	cmd.Flags().BoolVar(&mine, "mine", false, "les relais qui vous concernent, de tous les coffres")
	list := func(ctx context.Context, v visit, req *coffrev1.ListRelaysRequest) error {
		answer, err := client.Whole(ctx, v.Client, v.Relays.ListRelays, req)
		if err != nil {
			return err
		}
		all := answer.GetRelays()
		if len(all) == 0 {
			a.say("Aucun relais.")
		}
		if answer.GetForbidden() {
			a.say("La personne ne veut pas de relais.")
		}
		a.table(len(all), func(i int) []string {
			r := all[i]
			to := r.GetAgentName()
			if to == "" {
				to = r.GetFunction()
			}
			return []string{
				r.GetRelay(), relayWords(r), until(r.GetDueTime()), r.GetPurpose(), client.Printable(r.GetSendingName()),
				client.Printable(to), client.Printable(r.GetTakingName()), client.Printable(r.GetName()), r.GetSafe(), client.Printable(r.GetText()),
			}
		})
		return a.emit(answer)
	}
	inSafe := a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		return list(ctx, v, coffrev1.ListRelaysRequest_builder{Safe: &v.safe}.Build())
	})
	ofSafe, ofMine := inSafe.RunE, a.session(func(ctx context.Context, v visit, _ []string) error {
		return list(ctx, v, &coffrev1.ListRelaysRequest{})
	})
	inSafe.RunE = func(cmd *cobra.Command, args []string) error {
		if mine {
			return ofMine(cmd, args)
		}
		return ofSafe(cmd, args)
	}
	return inSafe
}

func relayWords(r *coffrev1.Relay) string {
	words := map[coffrev1.RelayState]string{
		coffrev1.RelayState_RELAY_STATE_SENT: "attend", coffrev1.RelayState_RELAY_STATE_TAKEN: "pris",
		coffrev1.RelayState_RELAY_STATE_RETURNED: "revenu", coffrev1.RelayState_RELAY_STATE_DONE: "fait",
		coffrev1.RelayState_RELAY_STATE_ENDED: "fini",
	}
	word, ok := words[r.GetState()]
	if !ok {
		return "inconnu"
	}
	if r.GetAlarm() {
		return word + ", sonne"
	}
	return word
}

func newRelayTake(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "take ID", Short: "Prendre un relais : le premier l'a", Args: relayID(1)}
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		return a.told("Vous avez le relais. Pour ouvrir des papiers, demandez l'accord de la personne : « coffre consent ask --relay %s ».", args[0])(
			client.Repeat(ctx, v.Client, v.Relays.TakeRelay, coffrev1.TakeRelayRequest_builder{
				RequestId: client.NewRequest(), Safe: &v.safe, Relay: &args[0],
			}.Build()))
	})
}

func newRelayDone(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "done ID", Short: "Dire que c'est fait", Args: relayID(1)}
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		return a.told("C'est fait.")(client.Repeat(ctx, v.Client, v.Relays.FinishRelay, coffrev1.FinishRelayRequest_builder{
			RequestId: client.NewRequest(), Safe: &v.safe, Relay: &args[0],
		}.Build()))
	})
}

func newRelayReturn(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "return ID", Short: "Rendre un relais : il attend de nouveau", Args: relayID(1)}
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		return a.told("Le relais est rendu, et il attend de nouveau.")(client.Repeat(ctx, v.Client, v.Relays.ReturnRelay, coffrev1.ReturnRelayRequest_builder{
			RequestId: client.NewRequest(), Safe: &v.safe, Relay: &args[0],
		}.Build()))
	})
}

func newRelayForbid(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "forbid [ID]", Short: "Dire non à un relais, ou sans ID à tous, maintenant et plus tard", Args: relayID(0)}
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		req := coffrev1.ForbidRelaysRequest_builder{RequestId: client.NewRequest(), Safe: &v.safe}.Build()
		if len(args) == 1 {
			req.SetRelay(args[0])
		}
		return a.told("C'est noté : pas de relais.")(client.Repeat(ctx, v.Client, v.Relays.ForbidRelays, req))
	})
}

func newRelayAllow(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "allow", Short: "Permettre les relais de nouveau", Args: count(0, 0)}
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		return a.told("Les relais sont permis de nouveau.")(client.Repeat(ctx, v.Client, v.Relays.AllowRelays, coffrev1.AllowRelaysRequest_builder{
			RequestId: client.NewRequest(), Safe: &v.safe,
		}.Build()))
	})
}
