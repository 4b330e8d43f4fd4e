package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

func newDiscreet(a *app) *cobra.Command {
	var keep bool
	cmd := &cobra.Command{
		Use:   "discreet on|off",
		Short: "Mode discret : noms neutres partout, aucun avis, aucun registre",
		Long: `En mode discret, plus rien n'est envoyé : personne ne vous préviendrait qu'on ouvre
avec deux feuilles de secours. Elles ne valent donc plus, sauf si vous les gardez avec
--keep-kit. Quitter ce mode ne les rend pas : « coffre kit make » en imprime d'autres.`,
		Example:   "  coffre discreet on\n  coffre discreet on --keep-kit",
		Args:      count(1, 1),
		ValidArgs: []string{"on", "off"},
	}
	cmd.Flags().BoolVar(&keep, "keep-kit", false, "garder les feuilles de secours : personne ne vous préviendra d'une ouverture")
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		discretion, ok := map[string]coffrev1.Discretion{
			"on": coffrev1.Discretion_DISCRETION_DISCREET, "off": coffrev1.Discretion_DISCRETION_NORMAL,
		}[args[0]]
		if !ok {
			return usage("Écrivez « coffre discreet on » ou « coffre discreet off ».")
		}
		req := coffrev1.SetDiscreetRequest_builder{RequestId: client.NewRequest(), Safe: &v.safe, Discretion: &discretion}.Build()
		if keep {
			req.SetKit(coffrev1.DiscreetKit_DISCREET_KIT_ANYWAY)
		}
		set, err := client.Repeat(ctx, v.Client, v.Locks.SetDiscreet, req)
		if err != nil {
			return err
		}
		if set.GetKitEnded() {
			a.say("C'est fait. Les trois feuilles de secours ne valent plus : reprenez-les et détruisez-les. Pour en avoir malgré tout : « coffre kit make --discreet-anyway ».")
			return a.emit(set)
		}
		return a.told("C'est fait.")(set, nil)
	})
}
