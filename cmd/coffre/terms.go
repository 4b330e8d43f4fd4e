package main

import (
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
)

// termsFlags are what is agreed to, as it is typed.
type termsFlags struct {
	agent, function, replacement  string
	purpose, precise, posture     string
	reason                        string
	actions                       []string
	documents, kinds, drawers     []string
	arrivals, presence            string
	from, until, language, reopen string
	cycle, days                   string
}

func (f *termsFlags) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.agent, "agent", "", "l'`AGENT` qui aidera ; sinon vous-même")
	cmd.Flags().StringVar(&f.function, "function", "", "sa `FONCTION` ; inutile quand vous n'en avez qu'une")
	cmd.Flags().StringVar(&f.replacement, "replacement", "", "la `SUITE`, « none » : cet agent seul ; « successor » : et qui le remplace")
	cmd.Flags().StringVar(&f.purpose, "purpose", "", "la `DÉMARCHE`, par exemple rsa")
	cmd.Flags().StringVar(&f.precise, "precise", "", "les gestes précis, en une `PHRASE`")
	cmd.Flags().StringVar(&f.posture, "posture", "", "la `POSTURE`, « train » (je forme), « with » (j'accompagne) ou « in-stead » (je fais)")
	cmd.Flags().StringVar(&f.reason, "reason", "", "pourquoi « je fais », en une `PHRASE`")
	cmd.Flags().StringSliceVar(&f.actions, "action", []string{"see", "read"}, "les `GESTES` permis parmi see, read, deposit, reveal, describe (sinon see,read)")
	cmd.Flags().StringSliceVar(&f.documents, "document", nil, "les `PAPIERS`, par leur identifiant")
	cmd.Flags().StringSliceVar(&f.kinds, "kind", nil, "les `SORTES` de papiers")
	cmd.Flags().StringSliceVar(&f.drawers, "drawer", nil, "les `TIROIRS`")
	cmd.Flags().StringVar(&f.presence, "presence", "needed", "la `PRÉSENCE`, « needed » : la personne doit être là (par défaut) ; « not » : non")
	cmd.Flags().StringVar(&f.language, "language", "fr", "la `LANGUE` du texte (sinon fr)")
}

// dateFlags are for a consent; a côte-à-côte session has its own instants.
func (f *termsFlags) dateFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.arrivals, "arrivals", "today", "les `ARRIVÉES`, « today » : les papiers d'aujourd'hui (par défaut) ; « too » : et ceux qui arrivent")
	cmd.Flags().StringVar(&f.cycle, "cycle", "", "le `CYCLE` d'ateliers qui borne l'accord : il finit avec lui, ou quand la personne le quitte")
	cmd.Flags().StringVar(&f.from, "from", "", "le premier `JOUR` (sinon maintenant)")
	cmd.Flags().StringVar(&f.until, "until", "", "le dernier `JOUR`, JJ/MM/AAAA (sinon la durée habituelle de la démarche, ou la fin du cycle)")
	cmd.Flags().StringVar(&f.days, "days", "", "au lieu d'un dernier jour, le nombre de `JOURS` : 1 pour une visite, 31, 182")
}

// terms reads the flags. An instant that was not typed is now, and the words to
// say the same again are kept.
func (f *termsFlags) terms(ctx context.Context, v visit, dated bool) (*coffrev1.Terms, error) {
	if err := documentIDs(f.documents); err != nil {
		return nil, err
	}
	if f.purpose == "" || f.precise == "" || f.posture == "" {
		return nil, usage("Dites pour quelle démarche, quels gestes et comment, avec --purpose, --precise et --posture.")
	}
	if err := f.whoHelps(ctx, v); err != nil {
		return nil, err
	}
	t := coffrev1.Terms_builder{
		Agent: &f.agent, Function: &f.function, Purpose: &f.purpose, Precise: &f.precise, Reason: &f.reason, Language: &f.language,
		Scope: coffrev1.Scope_builder{Documents: f.documents, Kinds: f.kinds, Drawers: f.drawers}.Build(),
	}.Build()
	if err := f.words(t); err != nil || !dated {
		return t, err
	}
	return t, f.dates(t)
}

// whoHelps fills in what the caller alone can be.
func (f *termsFlags) whoHelps(ctx context.Context, v visit) error {
	if f.agent != "" && f.function != "" {
		return nil
	}
	self, err := client.Repeat(ctx, v.Client, v.Structures.GetSelf, &coffrev1.GetSelfRequest{})
	if err != nil {
		return err
	}
	for _, one := range self.GetAgents() {
		agent := one.GetAgent()
		if f.agent != "" && f.agent != agent.GetAgent() || len(agent.GetFunctions()) == 0 {
			continue
		}
		if f.function == "" && len(agent.GetFunctions()) > 1 {
			break
		}
		f.agent = agent.GetAgent()
		if f.function == "" {
			f.function = agent.GetFunctions()[0]
		}
		return nil
	}
	return usage("Dites qui aidera et dans quelle fonction, avec --agent et --function.")
}

