package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault/prints"
)

func newWorkshopShow(a *app) *cobra.Command {
	var cycle string
	cmd := &cobra.Command{
		Use:     "show [--cycle CYCLE]",
		Example: "  coffre workshop show\n  coffre workshop show --cycle CYCLE", Short: "Montrer votre suivi ; avec --cycle, les participants du cycle que vous animez", Args: count(0, 0),
	}
	cmd.Flags().StringVar(&cycle, "cycle", "", "le `CYCLE` que vous animez")
	inSafe := a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		answer, err := client.Repeat(ctx, v.Client, v.Workshops.GetParticipation, coffrev1.GetParticipationRequest_builder{Safe: &v.safe}.Build())
		if err != nil {
			return err
		}
		for _, p := range append([]*coffrev1.Participation{answer.GetParticipation()}, answer.GetEarlier()...) {
			a.sayCycle(p.GetCycle())
			a.sayMarks(p)
		}
		return a.emit(answer)
	})
	own, led := inSafe.RunE, a.session(func(ctx context.Context, v visit, _ []string) error {
		answer, err := client.Repeat(ctx, v.Client, v.Workshops.ListParticipants, coffrev1.ListParticipantsRequest_builder{Cycle: &cycle}.Build())
		if err != nil {
			return err
		}
		all := answer.GetParticipants()
		if len(all) == 0 {
			a.say("Personne ne participe.")
		}
		a.table(len(all), func(i int) []string {
			return []string{all[i].GetSafe(), client.Printable(all[i].GetName()), partWord(all[i]), marksWord(all[i]), progressWord(all[i])}
		})
		return a.emit(answer)
	})
	inSafe.RunE = func(cmd *cobra.Command, args []string) error {
		if cycle != "" {
			return led(cmd, args)
		}
		return own(cmd, args)
	}
	return inSafe
}

func partWord(p *coffrev1.Participation) string {
	switch {
	case p.HasHandOverTime():
		return "coffre remis"
	case p.HasLeaveTime():
		return "a quitté"
	default:
		return "participe"
	}
}

func attendanceWord(a coffrev1.Attendance) string {
	switch a {
	case coffrev1.Attendance_ATTENDANCE_INVITED:
		return "invité"
	case coffrev1.Attendance_ATTENDANCE_CAME:
		return "venu"
	case coffrev1.Attendance_ATTENDANCE_MISSED:
		return "absent"
	case coffrev1.Attendance_ATTENDANCE_CAUGHT_UP:
		return "rattrapé"
	default:
		return "–"
	}
}

func marksWord(p *coffrev1.Participation) string {
	var words []string
	for i, m := range p.GetMarks() {
		words = append(words, strconv.Itoa(i+1)+" "+attendanceWord(m.GetAttendance()))
	}
	return strings.Join(words, ", ")
}

// progressWord says how far somebody is, and not with which papers.
func progressWord(p *coffrev1.Participation) string {
	g := p.GetProgress()
	words := fmt.Sprintf("triés : %d, classés : %d, jetés : %d, mémos : %d", g.GetSorted(), g.GetFiled(), g.GetThrown(), g.GetMemos())
	if g.GetLoginTested() {
		words += ", connexion essayée"
	}
	return words
}

func (a *app) sayMarks(p *coffrev1.Participation) {
	a.say("Vous : %s. Séances : %s.", partWord(p), marksWord(p))
	a.say("Papiers %s.", progressWord(p))
	if p.HasDeleteTime() {
		a.say("Ce suivi sera effacé le %s.", until(p.GetDeleteTime()))
	}
}

// said reads how the person said it to an agent; nothing for the person.
func said(word string) (*coffrev1.Word, error) {
	if word == "" {
		return nil, nil
	}
	w, err := parseWord[coffrev1.Word]("word", word)
	return &w, err
}

const wordHelp = "dans la session d'un agent, comment la personne l'a dit : `present`, telephone, letter ou slip"

func newWorkshopJoin(a *app) *cobra.Command {
	var word string
	cmd := &cobra.Command{
		Use: "join CYCLE", Short: "Participer à un cycle, à la séance que vous voulez", Args: cycleID(0),
		Example: "  coffre workshop join CYCLE\n  coffre workshop join CYCLE --safe … --word present",
	}
	cmd.Flags().StringVar(&word, "word", "", wordHelp)
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		w, err := said(word)
		if err != nil {
			return err
		}
		return a.told("La participation est notée. L'agent qui anime n'ouvre rien pour cela.")(
			client.Repeat(ctx, v.Client, v.Workshops.JoinCycle, coffrev1.JoinCycleRequest_builder{
				RequestId: client.NewRequest(), Safe: &v.safe, Cycle: &args[0], Word: w,
			}.Build()))
	})
}

