package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
)

func newConsent(a *app) *cobra.Command {
	return group("consent", "Les accords : qui peut aider, avec quoi, jusqu'à quand",
		newConsentList(a), newConsentShow(a), newConsentAsk(a), newConsentGive(a), newConsentRefuse(a),
		newConsentWithdraw(a), newConsentStop(a), newConsentWiden(a), newConsentRenew(a))
}

// consentID accepts one consent, and from least to most arguments in all.
func consentID(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := count(least, most)(cmd, args); err != nil {
			return err
		}
		if len(args) == 0 {
			return nil
		}
		if _, err := vault.ParseConsentID(args[0]); err != nil {
			return usage("« %s » n'est pas l'identifiant d'un accord : « coffre consent ls » les montre.", client.Printable(args[0]))
		}
		return documentIDs(args[1:])
	}
}

func newConsentList(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "ls", Short: "Montrer les demandes et les accords d'un coffre", Args: count(0, 0)}
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		answer, err := consents(ctx, v)
		if err != nil {
			return err
		}
		all := answer.GetConsents()
		if len(all) == 0 {
			a.say("Aucun accord.")
		}
		a.table(len(all), func(i int) []string {
			t := all[i].GetTerms()
			return []string{all[i].GetConsent(), stateOf(all[i]), t.GetPurpose(), until(t.GetUntilTime()), client.Printable(all[i].GetAgentName()), client.Printable(all[i].GetActsSentence())}
		})
		return a.emit(answer)
	})
}

func consents(ctx context.Context, v visit) (*coffrev1.ListConsentsResponse, error) {
	return client.Whole(ctx, v.Client, v.Consents.ListConsents, coffrev1.ListConsentsRequest_builder{Safe: &v.safe}.Build())
}

// consent finds one in the list of the safe.
func consent(ctx context.Context, v visit, id string) (*coffrev1.Consent, error) {
	answer, err := consents(ctx, v)
	if err != nil {
		return nil, err
	}
	for _, c := range answer.GetConsents() {
		if c.GetConsent() == id {
			return c, nil
		}
	}
	return nil, &client.Error{
		Class: client.ClassNotFound, Reason: "NOT_FOUND",
		Sentence: "Cet accord n'est pas dans ce coffre : regardez la liste avec « coffre consent ls ».",
	}
}

func newConsentShow(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "show ID", Short: "Montrer le texte exact d'un accord ou d'une demande", Args: consentID(1, 1)}
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		c, err := consent(ctx, v, args[0])
		if err != nil {
			return err
		}
		a.say("%s\n\nÉtat : %s", paragraphs(c.GetShown().GetText()), stateOf(c))
		if done := c.GetActsSentence(); done != "" {
			a.say("%s", client.Printable(done))
		}
		return a.emit(c)
	})
}

func newConsentAsk(a *app) *cobra.Command {
	var f termsFlags
	var relay string
	cmd := &cobra.Command{
		Use:   "ask --purpose DÉMARCHE --precise PHRASE --posture POSTURE",
		Short: "Demander un accord à la personne : la demande seule n'ouvre rien",
		Long: `Demande un accord : la personne lit le texte exact, puis dit oui ou non. Avec
--relay, le coffre, la démarche et la posture sont ceux du relais que vous avez
pris ; les papiers et les gestes précis, c'est vous qui les dites.`,
		Example: "  coffre consent ask --safe … --purpose rsa --precise 'Remplir la demande de RSA' --posture with --kind quittance-loyer --until 30/11/2026\n" +
			"  coffre consent ask --relay ID --precise 'Remplir la demande de RSA' --kind quittance-loyer",
		Args: count(0, 0),
	}
	f.flags(cmd)
	f.dateFlags(cmd)
	cmd.Flags().StringVar(&relay, "relay", "", "le `RELAIS` que vous avez pris : son coffre, sa démarche, sa posture")
	ask := func(ctx context.Context, v visit, _ []string) error {
		terms, err := f.terms(ctx, v, true)
		if err != nil {
			return err
		}
		asked, err := client.Repeat(ctx, v.Client, v.Consents.AskConsent, coffrev1.AskConsentRequest_builder{
			RequestId: client.NewRequest(), Safe: &v.safe, Terms: terms,
		}.Build())
		if err != nil {
			return unlisted(err, purposes)
		}
		a.say("%s\n", paragraphs(asked.GetConsent().GetShown().GetText()))
		return a.told("La demande %s attend la réponse de la personne.", asked.GetConsent().GetConsent())(asked.GetConsent(), nil)
	}
	byRelay := a.session(func(ctx context.Context, v visit, args []string) error {
		var err error
		if v.safe, err = f.relayed(ctx, v, relay); err != nil {
			return err
		}
		return ask(ctx, v, args)
	})
	bySafe := a.inSafe(cmd, ask).RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		switch {
		case relay == "":
			return bySafe(cmd, args)
		case cmd.Flags().Changed("safe"):
			return usage("Donnez --relay ou --safe : le relais dit de quel coffre il s'agit.")
		default:
			return byRelay(cmd, args)
		}
	}
	return cmd
}

