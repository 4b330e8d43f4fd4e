package main

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/coffre-fort/coffre/cmd/internal/client"
)

const long = `coffre range vos papiers dans votre coffre numérique et vous les rend.

Commencez par « coffre login --server ADRESSE », puis « coffre unlock » avec
votre feuille de code. Déposer un papier ne demande pas la feuille de code ; le
lire la demande.`

// usageTemplate is cobra's own in French, without what we do not use.
const usageTemplate = `Utilisation :
  {{.UseLine}}{{if .HasExample}}

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
		Use:               "coffre [COMMANDE]",
		Short:             "Ranger ses papiers dans son coffre numérique, et les reprendre",
		Long:              long,
		Version:           version(),
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
	root.PersistentFlags().Var(&a.output, "output", "forme de la sortie (sinon text)")
	root.PersistentFlags().BoolVar(&a.asPerson, "visit", false, "agir comme la personne, dans sa session de guichet (« coffre visit »)")
	root.PersistentFlags().BoolP("help", "h", false, "montrer cette aide")
	root.Flags().Bool("version", false, "montrer la version")
	root.SetVersionTemplate("coffre {{.Version}}\n")
	root.SetUsageTemplate(usageTemplate)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return flagError(cmd, err) })
	root.AddCommand(
		newLogin(a), newPassword(a), newLogout(a), newStatus(a),
		newOpen(a), newUnlock(a), newLock(a), newEntrust(a), newTakeBack(a),
		newPut(a), newGet(a), newList(a), newCount(a), newInfo(a),
		newRemove(a), newMove(a), newRename(a), newDescribe(a),
		newBring(a), newSort(a), newDue(a), newHousehold(a), newDiagnosis(a),
		newCheck(a), newTrail(a), newSheetIdentity(a),
		newWhoami(a), newFind(a), newHelped(a), newSafe(a), newCircle(a), newAddress(a),
		newConsent(a), newMemo(a), newNotebook(a), newPassport(a), newRelay(a), newPrint(a), newNotices(a),
		newVisit(a), newPIN(a), newPresence(a), newTogether(a), newHandover(a),
		newSheet(a), newActivate(a), newFreeze(a), newUnfreeze(a), newKit(a),
		newShutOut(a), newLetIn(a), newDiscreet(a), newWays(a),
		newApprovals(a), newAgents(a), newAccounts(a), newPartners(a), newTraining(a),
		newCompletion(), newMan(), newExitCodes(),
	)
	root.AddCommand(newWorkshop(a))
	root.SetHelpCommand(newHelp())
	inFrench(root)
	return root
}

// inFrench takes out the English that cobra and pflag would add to a page: the
// descriptions name the defaults, and the usage lines the options.
func inFrench(cmd *cobra.Command) {
	cmd.DisableFlagsInUseLine = true
	quiet := func(f *pflag.Flag) {
		switch f.Value.Type() {
		case "bool":
		case "stringSlice", "stringArray", "intSlice": // what pflag takes for none there
			f.DefValue = "[]"
		case "int32", "duration":
			f.DefValue = "0"
		default:
			f.DefValue = ""
		}
	}
	cmd.PersistentFlags().VisitAll(quiet)
	cmd.Flags().VisitAll(quiet)
	for _, sub := range cmd.Commands() {
		inFrench(sub)
	}
}

// version is the module's, as the go command recorded it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// flagError says in French what pflag says in English.
func flagError(cmd *cobra.Command, err error) error {
	if e, ok := errors.AsType[*client.Error](err); ok { // from a flag's own Set
		return e
	}
	help := cmd.CommandPath() + " --help"
	if e, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return usage("L'option %s demande une valeur (« %s »).", dashed(e.GetSpecifiedName(), e.GetSpecifiedShortnames()), help)
	}
	if e, ok := errors.AsType[*pflag.NotExistError](err); ok {
		return usage("L'option %s n'existe pas (« %s » donne la liste).", dashed(e.GetSpecifiedName(), e.GetSpecifiedShortnames()), help)
	}
	return usage("Une option est mal écrite (%s) : « %s » donne la liste.", client.Printable(err.Error()), help)
}

// dashed is an option as it was typed, long or among short ones.
func dashed(name, short string) string {
	if short != "" {
		return client.Printable("-" + name)
	}
	return client.Printable("--" + name)
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
