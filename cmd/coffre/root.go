package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
)

const long = `coffre range vos papiers dans votre coffre numérique et vous les rend.

Commencez par « coffre login --server ADRESSE », puis « coffre unlock » avec
votre feuille de code. Déposer un papier ne demande pas la feuille de code ; le
lire la demande.`

// usageTemplate is cobra's own in French, without what we do not use.
const usageTemplate = `Utilisation :{{if .Runnable}}
  {{.UseLine}}{{end}}{{if .HasAvailableSubCommands}}
  {{.CommandPath}} COMMANDE{{end}}{{if .HasExample}}

Exemples :
{{.Example}}{{end}}{{if .HasAvailableSubCommands}}

Commandes :{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding }} {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

Options :
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableInheritedFlags}}

Options générales :
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasHelpSubCommands}}

Autres pages d'aide :{{range .Commands}}{{if .IsAdditionalHelpTopicCommand}}
  {{rpad .CommandPath .CommandPathPadding}} {{.Short}}{{end}}{{end}}{{end}}
`

func newRoot(a *app) *cobra.Command {
	a.output = formatText
	root := &cobra.Command{
		Use:               "coffre",
		Short:             "Ranger ses papiers dans son coffre numérique, et les reprendre",
		Long:              long,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage("« %s » n'est pas une commande de coffre : « coffre help » donne la liste.", client.Printable(args[0]))
			}
			return cmd.Help()
		},
		// Without it cobra would answer an unknown command itself, in English.
		Args: cobra.ArbitraryArgs,
	}
	root.PersistentFlags().Var(&a.output, "output", "forme de la sortie")
	root.PersistentFlags().BoolP("help", "h", false, "montrer cette aide")
	root.SetUsageTemplate(usageTemplate)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return flagError(cmd, err) })
	root.AddCommand(
		newLogin(a), newLogout(a), newStatus(a),
		newOpen(a), newUnlock(a), newLock(a), newEntrust(a), newTakeBack(a),
		newPut(a), newGet(a), newList(a), newCount(a), newInfo(a),
		newRemove(a), newMove(a), newRename(a), newDescribe(a),
		newCheck(a), newTrail(a),
		newCompletion(), newMan(), newExitCodes(),
	)
	root.SetHelpCommand(newHelp())
	return root
}

// flagError says in French what pflag says in English. Its errors are told
// apart by what they can be asked.
func flagError(cmd *cobra.Command, err error) error {
	if e, ok := errors.AsType[*client.Error](err); ok { // from a flag's own Set
		return e
	}
	help := cmd.CommandPath() + " --help"
	var unknown interface {
		error
		GetSpecifiedShortnames() string
		GetSpecifiedName() string
	}
	if errors.As(err, &unknown) {
		name := "--" + unknown.GetSpecifiedName()
		if unknown.GetSpecifiedShortnames() != "" {
			name = "-" + unknown.GetSpecifiedName()
		}
		if strings.HasPrefix(err.Error(), "flag needs an argument") {
			return usage("L'option %s demande une valeur (« %s »).", client.Printable(name), help)
		}
		return usage("L'option %s n'existe pas (« %s » donne la liste).", client.Printable(name), help)
	}
	return usage("Une option est mal écrite (%s) : « %s » donne la liste.", client.Printable(err.Error()), help)
}

// newHelp replaces cobra's own, which speaks English.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMANDE]",
		Short: "Montrer l'aide d'une commande",
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 || found == nil {
				return usage("Il n'y a pas d'aide sous ce nom : « coffre help » donne la liste.")
			}
			return found.Help()
		},
	}
}

// exits documents the exit codes; its order is that of the page.
func exits() []struct {
	code int
	text string
} {
	return []struct {
		code int
		text string
	}{
		{0, "tout s'est bien passé"},
		{int(client.ClassFailed), "quelque chose n'a pas marché (disque plein, erreur du service)"},
		{int(client.ClassUsage), "la commande, ou ce qu'elle envoie, n'est pas acceptable tel quel (option inconnue, fichier vide ou trop grand, type non accepté)"},
		{int(client.ClassRefused), "refusé : droit ou accord manquant, coffre verrouillé, code faux"},
		{int(client.ClassLogin), "il faut se connecter (« coffre login »)"},
		{int(client.ClassNotFound), "introuvable"},
		{int(client.ClassConflict), "déjà là, ou changé entre-temps"},
		{int(client.ClassUnavailable), "service injoignable ou indisponible : recommencer plus tard"},
		{int(client.ClassIntegrity), "un papier ou le journal du service a été modifié : ne pas recommencer, prévenir le responsable"},
		{int(client.ClassInterrupted), "interrompu (Ctrl-C)"},
	}
}

// newExitCodes is a page of help: coffre help exit-codes.
func newExitCodes() *cobra.Command {
	var b strings.Builder
	b.WriteString("Codes de sortie de coffre :\n\n")
	for _, e := range exits() {
		fmt.Fprintf(&b, "  %3d  %s\n", e.code, e.text)
	}
	b.WriteString("\nUn code inconnu est un échec. Une erreur est toujours dite en une phrase, sur la\nsortie d'erreur.")
	return &cobra.Command{Use: "exit-codes", Short: "Les codes de sortie", Long: b.String()}
}
