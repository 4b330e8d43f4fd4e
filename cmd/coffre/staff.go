package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
)

func newWhoami(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "whoami",
		Short: "Dire qui vous êtes pour le service : structure, fonctions, session de guichet",
		Args:  count(0, 0),
		RunE: a.session(func(ctx context.Context, v visit, _ []string) error {
			self, err := client.Repeat(ctx, v.Client, v.Structures.GetSelf, &coffrev1.GetSelfRequest{})
			if err != nil {
				return err
			}
			if self.GetVisit() != "" {
				a.say("Session de guichet du coffre %s.", self.GetVisit())
			} else if len(self.GetAgents()) == 0 {
				a.say("Vous n'êtes agent d'aucune structure.")
			}
			for _, one := range self.GetAgents() {
				agent := one.GetAgent()
				a.say("%s, %s, %s (SIRET %s), jusqu'au %s", agent.GetAgent(), strings.Join(agent.GetFunctions(), ", "),
					client.Printable(one.GetStructureName()), client.Printable(one.GetSiret()), until(agent.GetUntilTime()))
			}
			return a.emit(self)
		}),
	}
}

func newApprovals(a *app) *cobra.Command {
	return group("approvals", "Ce qui attend un second agent", newApprovalsList(a), newApprove(a), newDecline(a))
}

func newApprovalsList(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "ls",
		Short: "Montrer ce qui attend l'accord d'un second agent",
		Args:  count(0, 0),
		RunE: a.session(func(ctx context.Context, v visit, _ []string) error {
			answer, err := client.Whole(ctx, v.Client, v.Structures.ListApprovals, &coffrev1.ListApprovalsRequest{})
			if err != nil {
				return err
			}
			all := answer.GetApprovals()
			if len(all) == 0 {
				a.say("Rien n'attend.")
			}
			a.table(len(all), func(i int) []string {
				p, state := all[i], "attend"
				if p.GetApproved() {
					state = "accepté"
				}
				about := p.GetSafe()
				if p.HasNotebook() {
					about = p.GetNotebook().GetNotebook() + ", " + p.GetNotebook().GetDate() + ", " + sayNotebook(p.GetNotebook())
				}
				return []string{p.GetApproval(), until(p.GetCreateTime()), state, client.Printable(p.GetSentence()), client.Printable(p.GetAskingName()), about}
			})
			return a.emit(answer)
		}),
	}
}

// approvalID accepts one approval.
func approvalID(cmd *cobra.Command, args []string) error {
	if err := count(1, 1)(cmd, args); err != nil {
		return err
	}
	if _, err := vault.ParseApprovalID(args[0]); err != nil {
		return usage("Ce n'est pas un identifiant : « coffre approvals ls » les montre.")
	}
	return nil
}

func newApprove(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "approve ID",
		Short: "Accepter, comme second agent",
		Args:  approvalID,
		RunE: a.session(func(ctx context.Context, v visit, args []string) error {
			return a.told("C'est accepté : qui l'a demandé peut refaire sa commande.")(client.Repeat(ctx, v.Client, v.Structures.Approve,
				coffrev1.ApproveRequest_builder{Approval: &args[0]}.Build()))
		}),
	}
}

func newDecline(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "decline ID",
		Short: "Refuser, comme second agent",
		Args:  approvalID,
		RunE: a.session(func(ctx context.Context, v visit, args []string) error {
			return a.told("C'est refusé.")(client.Repeat(ctx, v.Client, v.Structures.Decline,
				coffrev1.DeclineRequest_builder{Approval: &args[0]}.Build()))
		}),
	}
}

func newAgents(a *app) *cobra.Command {
	return group("agents", "Les agents de votre structure",
		newAgentsList(a), newEnrol(a), newChangeAgent(a), newEndAgent(a), newSuccessor(a), newReport(a), newOverview(a))
}

func newAgentsList(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "ls",
		Short: "Montrer les agents, leurs fonctions et leur date de fin",
		Args:  count(0, 0),
		RunE: a.session(func(ctx context.Context, v visit, _ []string) error {
			answer, err := client.Whole(ctx, v.Client, v.Structures.ListAgents, &coffrev1.ListAgentsRequest{})
			if err != nil {
				return err
			}
			all := answer.GetAgents()
			a.table(len(all), func(i int) []string {
				g := all[i]
				return []string{g.GetAgent(), client.Printable(g.GetName()), strings.Join(g.GetFunctions(), ", "), until(g.GetUntilTime()), agentWords(g.GetState())}
			})
			return a.emit(answer)
		}),
	}
}