func newConsentGive(a *app) *cobra.Command {
	var f termsFlags
	var g givingFlags
	var s step
	cmd := &cobra.Command{
		Use:   "give [ID] --method FAÇON --company COMPAGNIE --protection MESURE",
		Short: "Donner l'accord de la personne, à une demande ou de son propre chef",
		Long: `Montre le texte exact, demande si la personne est d'accord, et le garde. Avec ID,
c'est la réponse à une demande ; sans ID, les options disent ce que la personne
propose.

Dans la session d'un agent il faut ce que la personne tape ou montre (--with).`,
		Example: "  coffre consent give ID --method session --company alone --protection none\n  coffre consent give ID --visit --company alone --protection none",
		Args:    consentID(0, 1),
	}
	f.flags(cmd)
	f.dateFlags(cmd)
	g.flags(cmd)
	s.proofFlags(cmd)
	s.approvalFlags(cmd)
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		req := coffrev1.GiveConsentRequest_builder{Safe: &v.safe}.Build()
		shown, err := f.offered(ctx, v, args, req)
		if err != nil {
			return err
		}
		if err := a.agree(ctx, g, &s, shown, req); err != nil {
			return err
		}
		var more []string
		if f.reopen != "" {
			more = []string{"--from", f.reopen}
		}
		given, err := try(ctx, a, v, &s, v.Consents.GiveConsent, req, more...)
		if err != nil {
			return err
		}
		return a.lives(given.GetConsent())
	})
}

// offered says what is agreed to, and answers its text.
func (f *termsFlags) offered(ctx context.Context, v visit, args []string, req *coffrev1.GiveConsentRequest) (*coffrev1.Shown, error) {
	if len(args) == 1 {
		c, err := consent(ctx, v, args[0])
		req.SetConsent(args[0])
		return c.GetShown(), err
	}
	terms, err := f.terms(ctx, v, true)
	if err != nil {
		return nil, err
	}
	req.SetTerms(terms)
	return show(ctx, v, terms)
}

// An agreement is a request that carries one.
type agreement interface {
	SetShownDigest([]byte)
	SetGiving(*coffrev1.Giving)
	SetProof(*coffrev1.Proof)
}

// agree shows the text, takes the yes, and puts all that proves it into a
// request.
func (a *app) agree(ctx context.Context, g givingFlags, s *step, shown *coffrev1.Shown, req agreement) error {
	giving, err := g.giving(a)
	if err != nil {
		return err
	}
	if err := a.agreed(ctx, shown, g); err != nil {
		return err
	}
	proof, err := s.proof(ctx, a)
	if err != nil {
		return err
	}
	req.SetShownDigest(shown.GetDigest())
	req.SetGiving(giving)
	req.SetProof(proof)
	if r, again := req.(interface {
		SetRequestId(string)
		SetApproval(string)
	}); again {
		id, err := s.id()
		if err != nil {
			return err
		}
		r.SetRequestId(*id)
		r.SetApproval(s.approval)
	}
	return nil
}

func (a *app) lives(c *coffrev1.Consent) error {
	return a.told("L'accord %s vaut jusqu'au %s et ouvre %s.", c.GetConsent(), until(c.GetTerms().GetUntilTime()),
		plural(int(c.GetDocuments()), "papier", "papiers"))(c, nil)
}

