package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
)

const (
	structuresRoute = "/v1/structures"
	managerRoute    = "/v1/structures/manager"
	maxAsked        = 1 << 20 // bytes of a question on the socket
)

// An Agent is somebody whom the operator enrols.
type Agent struct {
	Issuer    string   `json:"issuer"`
	Subject   string   `json:"subject"`
	Name      string   `json:"name"`
	Functions []string `json:"functions"`
	// Until is the last instant of their function.
	Until time.Time `json:"until"`
}

// A NewStructure is a structure with everybody who works there from its first day
// on; the access manager comes first.
type NewStructure struct {
	SIRET  string  `json:"siret"`
	Name   string  `json:"name"`
	Agents []Agent `json:"agents"`
}

// A NewManager is a new access manager for a structure that has none left.
type NewManager struct {
	Structure string `json:"structure"`
	Agent     Agent  `json:"agent"`
}

// Enrolled are the ids of what was made, agents in the order they were given.
type Enrolled struct {
	Structure string   `json:"structure"`
	Agents    []string `json:"agents"`
}

// A Structure is a structure as the operator sees it.
type Structure struct {
	ID      string `json:"id"`
	SIRET   string `json:"siret"`
	Name    string `json:"name"`
	Managed bool   `json:"managed"` // an access manager may act
	Agents  int    `json:"agents"`  // who may act
}

// AddStructure begins a structure, through the running service or on its files.
// An [*vault.InvalidError] says what of it is not acceptable.
func AddStructure(ctx context.Context, cfg config.Config, log *slog.Logger, s NewStructure) (Enrolled, error) {
	return operate(ctx, cfg, log, structuresRoute, s, addStructure)
}

// NameManager gives a structure that has no access manager left a new one. It is
// [vault.ErrDenied] while it has one.
func NameManager(ctx context.Context, cfg config.Config, log *slog.Logger, m NewManager) (Enrolled, error) {
	return operate(ctx, cfg, log, managerRoute, m, nameManager)
}

// Structures answers every structure.
func Structures(ctx context.Context, cfg config.Config, log *slog.Logger) ([]Structure, error) {
	return operate(ctx, cfg, log, structuresRoute, nil, func(_ context.Context, k *keeper.Keeper, _ any) ([]Structure, error) {
		return structures(k), nil
	})
}

// operate asks the running service on its socket, and where none runs opens the
// files and does it here. Without a question it is a reading.
func operate[Q, A any](ctx context.Context, cfg config.Config, log *slog.Logger, route string, q Q, do func(context.Context, *keeper.Keeper, Q) (A, error)) (A, error) {
	answer, err := askService[A](ctx, cfg, route, q)
	if !errors.Is(err, ErrNotRunning) {
		return answer, err
	}
	err = WithKeeper(ctx, cfg, log, func(k *keeper.Keeper, _ Stores) error {
		var err error
		answer, err = do(ctx, k, q)
		return err
	})
	return answer, err
}

// routeStructures answers the operator's commands about structures.
func routeStructures(mux *http.ServeMux, k *keeper.Keeper, log *slog.Logger) {
	mux.HandleFunc("GET "+structuresRoute, func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, http.StatusOK, structures(k)) })
	mux.HandleFunc("POST "+structuresRoute, acting(k, log, addStructure))
	mux.HandleFunc("POST "+managerRoute, acting(k, log, nameManager))
}

