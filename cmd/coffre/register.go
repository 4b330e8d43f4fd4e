package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// entryFlags are how a structure finds a safe again.
type entryFlags struct{ name, birth, language string }

func (f *entryFlags) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.name, "name", "", "le `NOM` et le prénom, pour retrouver le coffre ; sans lui, hors du registre")
	cmd.Flags().StringVar(&f.birth, "birth", "", "la `DATE` de naissance écrite sur le papier, JJ/MM/AAAA (00 pour ce qui manque)")
	cmd.Flags().StringVar(&f.language, "language", "fr", "la `LANGUE` de la personne (sinon fr)")
}

// entry is nil where the safe stays out of the register.
func (f *entryFlags) entry() *coffrev1.RegisterEntry {
	if f.name == "" {
		return nil
	}
	birth := birthDate(f.birth)
	return coffrev1.RegisterEntry_builder{Name: &f.name, BirthDate: &birth, Language: &f.language}.Build()
}

func newFind(a *app) *cobra.Command {
	var birth, address string
	cmd := &cobra.Command{
		Use:     "find NOM --birth DATE | --address ADRESSE",
		Short:   "Retrouver le coffre d'une personne ; chaque recherche est notée",
		Example: "  coffre find 'FICTIVE Anne' --birth 03/09/1981\n  coffre find --address …",
		Args:    count(0, 1),
	}
	cmd.Flags().StringVar(&birth, "birth", "", "la `DATE` de naissance, JJ/MM/AAAA")
	cmd.Flags().StringVar(&address, "address", "", "l'`ADRESSE` du coffre, imprimée sur la feuille")
	cmd.RunE = a.session(func(ctx context.Context, v visit, args []string) error {
		byName := len(args) == 1 && birth != ""
		if byName == (address != "") || !byName && (len(args) > 0 || birth != "") {
			return usage("Donnez le nom et la date de naissance, ou bien l'adresse du coffre.")
		}
		req := coffrev1.FindSafeRequest_builder{Address: &address}.Build()
		if byName {
			req.SetName(args[0])
			req.SetBirthDate(birthDate(birth))
		}
		found, err := client.Repeat(ctx, v.Client, v.Register.FindSafe, req)
		if err != nil {
			return err
		}
		all := found.GetSafes()
		if len(all) == 0 {
			a.say("Aucun coffre.")
		}
		a.table(len(all), func(i int) []string {
			e := all[i].GetEntry()
			return []string{all[i].GetSafe(), client.Printable(e.GetName()), client.Printable(e.GetBirthDate()), client.Printable(e.GetLanguage())}
		})
		return a.emit(found)
	})
	return cmd
}

func newHelped(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "helped",
		Short: "Montrer qui vous aidez, pour quoi, jusqu'à quand",
		Args:  count(0, 0),
		RunE: a.session(func(ctx context.Context, v visit, _ []string) error {
			answer, err := client.Whole(ctx, v.Client, v.Consents.ListHelped, &coffrev1.ListHelpedRequest{})
			if err != nil {
				return err
			}
			all := answer.GetHelped()
			if len(all) == 0 {
				a.say("Personne pour le moment.")
			}
			a.table(len(all), func(i int) []string {
				h := all[i]
				state := stateWords(h.GetState(), h.GetEndReason())
				if h.GetEndsSoon() {
					state += ", finit bientôt"
				}
				return []string{h.GetSafe(), client.Printable(h.GetName()), state, h.GetPurpose(), until(h.GetUntilTime()), h.GetConsent()}
			})
			return a.emit(answer)
		}),
	}
}

func newCircle(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "circle", Short: "Montrer qui aide la personne, pour quoi, jusqu'à quand", Args: count(0, 0)}
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		circle, err := client.Repeat(ctx, v.Client, v.Register.GetCircle, coffrev1.GetCircleRequest_builder{Safe: &v.safe}.Build())
		if err != nil {
			return err
		}
		all := circle.GetMembers()
		if len(all) == 0 {
			a.say("Personne pour le moment.")
		}
		a.table(len(all), func(i int) []string {
			m, referent := all[i], ""
			if m.GetReferent() {
				referent = "référent"
			}
			return []string{
				m.GetAgent(), client.Printable(m.GetName()), m.GetFunction(), strings.Join(m.GetPurposes(), ", "),
				until(m.GetUntilTime()), referent,
			}
		})
		return a.emit(circle)
	})
}

func newAddress(a *app) *cobra.Command {
	return group("address", "Les adresses d'un coffre, pour y déposer", newAddressIssue(a), newAddressRevoke(a))
}

func newAddressIssue(a *app) *cobra.Command {
	var partner string
	cmd := &cobra.Command{
		Use:     "issue POUR-QUI | --partner ID",
		Example: "  coffre address issue 'La CAF'\n  coffre address issue --partner …", Short: "Faire une adresse neuve, pour une copie ou le programme d'un partenaire", Args: count(0, 1),
	}
	cmd.Flags().StringVar(&partner, "partner", "", "le seul programme `ID` qui y déposera (« coffre partners ls »)")
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		if len(args) == 0 && partner == "" {
			return usage("Dites pour qui est cette adresse, ou donnez --partner.")
		}
		issued, err := client.Repeat(ctx, v.Client, v.Register.IssueAddress, coffrev1.IssueAddressRequest_builder{
			RequestId: client.NewRequest(), Safe: &v.safe, Label: new(strings.Join(args, "")), Partner: &partner,
		}.Build())
		if err != nil {
			return err
		}
		return a.told("Adresse : %s", client.Printable(issued.GetAddress()))(issued, nil)
	})
}

func newAddressRevoke(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "revoke ADRESSE", Short: "Mettre fin à une adresse (« coffre safe » les montre)", Args: count(1, 1)}
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		return a.told("Cette adresse ne mène plus nulle part.")(client.Repeat(ctx, v.Client, v.Register.RevokeAddress, coffrev1.RevokeAddressRequest_builder{
			RequestId: client.NewRequest(), Safe: &v.safe, Address: &args[0],
		}.Build()))
	})
}