func newConsentRefuse(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "refuse ID", Short: "Dire non à une demande", Args: consentID(1, 1)}
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		return a.told("La demande est refusée.")(client.Repeat(ctx, v.Client, v.Consents.RefuseConsent, coffrev1.RefuseConsentRequest_builder{
			RequestId: client.NewRequest(), Safe: &v.safe, Consent: &args[0],
		}.Build()))
	})
}

func newConsentWithdraw(a *app) *cobra.Command {
	var code string
	cmd := &cobra.Command{
		Use:   "withdraw ID | --code NUMÉRO",
		Short: "Retirer un accord, tout de suite",
		Long: `Retire un accord : la personne le fait d'où elle veut, un agent de la structure
sur sa parole. Une lecture en cours s'arrête aussi. Avec --code, l'agent tape le
numéro du papier que la personne a signé ; il n'a pas besoin du coffre.`,
		Example: "  coffre consent withdraw ID --safe …\n  coffre consent withdraw --code NUMÉRO",
		Args:    consentID(0, 1),
	}
	cmd.Flags().StringVar(&code, "code", "", "le `NUMÉRO` du papier « Je retire mon accord », ou l'adresse de son carré")
	bySlip := a.session(func(ctx context.Context, v visit, _ []string) error {
		number, err := slipNumber(code)
		if err != nil {
			return err
		}
		return a.told("L'accord est retiré.")(client.Repeat(ctx, v.Client, v.Consents.WithdrawConsent, coffrev1.WithdrawConsentRequest_builder{
			RequestId: client.NewRequest(), Code: &number,
		}.Build()))
	})
	byID := a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		return a.told("L'accord est retiré.")(client.Repeat(ctx, v.Client, v.Consents.WithdrawConsent, coffrev1.WithdrawConsentRequest_builder{
			RequestId: client.NewRequest(), Safe: &v.safe, Consent: &args[0],
		}.Build()))
	}).RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		switch {
		case (code == "") == (len(args) == 0):
			return usage("Donnez l'identifiant de l'accord, ou le numéro du papier avec --code.")
		case code != "":
			return bySlip(cmd, args)
		default:
			return byID(cmd, args)
		}
	}
	return cmd
}

// slipNumber reads the number of a printed page as people copy it: in groups, in
// capitals, or with the address that its square leads to.
func slipNumber(typed string) (string, error) {
	number := strings.ToLower(strings.Join(strings.Fields(typed[strings.LastIndex(typed, "/")+1:]), ""))
	if _, err := vault.ParsePageCode(number); err != nil {
		return "", usage("Le numéro du papier n'est pas valable : il a 26 lettres et chiffres.")
	}
	return number, nil
}

func newConsentWiden(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "widen ID PAPIER...", Short: "Ajouter des papiers à un accord, coffre déverrouillé", Args: consentID(2, -1)}
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		wider, err := client.Repeat(ctx, v.Client, v.Consents.WidenConsent, coffrev1.WidenConsentRequest_builder{
			RequestId: client.NewRequest(), Safe: &v.safe, Consent: &args[0], Documents: args[1:],
		}.Build())
		if err != nil {
			return err
		}
		return a.lives(wider.GetConsent())
	})
}

func newConsentRenew(a *app) *cobra.Command {
	var g givingFlags
	var s step
	var end string
	cmd := &cobra.Command{
		Use:     "renew ID --until JOUR --method FAÇON --company COMPAGNIE --protection MESURE",
		Example: "  coffre --visit consent renew ID --until 31/12/2026 --company alone --protection none",
		Short:   "Prolonger un accord : le même texte, une autre fin",
		Args:    consentID(1, 1),
	}
	cmd.Flags().StringVar(&end, "until", "", "le nouveau dernier `JOUR`, JJ/MM/AAAA")
	g.flags(cmd)
	s.proofFlags(cmd)
	s.approvalFlags(cmd)
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		untilTime, err := parseEnd(end)
		if err != nil {
			return err
		}
		c, err := consent(ctx, v, args[0])
		if err != nil {
			return err
		}
		terms := proto.CloneOf(c.GetTerms())
		terms.SetUntilTime(untilTime)
		shown, err := show(ctx, v, terms)
		if err != nil {
			return err
		}
		req := coffrev1.RenewConsentRequest_builder{Safe: &v.safe, Consent: &args[0], UntilTime: untilTime}.Build()
		if err := a.agree(ctx, g, &s, shown, req); err != nil {
			return err
		}
		renewed, err := try(ctx, a, v, &s, v.Consents.RenewConsent, req)
		if err != nil {
			return err
		}
		return a.lives(renewed.GetConsent())
	})
}

