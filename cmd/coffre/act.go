package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
)

// told ends a command whose answer needs one sentence.
func (a *app) told(sentence string, args ...any) func(proto.Message, error) error {
	return func(answer proto.Message, err error) error {
		if err != nil {
			return err
		}
		a.say(sentence, args...)
		return a.emit(answer)
	}
}

// group is a command that only holds others.
func group(use, short string, subs ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage("« %s » n'est pas une commande de « %s » : « %[2]s --help » donne la liste.", client.Printable(args[0]), cmd.CommandPath())
			}
			return cmd.Help()
		},
	}
	cmd.AddCommand(subs...)
	return cmd
}

// instead gives an error another sentence, where the command knows better what the
// reason means here.
func instead(err error, reason, sentence string) error {
	e, ok := errors.AsType[*client.Error](err)
	if !ok || e.Reason != reason {
		return err
	}
	told := *e
	told.Sentence = sentence
	return &told
}

// A step is what an act may need beside its subject: what the person types or
// shows, and the word of a second agent.
type step struct {
	with, codeFile, pinFile string
	approval, request       string

	guess  bool   // a code or PIN goes with it: every try counts
	before string // what is so when a new sheet could not be written, where the sheets before it still count
}

// proofFlags lets the person prove themselves on an agent's screen.
func (s *step) proofFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.with, "with", "", "demander à la personne sa `PREUVE`, « pin », « code » ou « code+pin » : rien ne s'affiche")
	cmd.Flags().StringVar(&s.codeFile, "code-file", "", "le `FICHIER` qui contient le code de la feuille, ou - pour l'entrée")
	cmd.Flags().StringVar(&s.pinFile, "pin-file", "", "le `FICHIER` qui contient le PIN, ou - pour l'entrée")
}

// approvalFlags lets the act be done again once a second agent agreed.
func (s *step) approvalFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.approval, "approval", "", "l'`ACCORD` du second agent, quand la commande est refaite")
	cmd.Flags().StringVar(&s.request, "request", "", "la `DEMANDE` déjà faite, quand la commande est refaite")
}

// id names the request: the same one when it is made again.
func (s *step) id() (*string, error) {
	if s.request == "" {
		s.request = *client.NewRequest()
	} else if _, err := vault.ParseRequestID(s.request); err != nil {
		return nil, usage("La demande donnée avec --request n'est pas valable : recopiez-la de la première réponse.")
	}
	return &s.request, nil
}

// proof asks for what the person types or shows; without --with or a file it is
// empty.
func (s *step) proof(ctx context.Context, a *app) (*coffrev1.Proof, error) {
	wants := map[string]bool{"code": s.codeFile != "", "pin": s.pinFile != ""}
	for w := range strings.SplitSeq(s.with, "+") {
		if _, known := wants[w]; !known && s.with != "" {
			return nil, usage("Avec --with, écrivez pin, code ou code+pin.")
		}
		wants[w] = true
	}
	if s.codeFile == "-" && s.pinFile == "-" {
		return nil, usage("Le code et le PIN ne peuvent pas venir tous deux de l'entrée.")
	}
	p := &coffrev1.Proof{}
	for _, one := range []struct {
		want bool
		file string
		word secret
		set  func(string)
	}{{wants["code"], s.codeFile, sheetCode(), p.SetCode}, {wants["pin"], s.pinFile, pinOf("pin-file"), p.SetPin}} {
		if !one.want {
			continue
		}
		text, err := a.secret(ctx, one.file, one.word)
		if err != nil {
			return nil, err
		}
		one.set(text)
		s.guess = true
	}
	return p, nil
}

// try makes the call of an act. When it waits for somebody else, the error says
// for whom and what to type then; more is added to that command.
func try[Q, A any](ctx context.Context, a *app, v visit, s *step, call func(context.Context, *Q, ...grpc.CallOption) (*A, error), req *Q, more ...string) (*A, error) {
	do := client.Repeat[Q, A]
	if s.guess {
		do = client.Once[Q, A]
	}
	answer, err := do(ctx, v.Client, call, req)
	return answer, a.awaits(err, s, more)
}

// awaits makes the answer to an act that needs a second agent one that can be
// acted on.
func (a *app) awaits(err error, s *step, more []string) error {
	e, ok := errors.AsType[*client.Error](err)
	if !ok || e.Reason != "APPROVAL_NEEDED" || e.Facts["approval"] == "" {
		return err
	}
	approval := e.Facts["approval"]
	again := append(append([]string{"coffre"}, without(a.args, "--approval", "--request")...), more...)
	again = append(again, "--approval", approval)
	if s.request != "" {
		again = append(again, "--request", s.request)
	}
	wait := "un second agent doit accepter, dans sa propre session, par « coffre approvals approve " + client.Printable(approval) + " »"
	if at := e.Facts["not_before"]; at != "" {
		wait = a.waits(at, approval)
	}
	told := *e
	told.Sentence = fmt.Sprintf("Rien n'a encore changé : %s ; recommencez ensuite avec « %s ».", wait, client.Printable(quoted(again)))
	if err := a.emit(map[string]any{"approval": approval, "notBefore": e.Facts["not_before"], "request": s.request, "again": again}); err != nil {
		return err
	}
	return &told
}

// waits is what to do while an act waits for its delay: the person whose safe it is has
// to hear of it, and a letter is how, unless it is about no safe.
func (a *app) waits(at, approval string) string {
	if t, err := time.Parse(time.RFC3339, at); err == nil {
		at = day(t)
	}
	wait := "il faut attendre jusqu'au " + client.Printable(at) + ", faute de second agent"
	if slices.ContainsFunc(a.args, func(s string) bool { return s == "--safe" || s == "--visit" || strings.HasPrefix(s, "--safe=") }) {
		wait += " ; remettez aujourd'hui à la personne la lettre de « coffre print letter " + client.Printable(approval) + " -o lettre.pdf »"
	}
	return wait
}

// without leaves out options that have a value, in either way of typing them.
func without(args []string, options ...string) (left []string) {
	for i := 0; i < len(args); i++ {
		name, _, joined := strings.Cut(args[i], "=")
		switch {
		case !slices.Contains(options, name):
			left = append(left, args[i])
		case !joined:
			i++ // its value
		}
	}
	return left
}

// plain is a word that no shell changes.
var plain = regexp.MustCompile(`^[A-Za-z0-9_./:@%+,=-]+$`)

// quoted writes a command as a shell reads it.
func quoted(args []string) string {
	words := make([]string, len(args))
	for i, word := range args {
		if words[i] = word; !plain.MatchString(word) {
			words[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}