// acting reads a question, acts, and answers; what is wrong with the question is
// told apart from what went wrong.
func acting[Q, A any](k *keeper.Keeper, log *slog.Logger, do func(context.Context, *keeper.Keeper, Q) (A, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var q Q
		in := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxAsked))
		in.DisallowUnknownFields()
		if err := in.Decode(&q); err != nil {
			answerJSON(w, http.StatusBadRequest, problem{Text: "the question cannot be read"})
			return
		}
		// Whoever asked may go away: what was begun is done.
		made, err := do(context.WithoutCancel(r.Context()), k, q)
		invalid, ok := errors.AsType[*vault.InvalidError](err)
		switch {
		case err == nil:
			answerJSON(w, http.StatusOK, made)
		case ok:
			answerJSON(w, http.StatusBadRequest, problem{Field: invalid.Field, Rule: invalid.Rule})
		case errors.Is(err, vault.ErrDenied):
			answerJSON(w, http.StatusForbidden, problem{})
		case errors.Is(err, vault.ErrNotFound):
			answerJSON(w, http.StatusNotFound, problem{})
		default:
			log.LogAttrs(r.Context(), slog.LevelError, "operator's act did not succeed", slog.Any("cause", err))
			answerJSON(w, http.StatusServiceUnavailable, problem{Text: err.Error()})
		}
	}
}

// A problem is an error on its way over the socket.
type problem struct {
	Field string `json:"field,omitempty"`
	Rule  string `json:"rule,omitempty"`
	Text  string `json:"text,omitempty"`
}

// failure is the error that a status and a problem stand for.
func (p problem) failure(status int) error {
	switch {
	case p.Field != "":
		return &vault.InvalidError{Field: p.Field, Rule: p.Rule}
	case status == http.StatusForbidden:
		return vault.ErrDenied
	case status == http.StatusNotFound:
		return vault.ErrNotFound
	default:
		return fmt.Errorf("the service answers: %s", p.Text)
	}
}

func answerJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // who left will ask what there is
}

func addStructure(ctx context.Context, k *keeper.Keeper, s NewStructure) (Enrolled, error) {
	act := vault.AddStructure{SIRET: s.SIRET, Name: s.Name}
	for i, a := range s.Agents {
		agent, err := a.newAgent(i)
		if err != nil {
			return Enrolled{}, err
		}
		if act.Agents = append(act.Agents, agent); i == 0 {
			act.Manager, act.Agents = agent, nil
		}
	}
	id, agents, err := k.AddStructure(ctx, act)
	if err != nil {
		return Enrolled{}, err
	}
	return enrolled(id, agents...), nil
}

func nameManager(ctx context.Context, k *keeper.Keeper, m NewManager) (Enrolled, error) {
	id, err := vault.ParseStructureID(m.Structure)
	if err != nil {
		return Enrolled{}, vault.ErrNotFound
	}
	manager, err := m.Agent.newAgent(0)
	if err != nil {
		return Enrolled{}, err
	}
	agent, err := k.NameManager(ctx, id, manager)
	if err != nil {
		return Enrolled{}, err
	}
	return enrolled(id, agent), nil
}

// newAgent is the agent as the keeper takes them; n says which of the list it is.
func (a Agent) newAgent(n int) (vault.NewAgent, error) {
	field := fmt.Sprintf("agents[%d].", n)
	login, err := auth.NewUserID(a.Issuer, a.Subject)
	if err != nil {
		return vault.NewAgent{}, &vault.InvalidError{Field: field + "subject", Rule: "un émetteur et un identifiant"}
	}
	made := vault.NewAgent{Login: login, Name: a.Name, Until: a.Until}
	for _, code := range a.Functions {
		f, err := vault.ParseFunction(code)
		if err != nil {
			return vault.NewAgent{}, &vault.InvalidError{Field: field + "functions", Rule: "une fonction connue"}
		}
		made.Functions |= vault.NewFunctionSet(f)
	}
	return made, nil
}

func enrolled(id vault.StructureID, agents ...vault.AgentID) Enrolled {
	e := Enrolled{Structure: id.String()}
	for _, a := range agents {
		e.Agents = append(e.Agents, a.String())
	}
	return e
}

func structures(k *keeper.Keeper) []Structure {
	all := []Structure{}
	for _, l := range k.Structures() {
		all = append(all, Structure{l.ID.String(), l.SIRET, l.Name, l.Managed, l.Agents})
	}
	return all
}