// stateOf says where a consent is, in words.
func stateOf(c *coffrev1.Consent) string { return stateWords(c.GetState(), c.GetEndReason()) }

func stateWords(s coffrev1.ConsentState, why coffrev1.EndReason) string {
	switch s {
	case coffrev1.ConsentState_CONSENT_STATE_ASKED:
		return "demandé"
	case coffrev1.ConsentState_CONSENT_STATE_LIVE:
		return "en cours"
	case coffrev1.ConsentState_CONSENT_STATE_ENDED:
		return endWords(why)
	default:
		return "inconnu"
	}
}

func endWords(why coffrev1.EndReason) string {
	switch why {
	case coffrev1.EndReason_END_REASON_DATE:
		return "fini à sa date"
	case coffrev1.EndReason_END_REASON_WITHDRAWN:
		return "retiré"
	case coffrev1.EndReason_END_REASON_REFUSED:
		return "refusé"
	case coffrev1.EndReason_END_REASON_DEPARTURE:
		return "fini : départ de l'agent"
	case coffrev1.EndReason_END_REASON_HANDOVER:
		return "fini : coffre transmis"
	case coffrev1.EndReason_END_REASON_ERASURE:
		return "fini : coffre effacé"
	case coffrev1.EndReason_END_REASON_FREEZE:
		return "fini : coffre gelé"
	case coffrev1.EndReason_END_REASON_SHUT_OUT:
		return "fini : agent écarté"
	case coffrev1.EndReason_END_REASON_RENEWED:
		return "prolongé"
	case coffrev1.EndReason_END_REASON_EXPIRED:
		return "sans réponse"
	case coffrev1.EndReason_END_REASON_KEY_LOST:
		return "fini : clé perdue"
	case coffrev1.EndReason_END_REASON_CYCLE:
		return "fini : ateliers"
	default:
		return "fini"
	}
}

// saidBy reads how the person said it; nothing for the person themselves.
func saidBy(word string) (coffrev1.Word, error) {
	said, known := map[string]coffrev1.Word{
		"": coffrev1.Word_WORD_UNSPECIFIED, "present": coffrev1.Word_WORD_PRESENT, "telephone": coffrev1.Word_WORD_TELEPHONE,
		"letter": coffrev1.Word_WORD_LETTER, "slip": coffrev1.Word_WORD_SLIP,
	}[word]
	if !known {
		return said, usage("Avec --word, écrivez present, telephone, letter ou slip.")
	}
	return said, nil
}

func newConsentStop(a *app) *cobra.Command {
	var agent, word string
	cmd := &cobra.Command{
		Use:     "stop [--agent AGENT] [--word PAROLE]",
		Short:   "Retirer tous les accords d'un agent, ou du coffre, sans les nommer",
		Long:    "Retire tout d'un coup : la personne le dit d'où elle veut, un agent le fait sur sa parole. Rien n'est montré de ce qu'il y avait.",
		Example: "  coffre consent stop --safe … --agent ID --word telephone\n  coffre consent stop --safe … --word present",
		Args:    count(0, 0),
	}
	cmd.Flags().StringVar(&agent, "agent", "", "l'`AGENT` dont les accords finissent ; sans lui, tous")
	cmd.Flags().StringVar(&word, "word", "", "dans la session d'un agent, comment la personne l'a dit : `present`, telephone, letter ou slip")
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		said, err := saidBy(word)
		if err != nil {
			return err
		}
		return a.told("C'est retiré : plus rien de cela n'ouvre ce coffre.")(client.Repeat(ctx, v.Client, v.Consents.WithdrawConsents, coffrev1.WithdrawConsentsRequest_builder{
			RequestId: client.NewRequest(), Safe: &v.safe, Agent: &agent, Word: &said,
		}.Build()))
	})
}