func agentWords(s coffrev1.AgentState) string {
	switch s {
	case coffrev1.AgentState_AGENT_STATE_ACTIVE:
		return "actif"
	case coffrev1.AgentState_AGENT_STATE_SUSPENDED:
		return "suspendu"
	case coffrev1.AgentState_AGENT_STATE_ENDED:
		return "parti"
	default:
		return "inconnu"
	}
}

// agentID accepts one agent.
func agentID(cmd *cobra.Command, args []string) error {
	if err := count(1, 1)(cmd, args); err != nil {
		return err
	}
	if _, err := vault.ParseAgentID(args[0]); err != nil {
		return usage("Ce n'est pas l'identifiant d'un agent : « coffre agents ls » les montre.")
	}
	return nil
}

// agentFlags are what is known of an agent.
type agentFlags struct {
	name, until string
	functions   []string
}

func (f *agentFlags) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.name, "name", "", "le `NOM` que les gens connaissent")
	cmd.Flags().StringSliceVar(&f.functions, "function", nil, "les `FONCTIONS`, par exemple social-worker,reception")
	cmd.Flags().StringVar(&f.until, "until", "", "le dernier `JOUR`, JJ/MM/AAAA, deux ans au plus")
}

func newEnrol(a *app) *cobra.Command {
	var f agentFlags
	var s step
	var issuer, subject string
	cmd := &cobra.Command{
		Use:     "enrol --issuer ADRESSE --subject IDENTIFIANT --name NOM --function FONCTION --until JOUR",
		Short:   "Donner des fonctions à quelqu'un, avec un second agent",
		Example: "  coffre agents enrol --issuer https://connexion.exemple.fr --subject 1234 --name 'Agent Fictif' --function reception --until 31/12/2027",
		Args:    count(0, 0),
	}
	cmd.Flags().StringVar(&issuer, "issuer", "", "l'`ADRESSE` de son service de connexion")
	cmd.Flags().StringVar(&subject, "subject", "", "son `IDENTIFIANT` à ce service")
	f.flags(cmd)
	s.approvalFlags(cmd)
	cmd.RunE = a.session(func(ctx context.Context, v visit, _ []string) error {
		if issuer == "" || subject == "" || f.name == "" || f.until == "" || len(f.functions) == 0 {
			return usage("Donnez --issuer, --subject, --name, --function et --until.")
		}
		end, err := parseEnd(f.until)
		if err != nil {
			return err
		}
		id, err := s.id()
		if err != nil {
			return err
		}
		enrolled, err := try(ctx, a, v, &s, v.Structures.EnrolAgent, coffrev1.EnrolAgentRequest_builder{
			RequestId: id, Login: coffrev1.Login_builder{Issuer: &issuer, Subject: &subject}.Build(),
			Name: &f.name, Functions: f.functions, UntilTime: end, Approval: &s.approval,
		}.Build())
		if err != nil {
			return err
		}
		return a.told("L'agent %s peut travailler.", enrolled.GetAgent())(enrolled, nil)
	})
	return cmd
}

func newChangeAgent(a *app) *cobra.Command {
	var f agentFlags
	var s step
	cmd := &cobra.Command{
		Use:   "change ID [OPTIONS]",
		Short: "Changer le nom, les fonctions ou la date de fin ; le reste ne change pas",
		Args:  agentID,
	}
	f.flags(cmd)
	s.approvalFlags(cmd)
	cmd.RunE = a.session(func(ctx context.Context, v visit, args []string) error {
		all, err := client.Whole(ctx, v.Client, v.Structures.ListAgents, &coffrev1.ListAgentsRequest{})
		if err != nil {
			return err
		}
		var now *coffrev1.Agent
		for _, one := range all.GetAgents() {
			if one.GetAgent() == args[0] {
				now = one
			}
		}
		if now == nil {
			return &client.Error{Class: client.ClassNotFound, Reason: "NOT_FOUND", Sentence: "Cet agent n'est pas de votre structure : « coffre agents ls » les montre."}
		}
		id, err := s.id()
		if err != nil {
			return err
		}
		req := coffrev1.ChangeAgentRequest_builder{
			RequestId: id, Agent: &args[0], Name: new(now.GetName()), Functions: now.GetFunctions(), UntilTime: now.GetUntilTime(), Approval: &s.approval,
		}.Build()
		if f.name != "" {
			req.SetName(f.name)
		}
		if len(f.functions) > 0 {
			req.SetFunctions(f.functions)
		}
		if f.until != "" {
			end, err := parseEnd(f.until)
			if err != nil {
				return err
			}
			req.SetUntilTime(end)
		}
		return a.told("C'est changé.")(try(ctx, a, v, &s, v.Structures.ChangeAgent, req))
	})
	return cmd
}

