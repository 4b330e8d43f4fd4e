package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// loginFlags are what the user says about where and how to log in.
type loginFlags struct {
	server, ca       string
	issuer, issuerCA string
	device, shared   bool
}

func newLogin(a *app) *cobra.Command {
	var f loginFlags
	cmd := &cobra.Command{
		Use:   "login --server ADRESSE",
		Short: "Se connecter",
		Long: `Ouvre une session : la page de connexion s'affiche dans votre navigateur, ou,
avec --device, dans celui d'un autre appareil.

La session est gardée dans un fichier que vous seul pouvez lire, avec l'adresse
du service ; « coffre logout » l'efface.`,
		Example: "  coffre login --server coffre.exemple.fr:443\n  coffre login --server coffre.exemple.fr:443 --device --shared",
		Args:    count(0, 0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.login(cmd.Context(), f) },
	}
	cmd.Flags().StringVar(&f.server, "server", "", "l'`ADRESSE` du service, nom:port ; sinon celle de la dernière session")
	cmd.Flags().StringVar(&f.ca, "ca", "", "le `FICHIER` PEM des seules autorités à croire pour ce service")
	cmd.Flags().StringVar(&f.issuer, "issuer", "", "où se connecter, par son `NOM`, quand il y a le choix")
	cmd.Flags().StringVar(&f.issuerCA, "issuer-ca", "", "le `FICHIER` PEM des seules autorités à croire pour la page de connexion")
	cmd.Flags().BoolVar(&f.device, "device", false, "se connecter depuis un autre appareil, avec un code")
	cmd.Flags().BoolVar(&f.shared, "shared", false, "cet ordinateur sert à d'autres : la session finit après 5 minutes sans rien faire")
	return cmd
}

func (a *app) login(ctx context.Context, f loginFlags) error {
	if f.server == "" {
		last, _ := a.store.Load() // one that has run out knows the address too
		if last.Address == "" {
			return usage("Donnez l'adresse du service avec --server, par exemple « coffre login --server coffre.exemple.fr:443 ».")
		}
		f.server = last.Address
		if f.ca == "" {
			f.ca = last.CAFile
		}
	}
	if f.ca != "" {
		abs, err := filepath.Abs(f.ca) // later commands run in other folders
		if err != nil {
			return client.FileError("lire", f.ca, err)
		}
		f.ca = abs
	}
	c, err := client.New(client.Config{Address: f.server, CAFile: f.ca})
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // everything was answered: nothing is lost with the connection
	s, err := c.Login(ctx, a.loginWay(ctx, f))
	if err != nil {
		return err
	}
	saved := client.Saved{
		Address:     f.server,
		CAFile:      f.ca,
		Expires:     s.Opened.GetExpireTime().AsTime(),
		Credentials: s.Credentials,
	}
	for _, safe := range s.Opened.GetSafes() {
		saved.Safes = append(saved.Safes, safe.GetSafe())
	}
	if err := a.store.Save(saved); err != nil {
		// Nobody could end a session that was not kept.
		_ = c.As(s.Credentials).Logout(ctx) // the failure to keep it is what is told
		return err
	}
	a.say("Vous êtes connecté jusqu'à %s. La session est gardée dans %s, que vous seul pouvez lire.",
		clock(saved.Expires), a.store.SessionFile())
	for _, safe := range saved.Safes {
		a.say("Votre coffre : %s", safe)
	}
	return a.emit(s.Opened) // the token is not in it
}

func (a *app) loginWay(ctx context.Context, f loginFlags) client.Login {
	l := client.Login{Issuer: f.issuer, IssuerCAFile: f.issuerCA, Place: coffrev1.Place_PLACE_OWN}
	if f.shared {
		l.Place = coffrev1.Place_PLACE_SHARED
	}
	if f.device {
		l.Device = func(p auth.DevicePrompt) error {
			fmt.Fprintf(a.stderr, "Sur n'importe quel appareil, ouvrez %s et tapez le code %s avant %s.\n",
				client.Printable(p.URL), client.Printable(p.Code), clock(p.Expires))
			return nil
		}
		return l
	}
	l.Browser = func(url string) error {
		fmt.Fprintf(a.stderr, "Connectez-vous dans votre navigateur ; s'il ne s'ouvre pas, ouvrez vous-même cette adresse :\n%s\n", url)
		a.browse(ctx, url)
		return nil
	}
	return l
}

// browse opens a page with the program that BROWSER names, or with the
// system's. That none is there is no error: the address is on the screen.
func (a *app) browse(ctx context.Context, url string) {
	name, args := "xdg-open", []string{url}
	switch {
	case a.getenv("BROWSER") != "":
		name = a.getenv("BROWSER")
	case runtime.GOOS == "darwin":
		name = "open"
	case runtime.GOOS == "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", url}
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), name, args...) //nolint:gosec // the user's own browser, without a shell
	if cmd.Start() == nil {
		go func() { _ = cmd.Wait() }() // the browser may stay open long after us
	}
}

func newLogout(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "logout",
		Short: "Se déconnecter",
		Args:  count(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			saved, err := a.store.Load()
			if err != nil {
				return a.store.Forget() // nothing that could be ended
			}
			err = a.visit(cmd.Context(), saved, "", nil, func(ctx context.Context, v visit, _ []string) error {
				return v.Logout(ctx)
			})
			if errForget := a.store.Forget(); errForget != nil {
				return errForget
			}
			if err != nil {
				return &client.Error{
					Class:    client.ClassUnavailable,
					Reason:   "LOGOUT",
					Sentence: fmt.Sprintf("La session est effacée de cet ordinateur, mais le service n'a pas pu être prévenu : elle y finira d'elle-même au plus tard à %s.", clock(saved.Expires)),
					Err:      err,
				}
			}
			a.say("Vous êtes déconnecté.")
			return a.emit(struct{}{})
		},
	}
}

func newStatus(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Dire si vous êtes connecté, où, et quels coffres sont à vous",
		Args:  count(0, 0),
		RunE: a.session(func(ctx context.Context, v visit, _ []string) error {
			// The cheapest call that a session is needed for.
			if _, err := v.Checkpoint(ctx); err != nil {
				return err
			}
			a.say("Connecté à %s jusqu'à %s.", v.saved.Address, clock(v.saved.Expires))
			for _, safe := range v.saved.Safes {
				a.say("Votre coffre : %s", safe)
			}
			return a.emit(struct {
				Server     string   `json:"server"`
				ExpireTime string   `json:"expireTime"`
				Safes      []string `json:"safes"`
			}{v.saved.Address, stamp(v.saved.Expires), append([]string{}, v.saved.Safes...)})
		}),
	}
}