func newWorkshopLeave(a *app) *cobra.Command {
	var word string
	cmd := &cobra.Command{
		Use: "leave CYCLE", Short: "Quitter un cycle : le coffre reste, l'accord des ateliers finit", Args: cycleID(0),
		Example: "  coffre workshop leave CYCLE\n  coffre workshop leave CYCLE --safe … --word telephone",
	}
	cmd.Flags().StringVar(&word, "word", "", wordHelp)
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		w, err := said(word)
		if err != nil {
			return err
		}
		return a.told("C'est noté. Le coffre reste à la personne ; l'accord des ateliers est fini.")(
			client.Repeat(ctx, v.Client, v.Workshops.LeaveCycle, coffrev1.LeaveCycleRequest_builder{
				RequestId: client.NewRequest(), Safe: &v.safe, Cycle: &args[0], Word: w,
			}.Build()))
	})
}

func newWorkshopAttend(a *app) *cobra.Command {
	var elsewhere string
	cmd := &cobra.Command{
		Use: "attend CYCLE SÉANCE invited|came|missed|caught-up", Short: "Noter une présence : seul l'agent qui anime le peut", Args: cycleID(2),
		Long:    "Note qu'une personne est invitée (invited), venue (came), absente (missed), ou qu'elle a rattrapé la séance (caught-up). SÉANCE est son numéro : « coffre workshop ls » les montre.",
		Example: "  coffre workshop attend --safe … CYCLE 1 came\n  coffre workshop attend --safe … CYCLE 2 caught-up --elsewhere AUTRE-CYCLE",
	}
	cmd.Flags().StringVar(&elsewhere, "elsewhere", "", "pour caught-up, l'autre `CYCLE` où la séance est rattrapée")
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		n, err := sessionNumber(args[1])
		if err != nil {
			return err
		}
		how, err := parseWord[coffrev1.Attendance]("attendance", args[2])
		if err != nil {
			return usage("Dites si la personne était là : écrivez invited (invitée), came (venue), missed (absente) ou caught-up (rattrapée).")
		}
		return a.told("C'est noté.")(client.Repeat(ctx, v.Client, v.Workshops.NoteAttendance, coffrev1.NoteAttendanceRequest_builder{
			RequestId: client.NewRequest(), Safe: &v.safe, Cycle: &args[0], Session: &n, Attendance: &how, Elsewhere: &elsewhere,
		}.Build()))
	})
}

func newWorkshopProgress(a *app) *cobra.Command {
	var sorted, filed, thrown, memos int32
	var login bool
	cmd := &cobra.Command{
		Use: "progress CYCLE", Short: "Noter où la personne en est : des nombres, jamais quels papiers", Args: cycleID(0),
		Long:    "Note où la personne en est depuis le début du cycle. Ces nombres remplacent ceux d'avant : donnez-les tous.",
		Example: "  coffre workshop progress --safe … CYCLE --sorted 40 --filed 30 --thrown 10 --memos 2 --login-tested",
	}
	cmd.Flags().Int32Var(&sorted, "sorted", 0, "le `NOMBRE` de papiers triés")
	cmd.Flags().Int32Var(&filed, "filed", 0, "le `NOMBRE` de papiers classés")
	cmd.Flags().Int32Var(&thrown, "thrown", 0, "le `NOMBRE` de papiers jetés")
	cmd.Flags().Int32Var(&memos, "memos", 0, "le `NOMBRE` de mémos écrits")
	cmd.Flags().BoolVar(&login, "login-tested", false, "la personne a essayé une connexion")
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		return a.told("C'est noté.")(client.Repeat(ctx, v.Client, v.Workshops.NoteProgress, coffrev1.NoteProgressRequest_builder{
			RequestId: client.NewRequest(), Safe: &v.safe, Cycle: &args[0], Progress: coffrev1.WorkshopProgress_builder{
				Sorted: &sorted, Filed: &filed, Thrown: &thrown, Memos: &memos, LoginTested: &login,
			}.Build(),
		}.Build()))
	})
}

func newWorkshopCertificate(a *app) *cobra.Command {
	var to pageTo
	var steps []string
	var name, cycle string
	cmd := &cobra.Command{
		Use: "certificate --out FICHIER", Short: "Imprimer votre attestation : pour vous seul", Args: count(0, 0),
		Example: "  coffre workshop certificate -o attestation.pdf --step sorted,memos",
	}
	to.flags(cmd)
	cmd.Flags().StringSliceVar(&steps, "step", nil, "ce que la page dit en plus, parmi sorted, filed, thrown, memos, login ; les `ÉTAPES` que vous voulez")
	cmd.Flags().StringVar(&name, "name", "", "le `NOM` à écrire sur la page ; sans lui, celui du registre")
	cmd.Flags().StringVar(&cycle, "cycle", "", "le `CYCLE` suivi ; sans lui, le dernier où vous êtes venu")
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		if err := to.sets(name); err != nil {
			return err
		}
		req := coffrev1.PrintCertificateRequest_builder{Safe: &v.safe, Format: to.wire(), Name: &name, Cycle: &cycle}.Build()
		for _, typed := range steps {
			step, err := parseWord[coffrev1.WorkshopStep]("step", typed)
			if err != nil {
				return err
			}
			req.SetSteps(append(req.GetSteps(), step))
		}
		return a.page(to, func() (prints.Made, error) {
			made, err := client.Repeat(ctx, v.Client, v.Workshops.PrintCertificate, req)
			if err != nil {
				return prints.Made{}, err
			}
			return to.of(made)
		})
	})
}