func newEndAgent(a *app) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "end ID",
		Short: "Mettre fin aux droits d'un agent, tout de suite, et dire ce qu'il laisse",
		Args:  agentID,
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "ne pas demander")
	cmd.RunE = a.session(func(ctx context.Context, v visit, args []string) error {
		if !yes {
			if err := a.confirm(ctx, "Mettre fin à tous les droits de cet agent ?"); err != nil {
				return err
			}
		}
		ended, err := client.Repeat(ctx, v.Client, v.Structures.EndAgent, coffrev1.EndAgentRequest_builder{
			RequestId: client.NewRequest(), Agent: &args[0],
		}.Build())
		if err != nil {
			return err
		}
		if err := restOf(ctx, v, args[0], ended.GetReport()); err != nil {
			return err
		}
		a.sayReport(ended.GetReport())
		return a.emit(ended)
	})
	return cmd
}

// restOf adds the lines of the pages that follow.
func restOf(ctx context.Context, v visit, agent string, report *coffrev1.DepartureReport) error {
	for next := report.GetNextPageToken(); next != ""; {
		page, err := client.Repeat(ctx, v.Client, v.Structures.GetDepartureReport,
			coffrev1.GetDepartureReportRequest_builder{Agent: &agent, PageToken: &next}.Build())
		if err != nil {
			return err
		}
		report.SetLines(append(report.GetLines(), page.GetReport().GetLines()...))
		next = page.GetReport().GetNextPageToken()
	}
	report.ClearNextPageToken()
	return nil
}

// sayReport gives people and counts, and never a title.
func (a *app) sayReport(r *coffrev1.DepartureReport) {
	a.say("%s ; %s.", plural(int(r.GetEnded()), "accord fini", "accords finis"), plural(int(r.GetWaiting()), "accord attend un successeur", "accords attendent un successeur"))
	if n := int(r.GetRelays()); n > 0 {
		a.say("%s : « coffre relay ls --mine » les montre à toute l'équipe.", plural(n, "relais revient", "relais reviennent"))
	}
	a.table(len(r.GetLines()), func(i int) []string {
		l := r.GetLines()[i]
		return []string{
			l.GetSafe(), client.Printable(l.GetName()), plural(int(l.GetConsents()), "accord", "accords"),
			plural(int(l.GetOpenings()), "ouverture", "ouvertures"), plural(int(l.GetReveals()), "secret vu", "secrets vus"),
		}
	})
}

func newSuccessor(a *app) *cobra.Command {
	var function, to string
	cmd := &cobra.Command{
		Use:     "successor ID --function FONCTION --to AGENT",
		Example: "  coffre agents successor ID --function social-worker --to AGENT",
		Short:   "Dire qui remplace un agent : les accords qui l'ont prévu continuent avec lui",
		Args:    agentID,
	}
	cmd.Flags().StringVar(&function, "function", "", "la `FONCTION` où il est remplacé")
	cmd.Flags().StringVar(&to, "to", "", "l'`AGENT` qui le remplace")
	cmd.RunE = a.session(func(ctx context.Context, v visit, args []string) error {
		if function == "" || to == "" {
			return usage("Donnez --function et --to.")
		}
		named, err := client.Repeat(ctx, v.Client, v.Structures.AssignSuccessor, coffrev1.AssignSuccessorRequest_builder{
			RequestId: client.NewRequest(), Agent: &args[0], Function: &function, Successor: &to,
		}.Build())
		if err != nil {
			return err
		}
		return a.told("%s avec son successeur.", plural(int(named.GetConsents()), "accord continue", "accords continuent"))(named, nil)
	})
	return cmd
}

func newReport(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "report ID",
		Short: "Montrer ce qu'un agent parti a laissé : des gens et des nombres",
		Args:  agentID,
		RunE: a.session(func(ctx context.Context, v visit, args []string) error {
			answer, err := client.Repeat(ctx, v.Client, v.Structures.GetDepartureReport,
				coffrev1.GetDepartureReportRequest_builder{Agent: &args[0]}.Build())
			if err != nil {
				return err
			}
			if err := restOf(ctx, v, args[0], answer.GetReport()); err != nil {
				return err
			}
			a.sayReport(answer.GetReport())
			return a.emit(answer)
		}),
	}
}
