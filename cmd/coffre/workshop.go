package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
)

func newWorkshop(a *app) *cobra.Command {
	return group("workshop", "Les ateliers : trier, classer, jeter, passeport numérique",
		newWorkshopOpen(a), newWorkshopList(a), newWorkshopShow(a), newWorkshopMove(a), newWorkshopLead(a), newWorkshopEnd(a),
		newWorkshopJoin(a), newWorkshopLeave(a), newWorkshopAttend(a), newWorkshopProgress(a), newWorkshopCertificate(a))
}

// planFlags are a plan as it is typed.
type planFlags struct {
	label, place, first, last string
	sessions                  []string
}

func (f *planFlags) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.label, "label", "", "le `NOM` du cycle")
	cmd.Flags().StringVar(&f.place, "place", "", "le `LIEU`")
	cmd.Flags().StringVar(&f.first, "from", "", "le premier `JOUR`, JJ/MM/AAAA (sinon celui de la première séance)")
	cmd.Flags().StringVar(&f.last, "until", "", "le dernier `JOUR`, JJ/MM/AAAA (sinon celui de la dernière séance)")
	cmd.Flags().StringArrayVar(&f.sessions, "session", nil, "une `SÉANCE` : thème=jour ou thème=jour=lieu, le thème parmi sort, file, throw, passport, other ; une fois par séance, dans l'ordre")
}

// plan reads the flags.
func (f *planFlags) plan() (*coffrev1.CyclePlan, error) {
	if f.label == "" || f.place == "" || len(f.sessions) == 0 {
		return nil, usage("Donnez --label, --place et, une fois par séance, --session : par exemple --session sort=15/01/2027.")
	}
	plan := coffrev1.CyclePlan_builder{Label: &f.label, Place: &f.place}
	first, last := "", ""
	for _, typed := range f.sessions {
		one, day, err := parseSession(typed)
		if err != nil {
			return nil, err
		}
		if day != "" && (first == "" || day < first) {
			first = day
		}
		last = max(last, day)
		plan.Sessions = append(plan.Sessions, one)
	}
	for flag, typed := range map[string]*string{f.first: &first, f.last: &last} {
		if flag == "" {
			continue
		}
		day, err := workshopDay(flag)
		if err != nil {
			return nil, err
		}
		*typed = day
	}
	plan.FirstDay, plan.LastDay = &first, &last
	return plan.Build(), nil
}

// parseSession reads one session; a day of "-" says that it is interrupted.
func parseSession(typed string) (*coffrev1.WorkshopSession, string, error) {
	theme, rest, ok := strings.Cut(typed, "=")
	if !ok {
		return nil, "", usage("Pour --session, écrivez thème=JJ/MM/AAAA, par exemple sort=15/01/2027.")
	}
	word, err := parseWord[coffrev1.WorkshopTheme]("session", theme)
	if err != nil {
		return nil, "", err
	}
	typedDay, place, _ := strings.Cut(rest, "=")
	day := ""
	if typedDay != "-" {
		if day, err = workshopDay(typedDay); err != nil {
			return nil, "", err
		}
	}
	return coffrev1.WorkshopSession_builder{Theme: &word, Day: &day, Place: &place}.Build(), day, nil
}

// workshopDay reads a day, and writes it as the service does.
func workshopDay(s string) (string, error) {
	for _, layout := range []string{"02/01/2006", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.Format(time.DateOnly), nil
		}
	}
	return "", usage("« %s » n'est pas un jour : écrivez JJ/MM/AAAA ou AAAA-MM-JJ.", client.Printable(s))
}

// cycleID accepts the id of a cycle, and n more words.
func cycleID(more int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := count(1+more, 1+more)(cmd, args); err != nil {
			return err
		}
		if _, err := vault.ParseCycleID(args[0]); err != nil {
			return usage("Ce n'est pas l'identifiant d'un cycle : « coffre workshop ls » les montre.")
		}
		return nil
	}
}

func newWorkshopOpen(a *app) *cobra.Command {
	var f planFlags
	var leader string
	cmd := &cobra.Command{
		Use: "open --label NOM --place LIEU --session THÈME=JOUR…", Short: "Ouvrir un cycle d'ateliers", Args: count(0, 0),
		Example: "  coffre workshop open --label 'Forma'\\''tri hiver' --place 'Maison fictive' --session sort=11/01/2027 --session file=18/01/2027 --session throw=25/01/2027 --session passport=01/02/2027",
	}
	f.flags(cmd)
	cmd.Flags().StringVar(&leader, "leader", "", "l'`AGENT` qui anime ; sinon vous-même")
	cmd.RunE = a.session(func(ctx context.Context, v visit, _ []string) error {
		plan, err := f.plan()
		if err != nil {
			return err
		}
		opened, err := client.Repeat(ctx, v.Client, v.Workshops.OpenCycle, coffrev1.OpenCycleRequest_builder{
			RequestId: client.NewRequest(), Plan: plan, Leader: &leader,
		}.Build())
		if err != nil {
			return err
		}
		return a.told("Le cycle %s est ouvert.", opened.GetCycle())(opened, nil)
	})
	return cmd
}