func (f *termsFlags) words(t *coffrev1.Terms) error {
	posture, err := parseWord[coffrev1.Posture]("posture", f.posture)
	if err != nil {
		return err
	}
	t.SetPosture(posture)
	replacement, err := parseWord[coffrev1.Replacement]("replacement", f.replacement)
	if err != nil {
		return err
	}
	t.SetReplacement(replacement)
	presence, err := parseWord[coffrev1.PresenceDemand]("presence", f.presence)
	if err != nil {
		return err
	}
	t.SetPresence(presence)
	arrivals, err := parseWord[coffrev1.Arrivals]("arrivals", f.arrivals)
	if err != nil {
		return err
	}
	t.SetArrivals(arrivals)
	var actions []coffrev1.Action
	for _, word := range f.actions {
		action, err := parseWord[coffrev1.Action]("action", word)
		if err != nil {
			return err
		}
		actions = append(actions, action)
	}
	t.SetActions(actions)
	return nil
}

func (f *termsFlags) dates(t *coffrev1.Terms) error {
	from := timestamppb.New(time.Now().Truncate(time.Second))
	var err error
	if f.from != "" {
		if from, err = parseBegin("from", f.from); err != nil {
			return err
		}
	}
	t.SetFromTime(from)
	if f.cycle != "" {
		t.SetCycle(f.cycle)
	}
	f.reopen = stamp(from.AsTime())
	until, err := f.end(from.AsTime())
	if until != nil {
		t.SetUntilTime(until)
	}
	return err
}

// end is the last instant that was asked for; nil where the service is to propose
// what the démarche takes.
func (f *termsFlags) end(from time.Time) (*timestamppb.Timestamp, error) {
	days := vault.ConsentDays // with a cycle, the service brings it back to its last day
	switch {
	case f.until != "" && f.days != "":
		return nil, usage("Donnez --until ou --days, pas les deux.")
	case f.until != "":
		return parseEnd(f.until)
	case f.days != "":
		n, err := strconv.ParseUint(f.days, 10, 9)
		if err != nil || n == 0 {
			return nil, usage("Donnez à --days un nombre de jours, par exemple 31.")
		}
		days = int(n)
	case f.cycle == "":
		return nil, nil
	}
	return timestamppb.New(from.Add(time.Duration(days) * 24 * time.Hour)), nil
}

// givingFlags are how somebody agrees.
type givingFlags struct {
	method, witness, company, protection string
	yes                                  bool
}

func (f *givingFlags) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.method, "method", "", "la `FAÇON`, « session », « counter », « oral » ou « pictogram » : comment l'accord est dit")
	cmd.Flags().StringVar(&f.witness, "witness", "", "le `NOM` du témoin, de l'interprète ou du représentant")
	cmd.Flags().StringVar(&f.company, "company", "", "la `COMPAGNIE`, « alone » : la personne est seule ; « wanted » : avec qui elle veut")
	cmd.Flags().StringVar(&f.protection, "protection", "", "la `MESURE`, « none », « assisted » (curatelle) ou « represented » (tutelle)")
	cmd.Flags().BoolVar(&f.yes, "yes", false, "le texte a été lu : ne pas demander")
}

// giving reads the flags. Nothing is assumed about company or protection: both
// are always asked.
func (f *givingFlags) giving(a *app) (*coffrev1.Giving, error) {
	if f.method == "" && a.asPerson {
		f.method = wordOf(coffrev1.Method_METHOD_COUNTER)
	}
	if f.method == "" || f.company == "" || f.protection == "" {
		return nil, usage("Dites comment l'accord est donné, avec --method, --company et --protection.")
	}
	method, err := parseWord[coffrev1.Method]("method", f.method)
	if err != nil {
		return nil, err
	}
	company, err := parseWord[coffrev1.Company]("company", f.company)
	if err != nil {
		return nil, err
	}
	protection, err := parseWord[coffrev1.Protection]("protection", f.protection)
	if err != nil {
		return nil, err
	}
	return coffrev1.Giving_builder{Method: &method, Witness: &f.witness, Company: &company, Protection: &protection}.Build(), nil
}

// agreed shows the exact text, and wants a yes to it.
func (a *app) agreed(ctx context.Context, shown *coffrev1.Shown, f givingFlags) error {
	a.say("%s\n", paragraphs(shown.GetText()))
	if f.yes {
		return nil
	}
	if a.output == formatJSON {
		return usage("Avec --output json le texte n'est pas montré : ajoutez --yes s'il a été lu.")
	}
	return a.confirm(ctx, "La personne est-elle d'accord avec ce texte ?")
}

// show asks for the exact text of terms.
func show(ctx context.Context, v visit, t *coffrev1.Terms) (*coffrev1.Shown, error) {
	answer, err := client.Repeat(ctx, v.Client, v.Consents.ShowConsent, coffrev1.ShowConsentRequest_builder{Safe: &v.safe, Terms: t}.Build())
	if err != nil {
		return nil, unlisted(err, purposes)
	}
	return answer.GetShown(), nil
}
