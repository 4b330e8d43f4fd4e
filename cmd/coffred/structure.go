package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/cmd/internal/server"
	"github.com/coffre-fort/coffre/vault"
)

// newStructure is how a service gets its first agents. From then on agents are
// enrolled by the access managers of their structure, never by the operator.
func newStructure(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "structure",
		Short: "Structures: begin one with its first access manager, or give it one again",
		Long: `A structure is a CCAS or a partner body; the people who work there are its agents.
The operator begins it with its first access manager, who enrols everybody else, and
names a new one only when none is left. Both acts stand in every journal.`,
		Args: args(cobra.NoArgs),
	}
	cmd.AddCommand(newStructureAdd(a), newStructureManager(a), newStructureList(a))
	return cmd
}

// A manager is the access manager as the operator types them.
type manager struct{ issuer, subject, name, until string }

func (m *manager) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&m.issuer, "issuer", "", "where the access manager logs in: the `NAME` of an issuer of the configuration")
	f.StringVar(&m.subject, "subject", "", "the issuer's own `ID` (sub) for them, never an e-mail address")
	f.StringVar(&m.name, "manager", "", "their `NAME`, as colleagues know it")
	f.StringVar(&m.until, "until", "", "last `DAY` of their function, YYYY-MM-DD, within two years")
}

func (m *manager) agent(cfg config.Config) (server.Agent, error) {
	return agentOf(cfg, member{Issuer: m.issuer, Subject: m.subject, Name: m.name, Until: m.until, Functions: []string{vault.FunctionAccessManager.String()}})
}

type structureOptions struct {
	manager
	siret, name, agents string
	also                []string
}

func newStructureAdd(a *app) *cobra.Command {
	var o structureOptions
	cmd := a.configured(&cobra.Command{
		Use:   "add --config FILE --siret N --name NAME --issuer NAME --subject ID --manager NAME --until DAY",
		Short: "Begin a structure with its first access manager",
		Long: `Begins a structure with its first access manager, and with the agents of a file
where there is one: whoever does not begin with it is enrolled by the access manager,
which takes a second agent, or two days while there is none. The file is a YAML list:

  - {issuer: ccas, subject: 7f3a, name: Prénom Nom, functions: [reception], until: 2027-12-31}

Where one person does all of the work, --also names what the access manager does
besides: enrolling colleagues and what else takes a second agent then takes two days.

Functions are social-worker, workshop-leader, reception, civic-service, volunteer,
access-manager and dpo. A running service is asked on its socket; the files of a
stopped one are opened.`,
		Example: "  coffred structure add --config coffred.yaml --siret 12345678200010 --name 'CCAS de Ville' \\\n" +
			"    --issuer ccas --subject 1b2c3d4e --manager 'Prénom Nom' --until 2027-12-31 --agents agents.yaml",
		Args: args(cobra.NoArgs),
	}, func(ctx context.Context, cfg config.Config, _ []string) error { return a.structureAdd(ctx, cfg, o) })
	f := cmd.Flags()
	f.StringVar(&o.siret, "siret", "", "the 14 `DIGITS` of the establishment")
	f.StringVar(&o.name, "name", "", "the `NAME` that people read")
	f.StringSliceVar(&o.also, "also", nil, "other `FUNCTIONS` of the access manager, who works there alone")
	f.StringVar(&o.agents, "agents", "", "`FILE` with who else works there from the first day on")
	o.flags(cmd)
	return cmd
}

func (a *app) structureAdd(ctx context.Context, cfg config.Config, o structureOptions) error {
	first, err := agentOf(cfg, member{
		Issuer: o.issuer, Subject: o.subject, Name: o.manager.name, Until: o.until,
		Functions: append([]string{vault.FunctionAccessManager.String()}, o.also...),
	})
	if err != nil {
		return err
	}
	s := server.NewStructure{SIRET: o.siret, Name: o.name, Agents: []server.Agent{first}}
	if o.agents != "" {
		more, err := readAgents(cfg, o.agents)
		if err != nil {
			return err
		}
		s.Agents = append(s.Agents, more...)
	}
	made, err := server.AddStructure(ctx, cfg, a.logger(slog.LevelError), s)
	if err != nil {
		return structureError(err)
	}
	a.say("Structure  %s  %s", made.Structure, o.name)
	for i, id := range made.Agents {
		a.say("agent      %s  %s", id, s.Agents[i].Name)
	}
	return a.emit(made)
}