func newWorkshopList(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "ls", Short: "Montrer les cycles de la structure, ceux qui durent d'abord", Args: count(0, 0)}
	cmd.RunE = a.session(func(ctx context.Context, v visit, _ []string) error {
		answer, err := client.Whole(ctx, v.Client, v.Workshops.ListCycles, &coffrev1.ListCyclesRequest{})
		if err != nil {
			return err
		}
		all := answer.GetCycles()
		if len(all) == 0 {
			a.say("Aucun cycle d'ateliers.")
		}
		for _, c := range all {
			a.sayCycle(c)
		}
		return a.emit(answer)
	})
	return cmd
}

// sayCycle shows a cycle, and its sessions under their numbers.
func (a *app) sayCycle(c *coffrev1.Cycle) {
	state := "en cours"
	if c.HasEndTime() {
		state = "fini"
	}
	p := c.GetPlan()
	where := ""
	if p.GetLabel() != "" { // that of a discreet safe names nothing
		where = fmt.Sprintf("  %s, %s, avec %s", client.Printable(p.GetLabel()), client.Printable(p.GetPlace()), client.Printable(c.GetLeaderName()))
	}
	a.say("%s  %s%s", c.GetCycle(), state, where)
	for i, s := range p.GetSessions() {
		when := "interrompue"
		if s.GetDay() != "" {
			when = written(s.GetDay())
		}
		if s.GetPlace() != "" {
			when += ", " + client.Printable(s.GetPlace())
		}
		a.say("    %d  %s  %s", i+1, themeWord(s.GetTheme()), when)
	}
}

func themeWord(t coffrev1.WorkshopTheme) string {
	switch t {
	case coffrev1.WorkshopTheme_WORKSHOP_THEME_SORT:
		return "trier"
	case coffrev1.WorkshopTheme_WORKSHOP_THEME_FILE:
		return "classer"
	case coffrev1.WorkshopTheme_WORKSHOP_THEME_THROW:
		return "jeter"
	case coffrev1.WorkshopTheme_WORKSHOP_THEME_PASSPORT:
		return "passeport numérique"
	default:
		return "autre"
	}
}

func newWorkshopMove(a *app) *cobra.Command {
	var f planFlags
	cmd := &cobra.Command{
		Use: "move CYCLE --label NOM --place LIEU --session THÈME=JOUR…", Short: "Déplacer ou interrompre des séances : le plan entier, les mêmes séances", Args: cycleID(0),
		Long:    "Change le plan d'un cycle que vous animez. Donnez toutes les séances, dans le même ordre ; un jour « - » dit qu'une séance est interrompue. Aucun accord ne dure plus longtemps pour cela.",
		Example: "  coffre workshop move CYCLE --label 'Forma'\\''tri hiver' --place 'Maison fictive' --session sort=11/01/2027 --session file=- --session throw=25/01/2027 --session passport=01/02/2027",
	}
	f.flags(cmd)
	cmd.RunE = a.session(func(ctx context.Context, v visit, args []string) error {
		plan, err := f.plan()
		if err != nil {
			return err
		}
		return a.told("Le cycle est changé.")(client.Repeat(ctx, v.Client, v.Workshops.ChangeCycle, coffrev1.ChangeCycleRequest_builder{
			RequestId: client.NewRequest(), Cycle: &args[0], Plan: plan,
		}.Build()))
	})
	return cmd
}

func newWorkshopLead(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "lead CYCLE AGENT", Short: "Confier un cycle à un autre agent : les accords qu'il borne finissent", Args: cycleID(1)}
	cmd.RunE = a.session(func(ctx context.Context, v visit, args []string) error {
		if _, err := vault.ParseAgentID(args[1]); err != nil {
			return usage("Ce n'est pas l'identifiant d'un agent : « coffre agents ls » les montre.")
		}
		return a.told("Le cycle est confié.")(client.Repeat(ctx, v.Client, v.Workshops.ChangeLeader, coffrev1.ChangeLeaderRequest_builder{
			RequestId: client.NewRequest(), Cycle: &args[0], Leader: &args[1],
		}.Build()))
	})
	return cmd
}

func newWorkshopEnd(a *app) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{Use: "end CYCLE", Short: "Terminer ou annuler un cycle : les accords qu'il borne finissent", Args: cycleID(0)}
	cmd.Flags().BoolVar(&yes, "yes", false, "ne pas demander")
	cmd.RunE = a.session(func(ctx context.Context, v visit, args []string) error {
		if !yes {
			if err := a.confirm(ctx, "Terminer ce cycle pour tous ? Les accords qu'il borne finissent."); err != nil {
				return err
			}
		}
		return a.told("Le cycle est terminé.")(client.Repeat(ctx, v.Client, v.Workshops.EndCycle, coffrev1.EndCycleRequest_builder{
			RequestId: client.NewRequest(), Cycle: &args[0],
		}.Build()))
	})
	return cmd
}

func sessionNumber(s string) (int32, error) {
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil || n < 1 {
		return 0, usage("Le numéro d'une séance est 1, 2, 3…")
	}
	return int32(n), nil
}
