package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// screen is the terminal itself: what goes there is in no file and in no pipe, whatever
// the output of the command is sent to.
const screen = "/dev/tty"

// maxCopied bounds how long a secret is left where anything on the computer reads it.
const maxCopied = 10 * time.Minute

// newMemoCopy is for whoever has people around them: the secret goes where it can be
// pasted, and is never shown.
func newMemoCopy(a *app) *cobra.Command {
	var reason, label string
	var keep time.Duration
	cmd := &cobra.Command{
		Use: "copy ID", Short: "Copier le mot de passe d'un mémo, sans le montrer", Args: ids(1, 1),
		Long:    "Met le mot de passe d'un mémo dans le presse-papiers, sans l'afficher, puis l'en retire. C'est écrit dans le journal comme « memo show ». Le terminal doit savoir copier : la plupart le savent, aussi à distance.",
		Example: "  coffre memo copy ID",
	}
	cmd.Flags().StringVar(&reason, "reason", "", "`POURQUOI`, pour un agent")
	cmd.Flags().StringVar(&label, "label", "", "le `NOM` d'un autre secret du compte, par exemple code-telephone")
	cmd.Flags().DurationVar(&keep, "for", 30*time.Second, "le retirer après cette `DURÉE`, de 1s à 10m (sinon 30s)")
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) (err error) {
		if keep < time.Second || keep > maxCopied {
			return usage("--for va de 1s à 10m.")
		}
		tty, err := os.OpenFile(screen, os.O_WRONLY, 0) // before anything is opened, or recorded
		if err != nil {
			return usage("Il n'y a pas de terminal où copier. « coffre memo show » montre le mot de passe.")
		}
		defer func() {
			if errClose := tty.Close(); err == nil {
				err = errClose
			}
		}()
		shown, err := v.seen(ctx, coffrev1.OpenMemoRequest_builder{Safe: &v.safe, Document: &args[0], Reason: &reason, Label: &label}.Build())
		if err != nil {
			return err
		}
		if err := paste(tty, shown.GetSecret()); err != nil {
			return err
		}
		shown.SetSecret("") // it is in the clipboard, and in no output
		a.aside("Le mot de passe est copié pour %s : collez-le. Si rien ne se colle, ce terminal ne sait pas copier : « coffre memo show %s » le montre.", keep, args[0])
		select {
		case <-time.After(keep):
		case <-ctx.Done(): // who stops the command is done with it
		}
		if err := paste(tty, ""); err != nil {
			return err
		}
		a.aside("Il n'est plus dans le presse-papiers.")
		return a.emit(shown)
	})
}

// paste makes a text what the terminal pastes, and nothing an empty one: OSC 52 of
// XTerm Control Sequences, which other terminals have taken over.
func paste(tty io.Writer, text string) error {
	encoded := "!" // no base64: the clipboard is cleared
	if text != "" {
		encoded = base64.StdEncoding.EncodeToString([]byte(text))
	}
	if _, err := fmt.Fprintf(tty, "\x1b]52;c;%s\x07", encoded); err != nil {
		return fmt.Errorf("coffre: clipboard: %w", err)
	}
	return nil
}