func newStructureManager(a *app) *cobra.Command {
	var m manager
	var structure string
	cmd := a.configured(&cobra.Command{
		Use:   "manager --config FILE --structure ID --issuer NAME --subject ID --manager NAME --until DAY",
		Short: "Name an access manager where none is left",
		Long: `Names a new access manager for a structure that has none left: the end date of the
last one came, or six months without use, and nobody there can act. While there is
one it is refused: they name the others. coffred structure list says which it is.`,
		Args: args(cobra.NoArgs),
	}, func(ctx context.Context, cfg config.Config, _ []string) error {
		agent, err := m.agent(cfg)
		if err != nil {
			return err
		}
		made, err := server.NameManager(ctx, cfg, a.logger(slog.LevelError), server.NewManager{Structure: structure, Agent: agent})
		if err != nil {
			return structureError(err)
		}
		a.say("agent      %s  %s", made.Agents[0], agent.Name)
		return a.emit(made)
	})
	cmd.Flags().StringVar(&structure, "structure", "", "the `ID` of the structure")
	m.flags(cmd)
	return cmd
}

func newStructureList(a *app) *cobra.Command {
	return a.configured(&cobra.Command{
		Use:   "list --config FILE",
		Short: "List the structures",
		Args:  args(cobra.NoArgs),
	}, func(ctx context.Context, cfg config.Config, _ []string) error {
		all, err := server.Structures(ctx, cfg, a.logger(slog.LevelError))
		if err != nil {
			return structureError(err)
		}
		for _, s := range all {
			state := fmt.Sprintf("%d agents", s.Agents)
			if !s.Managed {
				state = "no access manager: coffred structure manager"
			}
			a.say("%s  %s  %s  (%s)", s.ID, s.SIRET, s.Name, state)
		}
		return a.emit(all)
	})
}

// structureError says what of the command has to be typed otherwise.
func structureError(err error) error {
	if invalid, ok := errors.AsType[*vault.InvalidError](err); ok {
		return usage("%w", invalid)
	}
	switch {
	case errors.Is(err, vault.ErrDenied):
		return usage("the structure has an access manager, who names the others")
	case errors.Is(err, vault.ErrNotFound):
		return usage("there is no such structure: coffred structure list")
	default:
		return fmt.Errorf("structure: %w", err)
	}
}

// A member is one agent of the file.
type member struct {
	Issuer    string   `yaml:"issuer"`
	Subject   string   `yaml:"subject"`
	Name      string   `yaml:"name"`
	Functions []string `yaml:"functions"`
	Until     string   `yaml:"until"`
}

func readAgents(cfg config.Config, path string) ([]server.Agent, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("agents: %w", err)
	}
	in := yaml.NewDecoder(bytes.NewReader(raw))
	in.KnownFields(true)
	var all []member
	if err := in.Decode(&all); err != nil {
		return nil, usage("--agents: %w", err)
	}
	agents := make([]server.Agent, len(all))
	for i, m := range all {
		if agents[i], err = agentOf(cfg, m); err != nil {
			return nil, usage("--agents: number %d: %w", i+1, err)
		}
	}
	return agents, nil
}

// agentOf completes what was typed. Who logs in at an issuer that the
// configuration does not name could never come in.
func agentOf(cfg config.Config, m member) (server.Agent, error) {
	var names []string
	for _, i := range cfg.Issuers {
		names = append(names, i.Name)
	}
	n := slices.Index(names, m.Issuer)
	if n < 0 {
		return server.Agent{}, usage("issuer: one of the configuration: %s", strings.Join(names, ", "))
	}
	day, err := time.ParseInLocation(time.DateOnly, m.Until, time.Local)
	if err != nil {
		return server.Agent{}, usage("until: the last day of the function, YYYY-MM-DD")
	}
	if m.Subject == "" || m.Name == "" {
		return server.Agent{}, usage("subject and name are required")
	}
	for _, one := range m.Functions {
		if _, err := vault.ParseFunction(one); err != nil {
			return server.Agent{}, usage("functions: %q is none of social-worker, workshop-leader, reception, civic-service, volunteer, access-manager and dpo", one)
		}
	}
	return server.Agent{
		Issuer: cfg.Issuers[n].Issuer, Subject: m.Subject, Name: m.Name, Functions: m.Functions,
		Until: day.AddDate(0, 0, 1).Add(-time.Second),
	}, nil
}
